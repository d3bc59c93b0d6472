"""Why an execution failed: the one line that matters, the state, and where the log of the work that failed is.

A job that Step Functions waited for fails its state with its whole description as the cause, in JSON, and a function
with its error object: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html and
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from perennial.account.history import History, Outcome

# What a description calls its reason: SageMaker's jobs (a processing job's own last words first), Glue's job runs,
# Lambda's errors.
_REASONS = ("ExitMessage", "FailureReason", "ErrorMessage", "errorMessage")
_JOBS = {
    "TrainingJobName": ("TrainingJobStatus", "/aws/sagemaker/TrainingJobs"),
    "ProcessingJobName": ("ProcessingJobStatus", "/aws/sagemaker/ProcessingJobs"),
    "TransformJobName": ("TransformJobStatus", "/aws/sagemaker/TransformJobs"),
    "HyperParameterTuningJobName": ("HyperParameterTuningJobStatus", "/aws/sagemaker/TrainingJobs"),
}
_GLUE_LOGS = "/aws-glue/jobs"


@dataclass(frozen=True, kw_only=True)
class Log:
    """Where the words of a job are in CloudWatch Logs.

    Args:
        groups: log groups, the likelier one first.
        stream: what the names of its streams begin with.
        glue_job: name of the Glue job, which may have groups of its own; None for other jobs.
    """

    groups: tuple[str, ...]
    stream: str
    glue_job: str | None = None


def reason(cause: str) -> str:
    """The line of a cause that matters, without line breaks; a cause that is no description is that line itself."""
    found = _description(cause)
    if found is None:
        return _line(cause)
    for key in _REASONS:
        if isinstance(found.get(key), str) and found[key].strip():
            return _line(found[key])
    for name, (status, _) in _JOBS.items():
        if name in found:
            return f"{found[name]} is {found.get(status, 'at an end')}, and gave no reason"
    if "JobRunState" in found:
        return f"run {found.get('Id', '')} of {found.get('JobName', 'the Glue job')} is {found['JobRunState']}"
    # Something that nobody here knows is shown as words, not as JSON.
    return ", ".join(f"{key} {value}" for key, value in found.items() if isinstance(value, str | int | float))


def log(cause: str) -> Log | None:
    """The log of the job that a cause describes; None when it describes none, as a function's error does."""
    found = _description(cause) or {}
    # A tuning job's trials carry its name and a number.
    for name, (_, group) in _JOBS.items():
        if isinstance(found.get(name), str):
            return Log(groups=(group,), stream=found[name])
    if "JobRunState" in found and isinstance(found.get("Id"), str):
        # https://docs.aws.amazon.com/glue/latest/webapi/API_JobRun.html: LogGroupName
        prefix = str(found.get("LogGroupName") or _GLUE_LOGS)
        return Log(groups=glue_groups(prefix), stream=found["Id"], glue_job=found.get("JobName"))
    return None


def glue_groups(prefix: str) -> tuple[str, ...]:
    """A Glue job's log groups: what Spark says, with the error, and what the script prints.

    Reference: https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html
    """
    return f"{prefix}/error", f"{prefix}/output"


def state(history: History, *, error: str) -> str | None:
    """The state that failed first with the error that the execution ended with; None when no state did.

    Args:
        history: of the execution.
        error: its error name.
    """
    failed = (Outcome.CAUGHT, Outcome.FAILED)
    # A Fail state only passes on what failed before it, or what the definition itself made of a result.
    tried = (visit for visit in history.visits if visit.kind != "Fail")
    return next((visit.state for visit in tried if visit.outcome in failed and visit.error == error), None)


def words(error: str, cause: str) -> str:
    """An error and its reason, as one line."""
    told = reason(cause)
    return f"{error}: {told}" if told else error


def _description(cause: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(cause)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _line(text: str) -> str:
    return " ".join(text.split())
