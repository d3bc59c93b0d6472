"""What CreatePipeline and UpdatePipeline refuse."""

from collections.abc import Mapping
from typing import Any


def check(given: Mapping[str, Any], *, region: str) -> None:
    """Look."""
