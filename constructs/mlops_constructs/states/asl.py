"""Amazon States Language, as plain data: every Task gets a timeout, a Retry and a Catch.

Reference: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from contract.calls.call import Call
from contract.history import Kind
from mlops_constructs.states import references

State = dict[str, Any]

# JSONata for the time of a state, for what is recorded.
NOW = "{% $now() %}"
EXECUTION = "{% $states.context.Execution.Id %}"

# A quota that the other runs of a fleet use up is free again when their jobs end, which takes minutes.
_BUSY: dict[str, tuple[str, ...]] = {
    "glue": ("Glue.ConcurrentRunsExceededException", "Glue.ResourceNumberLimitExceededException"),
    "sagemaker": ("SageMaker.ResourceLimitExceededException",),
}

# What else passes by itself: throttling, 5xx, broken connections. Errors that a service does not model arrive under its
# general name (the last but one of each), and so do some throttles; the few attempts bound what it costs that user
# errors do too. See local_cloud/docs/faults.md.
_TRANSIENT: dict[str, tuple[str, ...]] = {
    "dynamodb": (
        "DynamoDB.ProvisionedThroughputExceededException",
        "DynamoDB.RequestLimitExceededException",
        "DynamoDB.ThrottlingException",
        "DynamoDB.InternalServerErrorException",
        "DynamoDB.AmazonDynamoDBException",
        "DynamoDB.SdkClientException",
    ),
    "cloudwatchlogs": (
        "CloudWatchLogs.OperationAbortedException",
        "CloudWatchLogs.ServiceUnavailableException",
        "CloudWatchLogs.ThrottlingException",
        "CloudWatchLogs.CloudWatchLogsException",
        "CloudWatchLogs.SdkClientException",
    ),
    "glue": (
        "Glue.InternalServiceException",
        "Glue.OperationTimeoutException",
        "Glue.ThrottlingException",
        "Glue.AWSGlueException",
        "Glue.SdkClientException",
    ),
    "lambda": (
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
        "Lambda.ClientExecutionTimeoutException",
    ),
    "s3": ("S3.S3Exception", "S3.SdkClientException"),
    "applicationautoscaling": (
        "ApplicationAutoScaling.ConcurrentUpdateException",
        "ApplicationAutoScaling.InternalServiceException",
        "ApplicationAutoScaling.ApplicationAutoScalingException",
        "ApplicationAutoScaling.SdkClientException",
    ),
    "sfn": ("Sfn.SfnException", "Sfn.SdkClientException"),
    # Step Functions itself, to start another execution and wait for it: what fails there is no error of the call.
    "states": ("StepFunctions.AWSStepFunctionsException", "StepFunctions.SdkClientException"),
    "sns": (
        "SNS.InternalErrorException",
        "SNS.ThrottledException",
        "SNS.KMSThrottlingException",
        "SNS.AmazonSNSException",
        "SNS.SdkClientException",
    ),
    # The general name of optimised integrations, and that of SDK integrations.
    "sagemaker": (
        "SageMaker.AmazonSageMakerException",
        "SageMaker.SageMakerException",
        "SageMaker.SdkClientException",
    ),
}

# A process that died without a word of its own, for example for lack of memory. Functions may be repeated: what they
# write they write once. One whose time was up is not, since it would take as long again.
_CRASHED = ("Lambda.Unknown", "Runtime.ExitError")


def retriers(service: str) -> list[State]:
    """Back off with jitter on what passes by itself, and for about an hour on a quota that is used up.

    Args:
        service: applicationautoscaling, cloudwatchlogs, dynamodb, glue, lambda, s3, sagemaker, sfn, sns or states.
    """
    found = [_retry(_TRANSIENT[service], interval=2, attempts=3, longest=60)]
    if service == "lambda":
        found.insert(0, _retry(_CRASHED, interval=2, attempts=2, longest=60))
    if service in _BUSY:
        found.insert(0, _retry(_BUSY[service], interval=30, attempts=25, longest=300))
    return found


def errors_of_calls(service: str) -> list[str]:
    """Errors of calls to a service, of which those of a job that was started are none.

    Args:
        service: as of `retriers`.
    """
    return [*_BUSY.get(service, ()), *_TRANSIENT[service]]


def _retry(errors: Sequence[str], *, interval: int, attempts: int, longest: int) -> State:
    return {
        "ErrorEquals": list(errors),
        "IntervalSeconds": interval,
        "BackoffRate": 2,
        "MaxAttempts": attempts,
        "MaxDelaySeconds": longest,
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
        "Retry": [*retries, *retriers(service)],
        "Catch": [*catches, catch_all(on_failure)],
        "Next": next_state,
    }
    if assign:
        state["Assign"] = dict(assign)
    return state


def invoke(
    function_arn: str,
    call: Call[Any],
    *,
    next_state: str,
    on_failure: str,
    timeout_seconds: int,
    answer: Any = None,
    assign: Mapping[str, Any] | None = None,
    retries: Sequence[State] = (),
) -> State:
    """Define a Task that calls a function.

    Args:
        function_arn: of the function.
        call: what it takes; fields may be variables or JSONata.
        next_state: name of the following state.
        on_failure: state that every error goes to.
        timeout_seconds: of the call.
        answer: variable that the answer is kept in, declared with the class that the call answers with.
        assign: more variables.
        retries: retriers tried before those of Lambda.

    Raises:
        TypeError: the variable was declared with another class than the call's answer.
    """
    kept: dict[str, Any] = {}
    if answer is not None:
        if references.kind_of(answer) is not call.answer():
            raise TypeError(
                f"{answer} was declared as {references.kind_of(answer).__name__}, but {type(call).__name__} answers "
                f"with {call.answer().__name__}; declare it so"
            )
        kept[references.name_of(answer)] = references.rendered(references.answered(type(call)))
    return task(
        "lambda:invoke",
        {"FunctionName": function_arn, "Payload": references.rendered(call)},
        service="lambda",
        next_state=next_state,
        on_failure=on_failure,
        timeout_seconds=timeout_seconds,
        assign={**kept, **(assign or {})},
        retries=retries,
    )


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


# What the descriptions of a job or a function's error call their reason, the more telling one first: SageMaker's
# processing jobs, all of SageMaker's, Glue's job runs, Lambda. https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
_REASONS = ("ExitMessage", "FailureReason", "ErrorMessage", "errorMessage")


def reason() -> str:
    """JSONata without its braces: the line of the variable ``failure``'s cause that matters to a person.

    The cause of a job that failed is its whole description in JSON, perhaps cut off, which ``$parse`` would fail on: so
    it is looked at as a text. A cause that is no description is that line itself.
    """
    # As jobs and functions write it, and without what would end the text early.
    plain = r"""$replace($replace($replace($failure.Cause, '": "', '":"'), '\\"', "'"), '\\n', ' ')"""
    found = "$plain"
    for key in reversed(_REASONS):
        opening = f'\'"{key}":"\''
        found = f"$contains($plain, {opening}) ? $substringBefore($substringAfter($plain, {opening}), '\"') : {found}"
    return f"($plain := {plain}; {found})"


def append_failure(*, table_name: str, subject: str, moment: str, next_state: str, kind: Kind = Kind.FAILURE) -> State:
    """Append the failure in the variable ``failure`` to the history; a row that is there stays as it is.

    Args:
        table_name: the history table.
        subject: name of the model or endpoint, may be JSONata without its braces.
        moment: JSONata without its braces for the row's id.
        next_state: whether the row could be appended or not.
        kind: of the row.
    """
    state = task(
        "dynamodb:putItem",
        {
            "TableName": table_name,
            "Item": {
                "pk": {"S": kind.jsonata(subject)},
                "sk": {"S": f"{{% {moment} %}}"},
                "recorded_at": {"S": NOW},
                "execution": {"S": EXECUTION},
                "error": {"S": "{% $failure.Error %}"},
                "reason": {"S": f"{{% $substring({reason()}, 0, 1000) %}}"},
            },
            "ConditionExpression": "attribute_not_exists(pk)",
        },
        service="dynamodb",
        next_state=next_state,
        on_failure=next_state,
        timeout_seconds=60,
    )
    return keep_failure(state, next_state=next_state)


def keep_failure(state: State, *, next_state: str) -> State:
    """Let a state go on when it fails, with an earlier error in the variable ``failure`` as it is."""
    return {**state, "Catch": [catch("States.ALL", next_state)]}
