"""What a server should never do: fail in a way that nobody foresaw, or answer with a page of HTML.

It is logged as anything else. Tests name a file in the environment, which gets a line of JSON for each, and fail where
one is in it that none of them expected: `local_cloud.testing.unforeseen`.
"""

import json
import logging
import os

LOG = logging.getLogger("local_cloud.unforeseen")
# Path of the file.
RECORD = "LOCAL_CLOUD_UNFORESEEN"


class _Lines(logging.Formatter):
    """One line for each record, with its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(super().format(record))


def keep() -> None:
    """Keep in the file of the environment, if it names one, what is logged from now on."""
    path = os.environ.get(RECORD)
    if path:
        handler = logging.FileHandler(path, encoding="utf-8")
        handler.setFormatter(_Lines())
        LOG.addHandler(handler)
        # With a handler of its own it would not be printed any more.
        LOG.addHandler(logging.StreamHandler())
