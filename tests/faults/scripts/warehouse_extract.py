"""The extract's place in the workflow without a warehouse: the same rows every time."""

import sys
from pathlib import Path

ROWS = "".join(f"{2 * n % 17 + 0.5 * (n % 5)},{n % 17},{n % 5}\n" for n in range(200))


def main(argv: list[str]) -> None:
    """Write ``data/rows.csv`` below --destination, which the local cloud keeps in a folder beside this one."""
    arguments = dict(zip(argv[1::2], argv[2::2], strict=True))
    folder = Path("..", "buckets", arguments["--destination"].removeprefix("s3://"), "data")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rows.csv").write_text(ROWS, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv)
