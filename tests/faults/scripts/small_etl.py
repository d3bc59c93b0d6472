"""An ETL without Spark: 200 rows of label and two features, split in three, and report.json as the real ones write it.

It reads and writes the folders that the local cloud copies a run's prefixes to, since starting boto3 or Spark would
take longer than the rest of a run.
"""

import hashlib
import json
import sys
from pathlib import Path


class DataError(ValueError):
    """There are no rows."""


def main(argv: list[str]) -> None:
    """Split what lies below --source into parts below --destination."""
    arguments = dict(zip(argv[1::2], argv[2::2], strict=True))
    source, destination = (
        Path("..", "buckets", arguments[name].removeprefix("s3://")) for name in ("--source", "--destination")
    )
    lines = [line for path in sorted(source.rglob("*.csv")) for line in path.read_text(encoding="utf-8").splitlines()]
    if not lines:
        raise DataError(f"no .csv file under {arguments['--source']}; upload at least one")
    fifth = len(lines) // 5
    parts = {"train": lines[: -2 * fifth], "validation": lines[-2 * fifth : -fifth], "test": lines[-fifth:]}
    for name, rows in parts.items():
        folder = destination / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "part-0.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    label, _, golden = parts["test"][0].partition(",")
    report = {
        "fingerprint": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        "rows": {"raw": len(lines), **{name: len(rows) for name, rows in parts.items()}},
        "features": ["first", "second"],
        "golden_request": golden,
        "golden_label": float(label),
    }
    (destination / "report.json").write_text(json.dumps(report), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv)
