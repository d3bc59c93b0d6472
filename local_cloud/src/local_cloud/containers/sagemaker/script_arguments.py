"""How hyperparameters become arguments and environment variables of a user's script.

The rules are those of AWS's sagemaker-training toolkit, which all its framework images are built with:
https://github.com/aws/sagemaker-training-toolkit/blob/master/src/sagemaker_training/mapping.py and ``params.py``.
"""

import json
from collections.abc import Mapping
from typing import Any

# What the toolkit and the SDKs say to each other begins so, and is none of the script's business.
_PREFIX = "sagemaker_"
_OWN = frozenset({"_tuning_objective_metric", "default_user_module_name"})


def parse(texts: Mapping[str, str]) -> dict[str, Any]:
    """Values of hyperparameters, which SDKs send as JSON; what is no JSON is a text.

    Args:
        texts: as hyperparameters.json has them.
    """
    return {name: _value(text) for name, text in texts.items()}


def of_user(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those that the script gets."""
    return {name: value for name, value in values.items() if not _is_own(name)}


def of_toolkit(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those that the image keeps for itself."""
    return {name: value for name, value in values.items() if _is_own(name)}


def arguments(values: Mapping[str, Any]) -> list[str]:
    """A command line: ``--name value`` in the order of names, ``-n value`` for a name of one letter.

    Booleans are ``True`` and ``False``, lists as Python writes them, and a mapping is ``key=value,key=value``.
    """
    return [word for name in sorted(values) for word in (_option(name), _argument(values[name]))]


def variables(values: Mapping[str, Any]) -> dict[str, str]:
    """Environment variables ``SM_NAME``: texts as they are, nothing for None, and all else as JSON."""
    return {f"SM_{name.upper()}" if name else "": _variable(value) for name, value in values.items()}


def _is_own(name: str) -> bool:
    return name in _OWN or name.startswith(_PREFIX)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _option(name: str) -> str:
    if not name:
        return ""
    return f"--{name}" if len(name) > 1 else f"-{name}"


def _argument(value: Any) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{key}={item}" for key, item in sorted(value.items()))
    return "" if value is None else str(value)


def _variable(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"))
