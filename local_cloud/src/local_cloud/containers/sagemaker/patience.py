"""How long a container may take for an answer; whoever started it says so by a variable."""

import os

VARIABLE = "ANSWER_SECONDS"
# Before whoever asked gives up after the minute that an endpoint gives a container.
_SECONDS = 55.0


def seconds() -> float:
    """What a model has to answer in, in seconds."""
    return float(os.environ.get(VARIABLE, _SECONDS))
