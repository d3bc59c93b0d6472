"""Makes a handler of a function that takes a call of the contract and gives its answer."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from contract.calls.call import Answer, Call
from contract.record import InvalidRecordError
from shared import decisions
from shared.errors import InvalidEventError

_Call = TypeVar("_Call", bound=Call[Any])
Handler = Callable[[object, object], dict[str, Any]]


def point(call: type[Call[Answer]]) -> Callable[[Callable[[Any], Answer]], Handler]:
    """Read the event as a call, and answer with JSON.

    What the function decides is logged with the run of the call.

    Args:
        call: the contract's class.
    """

    def made(function: Callable[[Any], Answer]) -> Handler:
        @wraps(function)
        def lambda_handler(event: object, _context: object) -> dict[str, Any]:
            try:
                asked = call.from_json(event)
            except InvalidRecordError as error:
                raise InvalidEventError(f"{error}; check the state's Arguments") from error
            with decisions.of(call.function(), asked):
                return function(asked).to_json()

        return lambda_handler

    return made
