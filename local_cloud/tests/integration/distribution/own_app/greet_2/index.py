"""The second code of the function."""

import os


def handler(event: dict[str, str], _context: object) -> str:
    """Greet louder."""
    return f"{os.environ['WORD']}, {event['name']}!"
