"""What an operator can do something about."""


class OperatorError(Exception):
    """Says what was found, what was expected and what to do; the command line prints it and exits with 1."""


class NotDeployedError(OperatorError):
    """The account has no such stack in the region that was asked."""


class Interrupted(Exception):  # noqa: N818  # no error: the operator wanted it
    """Says what goes on after Ctrl-C; the command line prints it and exits with 130, as shells do."""
