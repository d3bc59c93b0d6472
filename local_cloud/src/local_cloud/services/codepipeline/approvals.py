"""Approvals that wait: their tokens, what is told of them, and what somebody answers.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals.html
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from local_cloud.services.codepipeline import pipelines
from local_cloud.services.codepipeline.action import ActionCall, ActionError
from local_cloud.services.codepipeline.errors import (
    ActionNotFoundError,
    ApprovalCompletedError,
    InvalidApprovalTokenError,
    StageNotFoundError,
)
from local_cloud.services.codepipeline.records import ActionRun, Approval, Pipeline, Verdict, new_id

# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
_DEFAULT_MINUTES = 7 * 24 * 60
_SUBJECT = 100


class RejectedError(ActionError):
    """Somebody said no, which CodePipeline tells as the action's summary and not as an error."""

    def __init__(self, summary: str) -> None:
        super().__init__("", summary)


def open_of(call: ActionCall, *, now: datetime) -> tuple[Approval, bool]:
    """What a run of an approval waits with, and whether that is new; it is not after a restart of the server."""
    pipeline, run = _run(call)
    with pipeline.lock:
        if run.approval is not None:
            return run.approval, False
        minutes = call.declaration.timeout_minutes or _DEFAULT_MINUTES
        run.approval = Approval(token=new_id(), expires=now + timedelta(minutes=minutes))
        return run.approval, True


def verdict_of(call: ActionCall, approval: Approval, *, now: datetime) -> Verdict | None:
    """What somebody answered; None while nobody has.

    Raises:
        ActionError: it was rejected, or nobody answered in time. AWS documents that the action fails then, and not in
            which words.
    """
    pipeline, run = _run(call)
    with pipeline.lock:
        verdict = run.verdict
        if run.status != "InProgress":
            raise ActionError("", "It was abandoned.")
        if verdict is None and now >= approval.expires:
            raise ActionError("JobFailed", f"The approval expired at {_minute(approval.expires)}.")
    if verdict is not None and not verdict.approved:
        raise RejectedError(verdict.summary)
    return verdict


def publish(call: ActionCall, approval: Approval, topic: str) -> None:
    """Tell a topic, as the action's role.

    Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-json-format.html

    Raises:
        botocore.exceptions.ClientError: the topic refused it.
    """
    subject = f"APPROVAL NEEDED: AWS CodePipeline {call.pipeline} for action {call.declaration.name}"
    call.session.client("sns").publish(
        TopicArn=topic, Subject=subject[:_SUBJECT], Message=json.dumps(message(call, approval))
    )


def message(call: ActionCall, approval: Approval) -> dict[str, Any]:
    """What a topic is told."""
    console = f"https://console.aws.amazon.com/codepipeline/home?region={call.region}#/view/{call.pipeline}"
    configuration = call.declaration.configuration
    told = {
        "pipelineName": call.pipeline,
        "stageName": call.stage,
        "actionName": call.declaration.name,
        "token": approval.token,
        "expires": _minute(approval.expires),
        "externalEntityLink": configuration.get("ExternalEntityLink"),
        "approvalReviewLink": f"{console}/{call.stage}/{call.declaration.name}/approve/{approval.token}",
        "customData": configuration.get("CustomData"),
    }
    return {"region": call.region, "consoleLink": console, "approval": told}


def answer(
    pipeline: Pipeline, *, stage: str, action: str, token: str, approved: bool, summary: str, by: str, now: datetime
) -> None:
    """Take what somebody says of an approval that waits.

    Args:
        pipeline: its pipeline.
        stage: name of its stage.
        action: its name.
        token: of the run that waits.
        approved: or rejected.
        summary: why.
        by: ARN of who says so.
        now: when.

    Raises:
        StageNotFoundError: the pipeline has no such stage.
        ActionNotFoundError: the stage has no such action.
        InvalidApprovalTokenError: nothing waits under this token.
        ApprovalCompletedError: somebody was faster.
    """
    with pipeline.lock:
        found = pipelines.declared(pipeline).stage(stage)
        if found is None:
            raise StageNotFoundError(f"The stage '{stage}' does not exist in pipeline '{pipeline.name}'")
        if found.action(action) is None:
            raise ActionNotFoundError(f"The action '{action}' does not exist in stage '{stage}'")
        run = _waiting(pipeline, stage, action, token, now)
        if run.verdict is not None:
            raise ApprovalCompletedError("The approval action has already been approved or rejected.")
        run.verdict = Verdict(approved=approved, summary=summary, by=by, at=now)
        run.summary, run.updated_by, run.updated = summary, by, now


def _waiting(pipeline: Pipeline, stage: str, action: str, token: str, now: datetime) -> ActionRun:
    for execution in pipeline.executions.values():
        run = execution.latest(stage, action)
        if run is None or run.approval is None or run.approval.token != token:
            continue
        is_open = run.status == "InProgress" and execution.is_under_way and now < run.approval.expires
        if run.verdict is not None or is_open:
            return run
    raise InvalidApprovalTokenError(f"The token '{token}' is not that of an approval that waits in '{action}'")


def _run(call: ActionCall) -> tuple[Pipeline, ActionRun]:
    pipeline = pipelines.find(call.account_id, call.region, call.pipeline)
    runs = pipeline.executions[call.execution_id].runs
    return pipeline, next(run for run in runs if run.id == call.action_execution_id)


def _minute(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
