"""Amazon States Language, as plain data: every Task gets a timeout, a Retry and a Catch.

Reference: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

State = dict[str, Any]

# JSONata for an id of the execution: its start, so that ids sort, and a hash, so that they differ.
RUN_ID = (
    "{% $fromMillis($toMillis($states.context.Execution.StartTime), '[Y0001][M01][D01][H01][m01][s01]')"
    " & '-' & $substring($hash($states.context.Execution.Id, 'SHA-256'), 0, 6) %}"
)

# Only what passes by itself: throttling, capacity, 5xx.
_TRANSIENT: dict[str, tuple[str, ...]] = {
    "dynamodb": (
        "DynamoDB.ProvisionedThroughputExceededException",
        "DynamoDB.RequestLimitExceededException",
        "DynamoDB.ThrottlingException",
        "DynamoDB.InternalServerErrorException",
    ),
    "glue": (
        "Glue.ConcurrentRunsExceededException",
        "Glue.ResourceNumberLimitExceededException",
        "Glue.InternalServiceException",
        "Glue.OperationTimeoutException",
        "Glue.ThrottlingException",
    ),
    "lambda": (
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
        "Lambda.ClientExecutionTimeoutException",
    ),
    "s3": ("S3.SdkClientException", "S3.SlowDownException", "S3.InternalErrorException"),
    "applicationautoscaling": (
        "ApplicationAutoScaling.ConcurrentUpdateException",
        "ApplicationAutoScaling.InternalServiceException",
    ),
    "sfn": ("Sfn.SfnException", "Sfn.SdkClientException"),
    "sns": ("SNS.InternalErrorException", "SNS.ThrottledException", "SNS.KMSThrottlingException"),
    # SageMaker models neither throttling nor validation errors, so both arrive under the service's general name.
    # A user error is therefore repeated too; the few attempts bound what that costs.
    "sagemaker": (
        "SageMaker.ResourceLimitExceededException",
        "SageMaker.AmazonSageMakerException",
        "SageMaker.SageMakerException",
        "SageMaker.SdkClientException",
    ),
}


def retry(service: str) -> State:
    """Back off with jitter on what passes by itself.

    Args:
        service: applicationautoscaling, dynamodb, glue, lambda, s3, sagemaker, sfn or sns.
    """
    return {
        "ErrorEquals": list(_TRANSIENT[service]),
        "IntervalSeconds": 2,
        "BackoffRate": 2,
        "MaxAttempts": 3,
        "MaxDelaySeconds": 60,
        "JitterStrategy": "FULL",
    }


def task(
    resource: str,
    arguments: Mapping[str, Any] | str,
    *,
    service: str,
    next_state: str,
    on_failure: str,
    timeout_seconds: int | str,
    assign: Mapping[str, Any] | None = None,
    retries: Sequence[State] = (),
    catches: Sequence[State] = (),
) -> State:
    """Define a Task.

    Args:
        resource: what follows ``arn:<partition>:states:::``.
        arguments: the call's arguments; values, or all of it, may be JSONata.
        service: decides which errors are worth a retry.
        next_state: name of the following state.
        on_failure: state that every error not caught before goes to, with the error in the variable ``failure``.
        timeout_seconds: number, or JSONata.
        assign: variables set from the result.
        retries: retriers tried before the service's own.
        catches: catchers tried before the general one.
    """
    state: State = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{resource}",
        "Arguments": arguments if isinstance(arguments, str) else dict(arguments),
        "TimeoutSeconds": timeout_seconds,
        "Retry": [*retries, retry(service)],
        "Catch": [*catches, catch_all(on_failure)],
        "Next": next_state,
    }
    if assign:
        state["Assign"] = dict(assign)
    return state


def catch(error: str, next_state: str) -> State:
    """Go on at a state when one error happens."""
    return {"ErrorEquals": [error], "Next": next_state}


def catch_all(next_state: str) -> State:
    """Keep the error in the variable ``failure`` and go on at a state."""
    # A cause is optional, and an expression that gives nothing would fail the state that reports it.
    failure = {
        "Error": "{% $states.errorOutput.Error %}",
        "Cause": "{% $states.errorOutput.Cause ? $states.errorOutput.Cause : '' %}",
    }
    return {"ErrorEquals": ["States.ALL"], "Assign": {"failure": failure}, "Next": next_state}


def choice(branches: Sequence[tuple[str, str]], *, default: str) -> State:
    """Define a Choice from pairs of JSONata condition and next state."""
    return {
        "Type": "Choice",
        "Choices": [{"Condition": condition, "Next": next_state} for condition, next_state in branches],
        "Default": default,
    }


def fail_with(error: str, cause: str, *, next_state: str) -> State:
    """Define a Pass that records a failure of our own, so that it takes the same way out as a caught one."""
    return {"Type": "Pass", "Assign": {"failure": {"Error": error, "Cause": cause}}, "Next": next_state}


def keep_failure(state: State, *, next_state: str) -> State:
    """Let a state go on when it fails, with an earlier error in the variable ``failure`` as it is."""
    return {**state, "Catch": [catch("States.ALL", next_state)]}
