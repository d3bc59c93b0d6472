"""The configured models: catalogue.json, which the stack puts beside the functions' code."""

import difflib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from shared.errors import UnknownModelError

_FILE = Path(__file__).parents[1] / "catalogue.json"


@cache
def models() -> Mapping[str, Mapping[str, Any]]:
    """Settings of all models by name."""
    return dict(json.loads(_FILE.read_text(encoding="utf-8")))


def model(name: object) -> Mapping[str, Any]:
    """Settings of one model.

    Raises:
        UnknownModelError: there is none of that name.
    """
    known = models()
    if not isinstance(name, str) or name not in known:
        close = difflib.get_close_matches(str(name), known, n=1)
        hint = f"did you mean {close[0]}? " if close else ""
        raise UnknownModelError(
            f"no model named {name!r} is configured; {hint}choose one of {', '.join(sorted(known)) or 'none'}"
        )
    return known[name]
