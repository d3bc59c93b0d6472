"""What the demo expects at each point of its story; anything else ends it with an error that says what was found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contract.names import EnvironmentName
from perennial.account import failures, serving
from perennial.account.execution import Run
from perennial.account.facts import Registered
from perennial.demo.account import Account, Delivery
from perennial.errors import OperatorError


@dataclass(frozen=True, kw_only=True)
class Digest:
    """Artifact of one version, wherever it serves.

    Args:
        model: its name.
        version: in the registry.
        registered: SHA-256 that the registry keeps.
        served: SHA-256 of the object that each account's endpoint loads.
    """

    model: str
    version: int
    registered: str
    served: Mapping[EnvironmentName, str]


def outcome(run: Run, wanted: str) -> None:
    """An execution ended as it should."""
    if run.outcome == wanted:
        return
    failure = f": {failures.words(run.execution.error, run.execution.cause)}" if run.execution.error else ""
    raise OperatorError(
        f"the run of {run.subject} was expected to end with {wanted!r}, it ended with {run.outcome!r}{failure} "
        f"({run.execution.arn})"
    )


def restored(found: Mapping[EnvironmentName, Delivery]) -> None:
    """Every account went back to a deployment that still existed, instead of making it again."""
    for name, delivery in found.items():
        if delivery.action != "restored":
            raise OperatorError(f"{name} was expected to restore what served before, it says: {delivery.words}")


def cold_start(found: Registered) -> None:
    """The first tuning job has no parents, and more than one trial."""
    if found.tuning is None or found.tuning.parents or len(found.tuning.trials) < 2:  # noqa: PLR2004  # one is no search
        raise OperatorError(f"the first run of {found.model} was expected to be tuned without parents: {found.tuning}")


def warm_start(found: Registered, *, parent: Registered) -> None:
    """The second tuning job learned from the first one on new data, and met its champion."""
    wanted = parent.tuning.name if parent.tuning else "none"
    if found.tuning is None or found.tuning.parents != (wanted,) or found.tuning.warm_start != "TransferLearning":
        raise OperatorError(
            f"the second run of {found.model} was expected to be a TransferLearning from {wanted}: {found.tuning}"
        )
    compared(found, parent=parent)


def compared(found: Registered, *, parent: Registered) -> None:
    """The second version met the first one, its champion."""
    if found.evaluation["champion"] is None or found.version.number <= parent.version.number:
        raise OperatorError(
            f"version {found.version.number} of {found.model} was expected to follow version {parent.version.number} "
            f"and to be compared with it: {found.reason}"
        )


def digests(accounts: Iterable[Account], found: Iterable[Registered]) -> list[Digest]:
    """Every account's endpoint loads the very bytes that were registered."""
    reading = {account.name: (account, serving.fleet(account.aws, account.stack)) for account in accounts}
    rows = []
    for item in found:
        registered = item.version.metadata["digest"]
        served = {
            name: serving.digest(account.aws, what.models[item.model].uri) for name, (account, what) in reading.items()
        }
        if set(served.values()) != {registered}:
            raise OperatorError(
                f"{item.model} version {item.version.number} was registered with {registered}, what serves is {served}"
            )
        rows.append(Digest(model=item.model, version=item.version.number, registered=registered, served=served))
    return rows
