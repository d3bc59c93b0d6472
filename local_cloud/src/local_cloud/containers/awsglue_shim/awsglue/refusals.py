"""What of AWS Glue's library has no stand-in."""

from collections.abc import Callable
from typing import Any, NoReturn

INSTEAD = "use Spark's own functions on toDF(), and DynamicFrame.fromDF() for the way back"


class NotEmulatedError(NotImplementedError):
    """The script calls what exists on AWS, but not here.

    Args:
        what: as the script names it.
        instead: what the script can do.
    """

    def __init__(self, what: str, instead: str = INSTEAD) -> None:
        super().__init__(f"the local cloud does not emulate {what}: {instead}")


def refusing(name: str, *, instead: str = INSTEAD) -> Callable[..., NoReturn]:
    """A method that refuses.

    Args:
        name: of the method.
        instead: what the script can do.
    """

    def method(self: Any, *_arguments: Any, **_options: Any) -> NoReturn:
        raise NotEmulatedError(f"{type(self).__name__}.{name}()", instead)

    method.__name__ = name
    return method


def refuse_options(given: Any, allowed: frozenset[str], *, where: str) -> None:
    """Refuse options that would be lost.

    Args:
        given: names that the script gives.
        allowed: those that are followed.
        where: what the options are of.

    Raises:
        NotEmulatedError: there are others.
    """
    if lost := sorted(set(given) - allowed):
        raise NotEmulatedError(f"{', '.join(lost)} of {where}", f"leave it out, or {INSTEAD}")
