"""JSON pointers: https://www.rfc-editor.org/rfc/rfc6901."""

from __future__ import annotations

from typing import Any


def follow(content: Any, pointer: str) -> Any:
    """The value at a pointer; empty for all of it.

    Raises:
        LookupError: there is none.
        TypeError: the way leads into a value that has no parts.
    """
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        content = content[int(name)] if isinstance(content, list) and name.isdecimal() else content[name]
    return content
