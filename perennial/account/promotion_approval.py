"""What a promotion asks a person for, and the answer.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-approve-or-reject.html
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from perennial.account.aws import Aws


class Answer(StrEnum):
    """In CodePipeline's words."""

    APPROVED = "Approved"
    REJECTED = "Rejected"


@dataclass(frozen=True, kw_only=True)
class Question:
    """An approval that somebody is waited for.

    Args:
        stage: its stage.
        action: its name.
        token: of this one question; an answer to an older one has another.
    """

    stage: str
    action: str
    token: str


def open_question(aws: Aws, pipeline: str, execution_id: str) -> Question | None:
    """What an execution waits for; None for nothing."""
    for stage in aws.client("codepipeline").get_pipeline_state(name=pipeline)["stageStates"]:
        if stage.get("latestExecution", {}).get("pipelineExecutionId") != execution_id:
            continue
        for action in stage["actionStates"]:
            latest: dict[str, Any] = action.get("latestExecution", {})
            if latest.get("status") == "InProgress" and latest.get("token"):
                return Question(stage=stage["stageName"], action=action["actionName"], token=latest["token"])
    return None


def answer(aws: Aws, pipeline: str, question: Question, *, status: Answer, summary: str) -> None:
    """Answer it.

    Args:
        aws: the pipeline's account.
        pipeline: its name.
        question: as it was asked.
        status: what is decided.
        summary: why.
    """
    aws.client("codepipeline").put_approval_result(
        pipelineName=pipeline,
        stageName=question.stage,
        actionName=question.action,
        token=question.token,
        result={"status": str(status), "summary": summary},
    )
