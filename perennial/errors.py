"""What an operator can do something about."""


class OperatorError(Exception):
    """Says what was found, what was expected and what to do; the command line prints it and exits with 1."""
