"""Starts a program with a folder as its /opt/ml: ``python -I -S own_opt_ml.py FOLDER PROGRAM ARGUMENT...``.

The folder is mounted there in a namespace of the program's own, so that nobody else sees it and nothing is left of it:
https://man7.org/linux/man-pages/man7/mount_namespaces.7.html. Whoever is not root needs a user namespace for it, which
some systems refuse: https://man7.org/linux/man-pages/man7/user_namespaces.7.html.
"""

import ctypes
import os
import sys
from pathlib import Path

PLACE = Path("/opt/ml")
# A file beside the folder that stands for this one, so that a container's hosts have their names.
NAMES = Path("/etc/hosts")
# linux/sched.h and linux/mount.h
_NEW_MOUNTS, _NEW_USERS = 0x0002_0000, 0x1000_0000
_BIND, _WITH_WHAT_IS_BELOW, _PRIVATE = 0x1000, 0x4000, 0x4_0000
_NO_PROGRAM = 127


def enter(folder: Path) -> None:
    """Let this process, and whatever it starts from now on, have a folder as its /opt/ml.

    Args:
        folder: exists; beside it comes a folder for the rest of /opt where the machine has no /opt/ml. A file
            ``hosts`` beside it is what the process sees as /etc/hosts.

    Raises:
        OSError: this system does not allow it, and nothing was changed for others.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "unshare"):
        raise OSError("only Linux has namespaces")
    _leave(libc)
    # Nothing of what comes reaches the mounts of others.
    _mount(libc, Path("none"), Path("/"), _PRIVATE)
    names = folder.with_name(NAMES.name)
    if names.is_file() and NAMES.is_file():
        _mount(libc, names, NAMES, _BIND)
    if PLACE.is_dir():
        _mount(libc, folder, PLACE, _BIND)
        return
    # The machine gets no folder that it has not: in its place comes one with all that is in /opt, and ml.
    opt = folder.with_name(f"{folder.name}.opt")
    (opt / PLACE.name).mkdir(parents=True, exist_ok=True)
    for item in PLACE.parent.iterdir():
        if item.name != PLACE.name:
            _repeat(libc, item, opt / item.name)
    _mount(libc, folder, opt / PLACE.name, _BIND)
    _mount(libc, opt, PLACE.parent, _BIND)


def _repeat(libc: ctypes.CDLL, item: Path, target: Path) -> None:
    if item.is_symlink():
        if not target.is_symlink():
            target.symlink_to(item.readlink())
        return
    if item.is_dir():
        target.mkdir(exist_ok=True)
    else:
        target.touch()
    _mount(libc, item, target, _BIND)


def _leave(libc: ctypes.CDLL) -> None:
    user, group = os.geteuid(), os.getegid()
    if not libc.unshare(_NEW_MOUNTS):
        return
    if libc.unshare(_NEW_USERS | _NEW_MOUNTS):
        raise _error()
    # The same user and group as before: the program is to see itself and its files as it would without it.
    own = Path("/proc/self")
    (own / "setgroups").write_text("deny", encoding="ascii")
    (own / "uid_map").write_text(f"{user} {user} 1", encoding="ascii")
    (own / "gid_map").write_text(f"{group} {group} 1", encoding="ascii")


def _mount(libc: ctypes.CDLL, source: Path, target: Path, how: int) -> None:
    places = [os.fsencode(path) for path in (source, target)]
    if libc.mount(*places, None, ctypes.c_ulong(how | _WITH_WHAT_IS_BELOW), None):
        raise _error(target)


def _error(place: Path | None = None) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), *([str(place)] if place else []))


def main(folder: str, program: str, *arguments: str) -> int:
    """Become the program."""
    enter(Path(folder))
    try:
        os.execvp(program, [program, *arguments])  # noqa: S606  # that is what this is for
    except OSError as error:
        # As a container tells it.
        sys.stderr.write(f"cannot start {program}: {error.strerror}\n")
    return _NO_PROGRAM


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
