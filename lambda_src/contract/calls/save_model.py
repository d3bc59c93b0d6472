"""State ``Save Model``: registers the candidate in its model's package group."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contract.calls.call import Call
from contract.calls.judge_candidate import Verdict
from contract.calls.query_training_results import TrainingResults
from contract.catalogue import Approvals
from contract.family import BEFORE
from contract.record import Record


@dataclass(frozen=True, kw_only=True)
class Saved(Record):
    """The registered version.

    Args:
        model_package_arn: of the version.
        version: its number in the group.
        approval_status: Approved, or PendingManualApproval.
        deploy: whether the training account serves it now.
    """

    model_package_arn: str
    version: int
    approval_status: str
    deploy: bool


@dataclass(frozen=True, kw_only=True)
class SaveModel(Call[Saved]):
    """What is registered, and as what.

    Args:
        model: its name.
        run_id: of the run; makes a repeated call the same call.
        execution: ARN of the run's execution.
        commit: of the code that the run began with.
        approval: what the model's owner left to the gate, by account.
        fingerprint: of the data.
        image: serving image.
        content_type: of a request to the endpoint.
        evaluation: S3 URI of evaluation.json.
        training: what was trained.
        verdict: what the gate said.
        force: register even data that the newest version was made of.
        accept: content type of the endpoint's answer.
        algorithm: what trained it.
        environment: variables of the container that serves.
    """

    model: str
    run_id: str
    execution: str
    commit: str
    approval: Approvals
    fingerprint: str
    image: str
    content_type: str
    evaluation: str
    training: TrainingResults
    verdict: Verdict
    force: bool = False
    accept: str = BEFORE.accept
    algorithm: str = BEFORE.name
    environment: Mapping[str, str] = field(default_factory=dict)
