"""Glob patterns of triggers.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/syntax-glob.html; it is the syntax of Java's
``FileSystem.getPathMatcher``.
"""

import functools
import re
from collections.abc import Iterable

from local_cloud.kernel.errors import LocalCloudError

_TOKEN = re.compile(
    r"(?P<deep>\*\*)|(?P<star>\*)|(?P<one>\?)|\[(?P<not>!)?(?P<set>\]?[^\]]*)\]|(?P<open>\{)|(?P<close>\})|(?P<comma>,)"
    r"|\\(?P<escaped>.)|(?P<other>[^\[\\])",
    re.DOTALL,
)
_PLAIN = {"deep": ".*", "star": "[^/]*", "one": "[^/]", "open": "(?:", "close": ")", "comma": "|"}


class GlobError(LocalCloudError):
    """A pattern is not valid."""


def matches(pattern: str, name: str) -> bool:
    """Whether a pattern matches the whole of a name.

    Args:
        pattern: for example ``feature/**``.
        name: of a branch, tag or file.

    Raises:
        GlobError: the pattern is not valid.
    """
    return _compiled(pattern).fullmatch(name) is not None


def any_matches(patterns: Iterable[str], name: str) -> bool:
    """Whether one of the patterns matches."""
    return any(matches(pattern, name) for pattern in patterns)


@functools.lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    made, place, is_grouped = [], 0, False
    while place < len(pattern):
        token = _TOKEN.match(pattern, place)
        if token is None or (token["open"] and is_grouped):
            what = "a group in a group" if token else "a bracket without an end, or a backslash at its end"
            raise GlobError(f"the pattern {pattern!r} has {what}")
        place = token.end()
        made.append(_written(token, is_grouped=is_grouped))
        is_grouped = bool(token["open"]) or (is_grouped and not token["close"])
    if is_grouped:
        raise GlobError(f"the pattern {pattern!r} has a group without an end")
    try:
        return re.compile("".join(made), re.DOTALL)
    except re.error as error:
        raise GlobError(f"the pattern {pattern!r} is not valid: {error}") from error


def _written(token: re.Match[str], *, is_grouped: bool) -> str:
    """A part of a pattern as a regular expression."""
    kind, text = str(token.lastgroup), token[0]
    if kind == "set":
        # In one of these the star, the question mark and the backslash mean themselves.
        letters = re.sub(r"[\\\[^&~|]", r"\\\g<0>", token["set"])
        return f"(?!/)[{'^' if token['not'] else ''}{letters}]"
    if kind == "escaped":
        return re.escape(token["escaped"])
    if kind in {"comma", "close"} and not is_grouped:
        return re.escape(text)
    return _PLAIN.get(kind) or re.escape(text)
