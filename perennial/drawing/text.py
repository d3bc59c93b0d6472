"""How wide text is, roughly and never too narrow, in the sans-serif fonts browsers choose."""

_NARROW = frozenset("iljtfrI.,:;!'|()[] -")
_WIDE = frozenset("mwMW%@")
_AVERAGE = 0.58
_BOLD = 1.12


def width(text: str, *, size: float, bold: bool = False) -> float:
    """Upper estimate of a text's width in pixels at a font size in pixels."""
    return size * sum(_em(character) for character in text) * (_BOLD if bold else 1)


def wrap(text: str, *, width: float, size: float) -> tuple[str, ...]:
    """Break a bold text at spaces into lines that fit a width; a word too long for a line ends in an ellipsis."""
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and _fits(joined, width, size):
            lines[-1] = joined
        else:
            lines.append(_cut(word, width, size))
    return tuple(lines)


def _fits(text: str, limit: float, size: float) -> bool:
    return width(text, size=size, bold=True) <= limit


def _cut(word: str, limit: float, size: float) -> str:
    if _fits(word, limit, size):
        return word
    while word and not _fits(word + "…", limit, size):
        word = word[:-1]
    return word + "…"


def _em(character: str) -> float:
    if character in _NARROW:
        return 0.36
    if character in _WIDE:
        return 0.92
    return 0.7 if character.isupper() else _AVERAGE
