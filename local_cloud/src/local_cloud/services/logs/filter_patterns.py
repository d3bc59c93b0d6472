"""Filter patterns of CloudWatch Logs: which events a pattern selects.

Reference: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html and the pages below it.
Three things are not said there, and not verified on AWS: a term is found inside of words too, as a regular expression
is; a field of JSON that an event has not is neither equal nor unequal to anything; an event may have more words than
a pattern without an ellipsis has fields, as in the page's own example ``[w1=ERROR, w2]``.
"""

from collections.abc import Callable

from local_cloud.services.logs import json_patterns, space_patterns, term_patterns

Matcher = Callable[[str], bool]


def compiled(pattern: str) -> Matcher:
    """What says of an event's message whether a pattern selects it.

    Args:
        pattern: as FilterLogEvents takes it.

    Raises:
        PatternError: it is none that AWS takes.
        NotEmulatedError: what it means is not documented.
    """
    text = pattern.strip()
    if not text:
        return lambda _: True
    if text.startswith("{"):
        return json_patterns.compiled(text)
    if text.startswith("["):
        return space_patterns.compiled(text)
    return term_patterns.compiled(text)
