"""What a project keeps from build to build: a folder of this machine.

Reference: https://docs.aws.amazon.com/codebuild/latest/userguide/caching-local.html
"""

import shutil
import threading
from collections.abc import Iterable
from pathlib import Path

from local_cloud.kernel import runtime
from local_cloud.services.codebuild import patterns

# The home of a build on AWS, which is a private folder here.
_HOME = "/root/"
_SOURCE, _USER = "source", "home"
# Builds of one project may run side by side, and a project's cache is forgotten whenever somebody asks for that.
_lock = threading.Lock()


def folder(project_arn: str) -> Path:
    """Where a project's cache lies."""
    _, _, _, region, account_id, name = project_arn.split(":", 5)
    return runtime.current().settings.state_dir / "codebuild" / "cache" / account_id / region / name.partition("/")[2]


def refused(paths: Iterable[str]) -> list[str]:
    """Paths that cannot be kept: they lie on the machine itself."""
    return [path for path in paths if path.startswith("/") and not path.startswith(_HOME)]


def forget(kept: Path) -> None:
    """Keep nothing any more."""
    with _lock:
        shutil.rmtree(kept, ignore_errors=True)


def restore(kept: Path, *, source: Path, home: Path) -> bool:
    """Put what was kept in its places, unless something is there; whether there was anything."""
    found = False
    with _lock:
        for name, place in ((_SOURCE, source), (_USER, home)):
            for path in sorted((kept / name).rglob("*")):
                target = place / path.relative_to(kept / name)
                if path.is_file() and not target.exists():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(path, target)
                    found = True
    return found


def save(kept: Path, paths: Iterable[str], *, source: Path, home: Path) -> None:
    """Keep what the paths match, instead of what was kept before; links that lead nowhere are left out."""
    with _lock:
        shutil.rmtree(kept, ignore_errors=True)
        for path in paths:
            place, name, pattern = (
                (home, _USER, path.removeprefix(_HOME)) if path.startswith(_HOME) else (source, _SOURCE, path)
            )
            for file in patterns.files(place, [pattern, f"{pattern.rstrip('/')}/**/*"]):
                if file.is_file():
                    target = kept / name / file.relative_to(place)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(file, target)
