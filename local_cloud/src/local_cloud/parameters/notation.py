"""How the members of requests are written down.

``A{B C=x|y ~D E{F}}`` has the member A, and of A the member B with all that is in it, C with the values x or y only,
D without effect, and of E only F. Lists and maps are written like what is in them. The value ``own-account`` is the id
of the caller's account.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

OWN_ACCOUNT = "own-account"
_TOKEN = re.compile(r"\s*(?:(?P<close>\})|(?P<idle>~)?(?P<name>[\w-]+)(?:=(?P<values>[^\s{}]+))?(?P<open>\{)?)")


@dataclass(frozen=True, kw_only=True)
class Member:
    """What is made of one member.

    Args:
        members: those in it that are taken; if there are none, all are.
        values: that it may have; if there are none, any.
        idle: it has no effect.
    """

    members: Mapping[str, "Member"] = field(default_factory=dict)
    values: tuple[str, ...] = ()
    idle: bool = False


def read(text: str) -> Member:
    """Members from the notation.

    Raises:
        ValueError: a brace is missing, or something is no name.
    """
    return Member(members=dict(_members(_tokens(text), inside=False)))


def _tokens(text: str) -> Iterator[re.Match[str]]:
    text, position = text.rstrip(), 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise ValueError(f"{text[position : position + 20]!r} is neither a name nor a brace")
        yield found
        position = found.end()


def _members(tokens: Iterator[re.Match[str]], *, inside: bool) -> Iterator[tuple[str, Member]]:
    for token in tokens:
        if token["close"]:
            if not inside:
                raise ValueError("a brace closes that was not opened")
            return
        below = dict(_members(tokens, inside=True)) if token["open"] else {}
        values = tuple(token["values"].split("|")) if token["values"] else ()
        yield token["name"], Member(members=below, values=values, idle=bool(token["idle"]))
    if inside:
        raise ValueError("a brace is missing at the end")
