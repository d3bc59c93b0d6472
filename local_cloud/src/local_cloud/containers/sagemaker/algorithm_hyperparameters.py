"""What SageMaker's own algorithms take for hyperparameters, and in which words they refuse others.

The words are those of the library that these algorithms share: ``integration.py`` and ``exceptions.py`` below
https://github.com/aws/sagemaker-rl-container/tree/master/src/vw-serving/src/vw_serving/sagemaker, a copy of it. What an
algorithm says of a number is in a schema that is not public; our words stand in its place. As on AWS the container
finds a mistake, not the call that makes the job (https://github.com/aws/sagemaker-python-sdk/issues/132).
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local_cloud.containers.sagemaker.programs import CustomerError

_CAUSE = " (caused by ValidationError)"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What one hyperparameter may be.

    Args:
        read: makes a value of the text; ValueError for what it may not be.
        expects: what the algorithm says it must be.
    """

    read: Callable[[str], Any]
    expects: str

    def or_texts(self, *texts: str) -> "Kind":
        """The same, or one of some texts such as ``auto``."""
        return Kind(
            read=lambda text: text if text in texts else self.read(text),
            expects=f"expects {' or '.join(map(repr, texts))} or{self.expects.removeprefix('expects')}",
        )


def integer(*, at_least: int, at_most: int | None = None) -> Kind:
    """A whole number within bounds."""
    bounds = f"of at least {at_least}" + ("" if at_most is None else f" and at most {at_most}")

    def read(text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]+", text):
            raise ValueError(text)
        value = int(text)
        if value < at_least or (at_most is not None and value > at_most):
            raise ValueError(text)
        return value

    return Kind(read=read, expects=f"expects an integer {bounds}")


def number(expects: str, allowed: Callable[[float], bool] = math.isfinite) -> Kind:
    """A finite number.

    Args:
        expects: which, as ``a number greater than 0``.
        allowed: whether one is such a number.
    """

    def read(text: str) -> float:
        value = float(text)
        if not (math.isfinite(value) and allowed(value)):
            raise ValueError(text)
        return value

    return Kind(read=read, expects=f"expects {expects}")


def choice(*values: str) -> Kind:
    """One of some texts."""

    def read(text: str) -> str:
        if text not in values:
            raise ValueError(text)
        return text

    return Kind(read=read, expects=f"accepts one of the following: {', '.join(map(repr, values))}")


def _read_switch(text: str) -> bool:
    # The SDK writes Python's words: https://github.com/aws/sagemaker-python-sdk, amazon/hyperparameter.py.
    if text.lower() not in {"true", "false"}:
        raise ValueError(text)
    return text.lower() == "true"


SWITCH = Kind(read=_read_switch, expects="accepts one of the following: 'true', 'false'")
TEXT = Kind(read=str, expects="expects a string")
POSITIVE = integer(at_least=1)


def parse(
    given: Mapping[str, str],
    *,
    kinds: Mapping[str, Kind],
    defaults: Mapping[str, str],
    required: Iterable[str] = (),
) -> dict[str, Any]:
    """All hyperparameters of a job.

    Args:
        given: as the job has them.
        kinds: of all that there are.
        defaults: of those that may be left out.
        required: those that may not.

    Raises:
        CustomerError: one is missing, unknown or wrong.
    """
    if unknown := [name for name in given if name not in kinds]:
        verb = "was" if len(unknown) == 1 else "were"
        raise CustomerError(
            f"Additional hyperparameters are not allowed ({', '.join(map(repr, unknown))} {verb} unexpected){_CAUSE}"
        )
    if missing := [name for name in required if name not in given]:
        names = ", ".join(map(repr, missing))
        raise CustomerError(f"No value(s) were specified for {names} which are required hyperparameter(s){_CAUSE}")
    return {name: _read(name, text, kinds[name]) for name, text in (dict(defaults) | dict(given)).items()}


def _read(name: str, text: str, kind: Kind) -> Any:
    try:
        return kind.read(text)
    except ValueError as error:
        raise CustomerError(
            f"The value '{text}' is not valid for the '{name}' hyperparameter which {kind.expects}{_CAUSE}"
        ) from error
