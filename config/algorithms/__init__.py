"""The algorithms a model may have, one module each; a module that lies here is one of them."""

import importlib
import pkgutil
from collections.abc import Mapping

from config.algorithm import Algorithm


def found() -> dict[str, Algorithm]:
    """Look into this package."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: importlib.import_module(f"{__name__}.{name}").ALGORITHM for name in names}


ALGORITHMS: Mapping[str, Algorithm] = found()
DEFAULT = "xgboost"
