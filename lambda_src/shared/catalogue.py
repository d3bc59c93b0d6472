"""The configured models: catalogue.json, which the stack puts beside the functions' code.

It is read where something begins: a run's first state, a plan, a tick. What comes later gets it passed.
"""

import difflib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from contract.catalogue import FILE, Model
from shared.errors import UnknownModelError

_FILE = Path(__file__).parents[1] / FILE


@cache
def content() -> Mapping[str, Any]:
    """Settings by model as they are in the file, unread."""
    return dict(json.loads(_FILE.read_text(encoding="utf-8")))


@cache
def models() -> Mapping[str, Model]:
    """Settings of all models by name."""
    return {name: Model.from_json(each) for name, each in content().items()}


def model(name: str) -> Model:
    """Settings of one model; the others are not even read.

    Raises:
        UnknownModelError: there is none of that name.
    """
    known = content()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]}? " if close else ""
        raise UnknownModelError(
            f"no model named {name!r} is configured; {hint}choose one of {', '.join(sorted(known)) or 'none'}"
        )
    return Model.from_json(known[name])
