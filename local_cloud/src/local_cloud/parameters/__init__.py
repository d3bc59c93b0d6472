"""Which members of a request each operation takes; what it does not take is refused by name.

An operation of the lists in ``operations`` says here what it makes of every member of its request's shape: it honours
it, takes some values of it only, or has no use for it on one machine, for a reason that stands here too. A member that
is not mentioned is refused when somebody sends it, and so is one that a new release of the SDK brings.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_cloud.parameters import events, identity, machine_learning, network, programs, storage, watch
from local_cloud.parameters.notation import OWN_ACCOUNT, Member, read

_MODULES = (machine_learning, programs, events, watch, identity, storage, network)


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Those of one service.

    Args:
        operations: what each operation takes.
        reasons: why a member has no effect, by its name or by the end of its path.
    """

    operations: Mapping[str, Member]
    reasons: Mapping[str, str] = field(default_factory=dict)

    def reason(self, path: str) -> str:
        """Why a member has no effect.

        Args:
            path: names from the operation to the member, with dots between them.

        Raises:
            KeyError: nobody said why.
        """
        names = path.split(".")
        for start in range(len(names)):
            if found := self.reasons.get(".".join(names[start:])):
                return found
        raise KeyError(path)


# By the name that boto3 has for a service.
SERVICES: Mapping[str, Parameters] = {
    service: Parameters(operations=read(text).members, reasons=module.NO_EFFECT.get(service, {}))
    for module in _MODULES
    for service, text in module.PARAMETERS.items()
}


def refusals(service: str, operation: str, sent: Mapping[str, Any], account_id: str = "") -> Iterator[str]:
    """What of a request is refused, in words.

    Args:
        service: as boto3 names it.
        operation: as its model names it.
        sent: the request's members, by the names of its shape.
        account_id: the caller's account.
    """
    found = SERVICES.get(service)
    taken = found.operations.get(operation) if found else None
    yield from _refusals(taken or Member(), sent, "", account_id)


def _refusals(taken: Member, sent: Any, path: str, account_id: str) -> Iterator[str]:
    if sent in _NOTHING:
        return
    if isinstance(sent, list):
        for each in sent:
            yield from _refusals(taken, each, path, account_id)
    elif taken.values:
        values = [account_id if value == OWN_ACCOUNT else value for value in taken.values]
        if _text(sent) not in values:
            yield f"{path} is {_text(sent)!r}, it takes {' or '.join(map(repr, values))}"
    elif isinstance(sent, Mapping) and (taken.members or not path):
        for name, value in sent.items():
            below = f"{path}.{name}" if path else name
            if name in taken.members:
                yield from _refusals(taken.members[name], value, below, account_id)
            elif value not in _NOTHING and value is not False:
                yield f"{below} is not taken, leave it out"


# What says as much as a member that is not there; so does False, which is the default of each that is refused.
_NOTHING: tuple[Any, ...] = (None, "", [], {})


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
