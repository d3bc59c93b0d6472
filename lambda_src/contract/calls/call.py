"""A call of a function, and what it answers."""

import re
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_args

from contract.record import Record

Answer = TypeVar("Answer", bound=Record)


@dataclass(frozen=True, kw_only=True)
class Call(Record, Generic[Answer]):
    """What a state machine passes to a function; ``class SaveModel(Call[Saved])`` answers with `Saved`."""

    @classmethod
    def answer(cls) -> type[Answer]:
        """The class of the answer."""
        bases: tuple[Any, ...] = cls.__dict__["__orig_bases__"]
        (found,) = get_args(bases[0])
        return found  # type: ignore[no-any-return]  # what the class was declared with

    @classmethod
    def function(cls) -> str:
        """Module of the function's handler: ``save_model``."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
