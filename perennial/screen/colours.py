"""Colours of states, so that what needs a look stands out; a screen without colours loses nothing but them."""

from rich.text import Text

_STYLES = {
    "green": ("InService", "Approved", "approved", "accepted", "registered", "deployed", "restored"),
    "cyan": ("running", "Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"),
    "yellow": ("PendingManualApproval", "gate failed", "aborted", "already running", "not created yet"),
    "red": ("Failed", "UpdateRollbackFailed", "OutOfService", "Rejected", "rejected", "failed", "timed out"),
}
_STYLE = {words: style for style, states in _STYLES.items() for words in states}


def state(words: str) -> Text:
    """What something is, in the colour of that."""
    return Text(words, style=_STYLE.get(words, ""))
