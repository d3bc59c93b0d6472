"""What somebody may start a run with."""

from retraining.errors import InvalidInputError

SWITCHES = ("force", "test_run")
# Step Functions' own mark of a nested execution:
# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-nested-workflows.html
_STARTED_BY = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"
_KEYS = ("model", *SWITCHES)
_LONGEST = 200


def check(given: object) -> None:
    """Check an execution's input, whose model is looked up elsewhere.

    A misspelt or quoted switch would otherwise be off without a word.

    Raises:
        InvalidInputError: it is no object, has unknown keys, or a switch that is neither true nor false.
    """
    allowed = 'start the run with {"model": name} and, if wanted, force and test_run as true or false'
    if not isinstance(given, dict):
        raise InvalidInputError(f"the input must be an object, got {_shown(given)}; {allowed}")
    if unknown := sorted(set(given) - {*_KEYS, _STARTED_BY}):
        raise InvalidInputError(f"the input has the unknown keys {_shown(unknown)}; {allowed}")
    for name in SWITCHES:
        if not isinstance(given.get(name, False), bool):
            raise InvalidInputError(f"{name} must be true or false, got {_shown(given[name])}; {allowed}")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
