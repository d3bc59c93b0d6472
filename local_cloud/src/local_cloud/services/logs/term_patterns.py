"""Filter patterns of terms: ``ERROR -INFO "exact phrase"``, ``?any ?of``, ``%regular expression%``.

Reference: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-unstructured-log-events.html
"""

import re
from collections.abc import Callable

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.logs.operands import PatternError, regex, unquoted

_TERM = re.compile(r'\s*([-?]?)("(?:[^"\\]|\\.)*"|%[^%]*%|[^\s"%]+)(?=\s|$)')


def compiled(text: str) -> Callable[[str], bool]:
    """What says whether a message has the terms of a pattern.

    Raises:
        PatternError: it is none that AWS takes.
        NotEmulatedError: it has optional terms beside others.
    """
    required: list[Callable[[str], bool]] = []
    excluded: list[Callable[[str], bool]] = []
    optional: list[Callable[[str], bool]] = []
    kinds = {"": required, "-": excluded, "?": optional}
    position = 0
    while position < len(text):
        found = _TERM.match(text, position)
        if found is None:
            raise PatternError(f"Invalid filter pattern: unexpected text at {text[position:].strip()}")
        kinds[found[1]].append(_finder(found[2]))
        position = found.end()
    if optional and (required or excluded):
        # The page says that the question mark is ignored then, and not what becomes of its term.
        raise NotEmulatedError(
            f"the local cloud does not emulate filter patterns with optional terms beside others, got {text}; "
            "use one kind of terms"
        )
    if optional:
        return lambda message: any(each(message) for each in optional)
    return lambda message: all(each(message) for each in required) and not any(each(message) for each in excluded)


def _finder(term: str) -> Callable[[str], bool]:
    if term.startswith("%"):
        return regex(term)
    if term.startswith('"'):
        phrase = unquoted(term)
        return lambda message: phrase in message
    if not re.fullmatch(r"\w+", term):
        raise PatternError(f"Invalid character(s) in term '{term}'")
    return lambda message: term in message
