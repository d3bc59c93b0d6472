"""Whose rules the parts of a model are held to while its file is validated."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pydantic_core import PydanticCustomError

from config import algorithms
from config.algorithm import Algorithm

# Where a problem is, and what.
Problem = tuple[tuple[str, ...], str]
_DEFAULT = algorithms.resolve(algorithms.DEFAULT)
_ALGORITHM: ContextVar[Algorithm] = ContextVar("algorithm", default=_DEFAULT)


def algorithm() -> Algorithm:
    """The one whose rules hold now."""
    return _ALGORITHM.get()


@contextmanager
def rules_for(document: object) -> Iterator[None]:
    """Hold what is validated within to the rules of the algorithm that a file names; an unknown one has the default's.

    A validator around `Model` could do it, but pydantic then no longer reads the file as JSON: lists were no tuples.
    """
    said = document.get("algorithm", algorithms.DEFAULT) if isinstance(document, dict) else algorithms.DEFAULT
    try:
        found = algorithms.resolve(said)
    except PydanticCustomError:
        # The model tells of it.
        found = _DEFAULT
    token = _ALGORITHM.set(found)
    try:
        yield
    finally:
        _ALGORITHM.reset(token)
