"""Answers `npm install -g <name>@<version>` of a build with a package that the machine has in that very version.

Npm asks its registry even for what is there already. Exit code 0: done. 1: it is npm's to do.
"""

import json
import os
import sys
from pathlib import Path

_COMMAND = ("install", "-g")


def main(arguments: list[str]) -> int:
    """Link a package into the global folder of npm.

    Args:
        arguments: the folder of packages that the machine has, and those of npm.
    """
    seed, *command = arguments
    if tuple(command[:2]) != _COMMAND or len(command) != len(_COMMAND) + 1:
        return 1
    name, _, version = command[-1].rpartition("@")
    description = Path(seed, name, "package.json")
    if not name or not description.is_file():
        return 1
    content = json.loads(description.read_text(encoding="utf-8"))
    if content["version"] != version:
        return 1
    prefix = Path(os.environ["NPM_CONFIG_PREFIX"])
    target = prefix / "lib" / "node_modules" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.is_symlink():
        target.symlink_to(description.parent.resolve())
    _link_programs(content, target, prefix / "bin")
    sys.stdout.write(f"{name}@{version} is linked from this machine's packages; npm and its registry are not asked\n")
    return 0


def _link_programs(content: dict[str, object], target: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    programs = content.get("bin") or {}
    if isinstance(programs, str):
        programs = {str(content["name"]).rpartition("/")[2]: programs}
    if isinstance(programs, dict):
        for name, path in programs.items():
            (folder / name).unlink(missing_ok=True)
            (folder / name).symlink_to(target / path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
