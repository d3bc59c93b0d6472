"""The hosts of a job: each has a folder, a name, and an address of this machine's loopback network.

Processes see the names where the system gives them an /opt/ml of their own: their /etc/hosts has them. The addresses
differ from job to job, so that two of them may listen on the same port as on AWS:
https://www.rfc-editor.org/rfc/rfc6890 (127.0.0.0/8).
"""

import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local_cloud.containers.own_opt_ml import NAMES

# The addresses below are the machine's own.
_FIRST, _LAST = (int(ipaddress.IPv4Address(address)) for address in ("127.1.0.0", "127.254.0.0"))
_ROOM = 1 << 8


@dataclass(frozen=True, kw_only=True)
class Host:
    """One of a job's hosts.

    Args:
        name: as its containers know it, ``algo-1``.
        folder: all of it; exists.
    """

    name: str
    folder: Path

    @property
    def root(self) -> Path:
        """Its ``/opt/ml``."""
        return self.folder / "ml"

    @property
    def log(self) -> Path:
        """Of its container."""
        return self.folder / "log.txt"


def names(count: int) -> tuple[str, ...]:
    """What so many hosts are called, the first one first."""
    return tuple(f"algo-{number}" for number in range(1, count + 1))


def make(scratch: Path, count: int) -> tuple[Host, ...]:
    """The hosts of a job, each of which knows the others.

    Args:
        scratch: the job's folder.
        count: how many.
    """
    made = tuple(Host(name=name, folder=scratch / name) for name in names(count))
    start = _FIRST + secrets.randbelow((_LAST - _FIRST) // _ROOM) * _ROOM
    known = NAMES.read_text(encoding="utf-8", errors="replace") if NAMES.is_file() else ""
    lines = [f"{ipaddress.IPv4Address(start + number)} {host.name}" for number, host in enumerate(made, 1)]
    for host in made:
        host.root.mkdir(parents=True)
        (host.folder / NAMES.name).write_text("\n".join([known.rstrip("\n"), *lines, ""]), encoding="utf-8")
    return made


def sorted_names(hosts: Sequence[Host]) -> list[str]:
    """Their names as resourceconfig.json has them: in the order of texts."""
    return sorted(host.name for host in hosts)
