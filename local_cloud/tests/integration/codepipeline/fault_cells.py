"""The table of what can befall each action of a pipeline, and what comes of it."""

from dataclasses import dataclass

from integration.codepipeline.promotion import ACTIONS

REFUSED, FAILED, THROTTLED, TIMED_OUT = "refused", "failed", "throttled", "timed out"
THROTTLED_ONCE, STOPPED, ABANDONED, KILLED = "throttled once", "stopped", "abandoned", "server killed"
KINDS = {
    REFUSED: "a role lost one grant",
    FAILED: "the thing itself fails",
    THROTTLED: "a call is throttled until the fault is removed",
    THROTTLED_ONCE: "a call is throttled once; the SDK repeats it",
    TIMED_OUT: "it takes longer than it may",
    STOPPED: "StopPipelineExecution while it runs, which waits for it",
    ABANDONED: "StopPipelineExecution while it runs, which abandons it",
    KILLED: "SIGKILL of the server while it runs, and a new start on the same state",
}
OLD, NEW = "old", "new"
# How it goes on once the cause is gone.
RETRY = "retry"
RETRY_ALL = "retry of all actions"
ANEW = "new execution"
GOES_ON = "by itself"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What befalls an action, and what comes of it.

    Args:
        how: in words.
        status: of the action.
        execution: status of the pipeline's execution.
        code: of the action's error; None for none.
        words: that the error's message has, or the summary where there is no error.
        prod: what production has then: all of the old stack, or all of the new one.
        then: how it goes on.
        in_vain: a retry of the failed action alone is tried before that and fails, with these words.
    """

    how: str
    status: str = "Failed"
    execution: str = "Failed"
    code: str | None = None
    words: tuple[str, ...] = ()
    prod: str = OLD
    then: str = RETRY
    in_vain: str | None = None


def _refused(action: str, resource: str) -> tuple[str, ...]:
    return ("is not authorized to perform: " + action, resource)


_NO_CHANGE_SET = "ChangeSet [PipelineChange] does not exist"
_ENDED = "the local cloud was stopped while the action ran; retry the stage"

CELLS: dict[str, dict[str, Cell]] = {
    REFUSED: {
        "Source": Cell(
            how="its role without s3:GetObject",
            code="PermissionError",
            words=_refused("s3:GetObject", "arn:aws:s3:::sources/"),
        ),
        "Build": Cell(
            how="its role without codebuild:StartBuild",
            code="PermissionError",
            words=_refused("codebuild:StartBuild", "-Build"),
        ),
        "Check": Cell(
            how="the project's role without s3:GetObject",
            code="JobFailed",
            words=("Phase: DOWNLOAD_SOURCE", *_refused("s3:GetObject", "arn:aws:s3:::artifacts/")),
        ),
        "Confirm": Cell(
            how="its role without sns:Publish", code="PermissionError", words=_refused("sns:Publish", "approvals")
        ),
        "Prepare": Cell(
            how="the deploy role without cloudformation:CreateChangeSet",
            code="PermissionError",
            words=_refused("cloudformation:CreateChangeSet", "stack/"),
        ),
        "Deploy": Cell(
            how="the deploy role without cloudformation:ExecuteChangeSet",
            code="PermissionError",
            words=_refused("cloudformation:ExecuteChangeSet", "stack/"),
        ),
        "Smoke": Cell(
            how="its role without codebuild:BatchGetBuilds",
            code="PermissionError",
            words=_refused("codebuild:BatchGetBuilds", "-Smoke"),
            prod=NEW,
        ),
    },
    FAILED: {
        "Source": Cell(
            how="the object is deleted", code="ConfigurationError", words=("does not exist in the bucket 'sources'",)
        ),
        "Build": Cell(how="its command fails", code="JobFailed", words=("Phase: BUILD", "COMMAND_EXECUTION_ERROR")),
        "Check": Cell(how="its command fails", code="JobFailed", words=("Phase: BUILD", "COMMAND_EXECUTION_ERROR")),
        "Confirm": Cell(how="it is rejected", words=("Rejected for a reason",)),
        "Prepare": Cell(
            how="the parameter of the bootstrap stack is missing",
            code="JobFailed",
            words=("/bootstrap/version", "AmazonCloudFormation"),
        ),
        "Deploy": Cell(
            how="the second resource of the stack refuses its value",
            code="JobFailed",
            words=("Current stack status: UPDATE_ROLLBACK_COMPLETE", "AWS::SQS::Queue Queue: "),
            then=ANEW,
            in_vain=_NO_CHANGE_SET,
        ),
        "Smoke": Cell(
            how="its command fails", code="JobFailed", words=("Phase: BUILD", "COMMAND_EXECUTION_ERROR"), prod=NEW
        ),
    },
    THROTTLED: {
        "Source": Cell(how="GetObject", words=("Amazon S3", "SlowDown"), code="JobFailed"),
        "Build": Cell(how="BatchGetBuilds", words=("batchGetBuilds", "Throttl"), code="JobFailed"),
        "Check": Cell(
            how="GetObject of the project's role", words=("Phase: DOWNLOAD_SOURCE", "SlowDown"), code="JobFailed"
        ),
        "Confirm": Cell(how="Publish", words=("Publish", "Throttl"), code="SystemUnavailable"),
        "Prepare": Cell(how="CreateChangeSet", words=("AmazonCloudFormation", "Throttl"), code="JobFailed"),
        "Deploy": Cell(how="ExecuteChangeSet", words=("AmazonCloudFormation", "Throttl"), code="JobFailed"),
        "Smoke": Cell(how="BatchGetBuilds", words=("batchGetBuilds", "Throttl"), code="JobFailed", prod=NEW),
    },
    THROTTLED_ONCE: {
        name: Cell(how="the same call", status="Succeeded", execution="Succeeded", prod=NEW, then=GOES_ON)
        for name in ACTIONS
    },
    TIMED_OUT: {
        "Source": Cell(how="GetObject is not answered in time", code="JobFailed", words=("Amazon S3", "503")),
        "Build": Cell(how="timeoutInMinutes of its project", code="JobFailed", words=("TIMED_OUT", "BUILD_TIMED_OUT")),
        "Check": Cell(how="timeoutInMinutes of its project", code="JobFailed", words=("TIMED_OUT", "BUILD_TIMED_OUT")),
        "Confirm": Cell(how="nobody answers in 7 days", code="JobFailed", words=("The approval expired",)),
        "Prepare": Cell(
            how="CreateChangeSet is not answered in time", code="JobFailed", words=("AmazonCloudFormation", "503")
        ),
        "Deploy": Cell(
            how="SetQueueAttributes is not answered in time, after the first resource was changed",
            code="JobFailed",
            words=("Current stack status: UPDATE_ROLLBACK_COMPLETE", "AWS::SQS::Queue Queue: "),
            then=RETRY_ALL,
            in_vain=_NO_CHANGE_SET,
        ),
        "Smoke": Cell(
            how="timeoutInMinutes of its project",
            code="JobFailed",
            words=("TIMED_OUT", "BUILD_TIMED_OUT"),
            prod=NEW,
        ),
    },
    STOPPED: {
        # Its stage has ended as it should, so that there is nothing to retry.
        "Source": Cell(how="in GetObject", status="Succeeded", execution="Stopped", then=ANEW),
        "Build": Cell(how="in its command", status="Succeeded", execution="Stopped", then=ANEW),
        "Check": Cell(how="in its command", status="Succeeded", execution="Stopped"),
        "Confirm": Cell(how="before it is approved", status="Succeeded", execution="Stopped"),
        "Prepare": Cell(how="in CreateChangeSet", status="Succeeded", execution="Stopped"),
        "Deploy": Cell(how="between two resources", status="Succeeded", execution="Stopped", prod=NEW),
        # Nothing of it is left to be stopped.
        "Smoke": Cell(how="in its command", status="Succeeded", execution="Succeeded", prod=NEW, then=GOES_ON),
    },
    ABANDONED: {
        "Source": Cell(how="in GetObject", status="Abandoned", execution="Stopped"),
        "Build": Cell(how="in its command", status="Abandoned", execution="Stopped"),
        "Check": Cell(how="in its command", status="Abandoned", execution="Stopped"),
        "Confirm": Cell(how="before it is approved", status="Abandoned", execution="Stopped"),
        "Prepare": Cell(how="in CreateChangeSet", status="Abandoned", execution="Stopped"),
        # The stack goes on by itself, and its change set is used up.
        "Deploy": Cell(
            how="between two resources",
            status="Abandoned",
            execution="Stopped",
            prod=NEW,
            then=RETRY_ALL,
            in_vain=_NO_CHANGE_SET,
        ),
        "Smoke": Cell(how="in its command", status="Abandoned", execution="Stopped", prod=NEW),
    },
    KILLED: {
        "Source": Cell(how="in GetObject", code="SystemUnavailable", words=(_ENDED,)),
        "Build": Cell(how="in its command", code="SystemUnavailable", words=(_ENDED,)),
        "Check": Cell(how="in its command", code="SystemUnavailable", words=(_ENDED,)),
        # It waits on under the same token.
        "Confirm": Cell(
            how="before it is approved", status="InProgress", execution="InProgress", words=(), then=GOES_ON
        ),
        "Prepare": Cell(how="in CreateChangeSet", code="SystemUnavailable", words=(_ENDED,)),
        "Deploy": Cell(
            how="between two resources",
            code="SystemUnavailable",
            words=(_ENDED,),
            then=RETRY_ALL,
            in_vain=_NO_CHANGE_SET,
        ),
        "Smoke": Cell(how="in its command", code="SystemUnavailable", words=(_ENDED,), prod=NEW),
    },
}
