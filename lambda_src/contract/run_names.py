"""Names of what runs and deployments make; docs/architecture.md lists them with their limits.

Those in JSONata read the variables of their state machine. A try never collides with the one before it, since its name
ends with the retries, except where something else has to know the name before it is taken.
"""

import hashlib
import re

# Of what watches an endpoint, and the fleet of a new endpoint configuration.
ERRORS, LATENCY = "errors", "latency"
# Of what else watches an endpoint: models that serve without an approved version.
UNAPPROVED = "unapproved"
# 63 characters of a SageMaker model, less 22 of a deployment, 4 of a later look in it and 4 of the retries.
_LONGEST_STEM = 33
_STEM_DIGITS = 6
# The same of the model of a batch transform, less 32 of `-transform-` and a run, and 4 of the retries.
_LONGEST_TRANSFORM = 27
# The id of a deployment: that of its execution, and the number of a later look in it.
_DEPLOYMENT_ID = r"\d{14}-[0-9a-f]{6}(-\d+)?"
# JSONata for an id of the execution: its start, so that ids sort, and a hash, so that they differ.
RUN_ID = (
    "{% $fromMillis($toMillis($states.context.Execution.StartTime), '[Y0001][M01][D01][H01][m01][s01]')"
    " & '-' & $substring($hash($states.context.Execution.Id, 'SHA-256'), 0, 6) %}"
)
# Digits of a year that may go, so that a number fits in.
_CENTURY = 2
# JSONata for a suffix of at most three characters that differs in each retry and redrive.
_RETRIES = "$formatBase($states.context.Execution.RedriveCount * 100 + $states.context.State.RetryCount, 36)"


def job(app: str, *, model: str, run_id: str) -> str:
    """What the names of a run's training and processing jobs begin with; `attempt` makes one of it."""
    return f"{app}-{model}-{run_id}"


def scoring(app: str, *, model: str, run_id: str, number: int) -> str:
    """What lets one of a run's versions answer the held-out rows: a SageMaker model, and the start of its job's name.

    No name of a deployment is like it, whatever models are called: those have a year of four digits.

    Args:
        app: prefix of names.
        model: its name.
        run_id: of the run.
        number: 1 for the candidate, 2 for the champion.
    """
    return f"{app}-{model}-{run_id[_CENTURY:]}-{number}"


def is_of_scoring(name: str, *, app: str, model: str) -> bool:
    """Whether `scoring` gave this name, in any run of a model."""
    return re.fullmatch(rf"{re.escape(app)}-{re.escape(model)}-\d{{12}}-[0-9a-f]{{6}}-[12]", name) is not None


def transform(app: str, *, model: str, run_id: str) -> str:
    """What lets a version answer files by the model's schedule: a SageMaker model, and the start of its job's name.

    It tells such models from those that `perennial transform` makes, whose names end with four digits.

    Args:
        app: prefix of names.
        model: its name.
        run_id: of the run.
    """
    return f"{_shortened(f'{app}-{model}', _LONGEST_TRANSFORM)}-transform-{run_id}"


def is_of_transform(name: str, *, app: str, model: str) -> bool:
    """Whether `transform` gave this name, in any run of a model."""
    ours = re.escape(_shortened(f"{app}-{model}", _LONGEST_TRANSFORM))
    return re.fullmatch(rf"{ours}-transform-\d{{14}}-[0-9a-f]{{6}}", name) is not None


def tuning_job(*, model: str, execution: str) -> str:
    """What the name of a run's tuning job begins with, which has at most 32 characters with that of the attempt."""
    # 2 + 8 of the model + 12 of the execution + the retries.
    return f"t-{_digits(model, 8)}-{_digits(execution, 12)}"


def attempt(name: str) -> str:
    """JSONata, without its braces, for a name that differs in each retry and redrive.

    Args:
        name: JSONata without its braces.
    """
    return f"{name} & '-' & {_RETRIES}"


def stem(endpoint_name: str) -> str:
    """What the names of an endpoint's models and configurations begin with: its own name, shortened where it is long.

    A shortened one ends with digits of the whole name, so that no two endpoints have the same.
    """
    return _shortened(endpoint_name, _LONGEST_STEM)


def serving_model(stem: str) -> str:
    """JSONata for the SageMaker model of a deployment.

    Args:
        stem: JSONata without its braces for what `stem` gives.
    """
    return f"{{% {attempt(_of_a_deployment(stem))} %}}"


def endpoint_config(stem: str) -> str:
    """JSONata for the endpoint configuration of a deployment.

    It is the same in every retry, since the alarms that watch the new fleet know it before it is made.

    Args:
        stem: as of `serving_model`.
    """
    return f"{{% {_of_a_deployment(stem)} %}}"


def _of_a_deployment(stem: str) -> str:
    return f"{stem} & '-' & $deployment_id"


def execution(stem: str) -> str:
    """JSONata for the execution that deploys to one of several endpoints, at most 80 characters.

    A retry finds the execution that was started by then, and waits for it; a redrive starts another one.

    Args:
        stem: as of `serving_model`.
    """
    redrives = "$states.context.Execution.RedriveCount"
    return f"{{% {stem} & '-' & $run_id & ({redrives} > 0 ? '-' & $string({redrives}) : '') %}}"


def is_of_a_deployment(name: str, *, endpoint_name: str) -> bool:
    """Whether a deployment to an endpoint gave this name to a model or endpoint configuration.

    What somebody else named alike is not ours to delete.
    """
    # <stem>-<start>-<hash>[-<look>][-<retry>]
    ours = rf"{re.escape(stem(endpoint_name))}-{_DEPLOYMENT_ID}(-[0-9a-z]{{1,3}})?"
    return re.fullmatch(ours, name) is not None


def is_deployment_id(text: str) -> bool:
    """Whether this is the id of a deployment."""
    return re.fullmatch(_DEPLOYMENT_ID, text) is not None


def alarm(endpoint_name: str, kind: str) -> str:
    """An alarm that tells people of an endpoint for as long as it exists.

    Args:
        endpoint_name: the endpoint.
        kind: ERRORS, LATENCY or UNAPPROVED.
    """
    return f"{endpoint_name}-{kind}"


def alarms(endpoint_name: str) -> list[str]:
    """Names of all alarms that tell people of an endpoint."""
    return [alarm(endpoint_name, kind) for kind in (ERRORS, LATENCY, UNAPPROVED)]


def roll_back_alarm_prefix(endpoint_name: str) -> str:
    """What the names of an endpoint's roll-back alarms begin with; `is_roll_back_alarm` tells them from others."""
    return f"{endpoint_name}-rollback-"


def roll_back_alarms(endpoint_name: str) -> dict[str, str]:
    """JSONata for the name of each alarm that rolls a deployment back, by what it watches.

    They watch the new fleet alone and exist for one update: the state ``Stage Deployment`` makes them, ``Record
    Deployment`` removes them. See docs/decisions/0047-roll-back-alarms.md.

    Args:
        endpoint_name: JSONata without its braces for the endpoint's name.
    """
    return {kind: f"{{% {endpoint_name} & '-rollback-' & $deployment_id & '-{kind}' %}}" for kind in (ERRORS, LATENCY)}


def is_roll_back_alarm(name: str, *, endpoint_name: str) -> bool:
    """Whether this is a roll-back alarm of an endpoint, and not one of another endpoint whose name begins alike."""
    ours = rf"{re.escape(roll_back_alarm_prefix(endpoint_name))}{_DEPLOYMENT_ID}-({ERRORS}|{LATENCY})"
    return re.fullmatch(ours, name) is not None


def _shortened(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    return f"{text[: longest - _STEM_DIGITS - 1]}-{_digits(text, _STEM_DIGITS)}"


def _digits(text: str, count: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:count]
