"""The one way in which anything of moto is replaced: who did it, why, and what it was built upon.

`python -m local_cloud patches` prints what was recorded.
"""

import contextlib
import functools
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

from local_cloud.kernel.errors import LocalCloudError

_PACKAGE = "local_cloud."
_P = ParamSpec("_P")
_R = TypeVar("_R")


class PatchError(LocalCloudError):
    """A patch without an owner, of something that moto does not have, or on top of one that it does not name."""


@dataclass(frozen=True, kw_only=True)
class Patch:
    """One attribute of moto that is not moto's own any more.

    Args:
        target: dotted path of the attribute.
        owner: module and function that replaced it, as `after` names it.
        reason: what is wrong with moto's, or what is added to it.
        order: 1 for the first patch of the attribute, 2 for the one on top of it.
    """

    target: str
    owner: str
    reason: str
    order: int


@dataclass(frozen=True, kw_only=True)
class _Owner:
    name: str
    reason: str


_patches: dict[str, list[Patch]] = {}
_current: ContextVar[_Owner | None] = ContextVar("owner of patches", default=None)


def owner(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Make a function the owner of the patches that it makes; the first paragraph of its docstring is their reason.

    Raises:
        PatchError: it has no docstring.
    """
    reason = " ".join((function.__doc__ or "").strip().split("\n\n")[0].split())
    name = f"{function.__module__.removeprefix(_PACKAGE)}.{function.__name__}"
    if not reason:
        raise PatchError(f"{name} has no docstring; write why it replaces what moto does")

    @functools.wraps(function)
    def owned(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        token = _current.set(_Owner(name=name, reason=reason))
        try:
            return function(*args, **kwargs)
        finally:
            _current.reset(token)

    return owned


def replace(holder: Any, name: str, value: Any, *, after: str | None = None) -> None:
    """Replace an attribute of a class or module of moto, or add one.

    Args:
        holder: the class or module.
        name: of the attribute.
        value: what takes its place.
        after: owner of the patch that this one is built upon, if there is one.

    Raises:
        PatchError: see the class.
    """
    _record(_path(holder, name), after)
    setattr(holder, name, value)


def replace_everywhere(package: str, name: str, value: Any) -> None:
    """Replace a function in every loaded module of a package of moto that imported it by name.

    Args:
        package: dotted path, for example ``moto.stepfunctions.parser``.
        name: of the function.
        value: what takes its place.

    Raises:
        PatchError: see the class, or nobody there has the name.
    """
    holders = [
        module
        for module_name, module in list(sys.modules.items())
        if f"{module_name}.".startswith(f"{package}.") and hasattr(module, name)
    ]
    if not holders:
        raise PatchError(f"no loaded module of {package} has {name}; import those that have it first")
    _record(f"{package}.*.{name}", None)
    for module in holders:
        setattr(module, name, value)


@contextlib.contextmanager
def for_a_while(holder: Any, name: str, value: Any) -> Iterator[None]:
    """Replace an attribute of moto while modules of it are imported.

    Args:
        holder: the class or module.
        name: of the attribute.
        value: what takes its place; modules that import it by name meanwhile keep it.
    """
    before = getattr(holder, name)
    setattr(holder, name, value)
    try:
        yield
    finally:
        setattr(holder, name, before)


@contextlib.contextmanager
def without_the_rest_of(package: str) -> Iterator[None]:
    """Let modules of a package of moto be imported without the package itself, which would import all of its own.

    Args:
        package: dotted path; afterwards it can be imported as usual.
    """
    if package in sys.modules:
        yield
        return
    found = importlib.util.find_spec(package)
    if found is None:
        raise PatchError(f"moto has no package {package}")
    bare = ModuleType(package)
    bare.__path__ = list(found.submodule_search_locations or ())
    sys.modules[package] = bare
    try:
        yield
    finally:
        del sys.modules[package]


def table() -> list[Patch]:
    """All patches so far, by target and then in the order in which they were made."""
    return [patch for target in sorted(_patches) for patch in _patches[target]]


def markdown() -> list[str]:
    """The table, line by line."""
    rows = [
        f"| `{patch.target}` | {patch.order} | {patch.owner} | {patch.reason.replace('|', chr(92) + '|')} |"
        for patch in table()
    ]
    return ["| what of moto | order | by | why |", "|---|---|---|---|", *rows]


def _record(target: str, after: str | None) -> None:
    by = _current.get()
    if by is None:
        raise PatchError(f"{target} is replaced outside of a function marked with @patching.owner; mark it")
    before = _patches.get(target, [])
    last = before[-1].owner if before else None
    if last is not None and after is None:
        raise PatchError(
            f"{by.name} replaces {target}, which {last} replaced already; say after={last!r} to build on it"
        )
    if last != after:
        raise PatchError(f"{by.name} replaces {target} after {after}, but {last or 'nobody'} replaced it last")
    _patches[target] = [*before, Patch(target=target, owner=by.name, reason=by.reason, order=len(before) + 1)]


def _path(holder: Any, name: str) -> str:
    if isinstance(holder, type):
        return f"{holder.__module__}.{holder.__qualname__}.{name}"
    return f"{holder.__name__}.{name}"
