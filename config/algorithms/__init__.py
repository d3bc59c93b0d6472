"""The families of algorithms that a model may have, one module each; a module that lies here is one of them.

A module has ``Settings``, what a model may say of the family, and ``algorithm``, which makes an `Algorithm` of that.
"""

import importlib
import json
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from config import problems
from config.algorithm import Algorithm, FamilySettings


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A family as its module declares it.

    Args:
        settings: what a model may say.
        algorithm: makes the algorithm of it.
    """

    settings: type[FamilySettings]
    algorithm: Callable[[Any], Algorithm]


def found() -> dict[str, Declared]:
    """Look into this package."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = {name: importlib.import_module(f"{__name__}.{name}") for name in names}
    return {
        name.replace("_", "-"): Declared(settings=module.Settings, algorithm=module.algorithm)
        for name, module in modules.items()
    }


FAMILIES: Mapping[str, Declared] = found()
DEFAULT = "xgboost"


def resolve(said: object) -> Algorithm:
    """The algorithm that a model names.

    Args:
        said: a family's name, or its settings with the name under ``type``.

    Raises:
        PydanticCustomError: there is no such family, or it has no such settings; it says where.
    """
    settings = {"type": said} if isinstance(said, str) else said
    if not isinstance(settings, dict):
        raise problems.refuse(((), f"write a name, or settings with a type, got {said!r}; {_names(said)}"))
    name = settings.get("type")
    if not isinstance(name, str):
        told = "Field required" if name is None else f"Input should be a valid string, got {name!r}"
        raise problems.refuse((("type",), f"{told}; {_names(name)}"))
    if name not in FAMILIES:
        place = () if isinstance(said, str) else ("type",)
        raise problems.refuse((place, f"there is no algorithm {name!r}; {_names(name)}"))
    declared = FAMILIES[name]
    try:
        # As JSON, because a YAML list is the schema's tuple.
        read = declared.settings.model_validate_json(json.dumps(settings), strict=True)
    except ValidationError as error:
        raise problems.refuse(*problems.within(error, declared.settings)) from error
    return declared.algorithm(read)


def _names(said: object) -> str:
    return problems.meant(said, FAMILIES)
