"""What a user of the repositories does: clone, commit and push, with git."""

import subprocess
from pathlib import Path

from local_cloud.services.repositories.git import environment

_WHO = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "Ada"), ("EMAIL", "ada@example.com"), ("DATE", "1700000000 +0100"))
}


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder as somebody without configuration; returns what it prints."""
    done = subprocess.run(
        ["git", *arguments],  # noqa: S607  # of the machine
        cwd=folder,
        env=environment(folder) | _WHO,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip() + done.stderr.strip()


def commit(folder: Path, files: dict[str, str], message: str = "Change") -> str:
    """Commit files in a clone, made if there is none; returns the commit."""
    if not (folder / ".git").exists():
        folder.mkdir(parents=True, exist_ok=True)
        git(folder, "init", "--quiet", "--initial-branch=main")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", f"--message={message}")
    return git(folder, "rev-parse", "HEAD")


def push(folder: Path, path: str, *refs: str) -> str:
    """Push branches or tags to a bare repository, ``main`` if none is named; returns what git says."""
    return git(folder, "push", "--quiet", path, *(refs or ("main",)))
