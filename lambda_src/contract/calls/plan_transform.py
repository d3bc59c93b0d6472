"""State ``Plan Transform``: whether a model has files to answer, and the job that answers them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from contract.calls.call import Call
from contract.record import Record


@dataclass(frozen=True, kw_only=True)
class TransformPlan(Record):
    """What is to be done.

    Args:
        outcome: answer, or why there is nothing to do.
        sagemaker_model: that answers, made for this run; also what the name of its job begins with.
        version: ARN of the version behind it.
        job: CreateTransformJob without name and tags.
        timeout_seconds: how long the job is waited for.
        source: S3 URI of the files.
        target: S3 URI of the results.
        digest: of the files, of what answers them and how; equal to the last one's when nothing is new.
    """

    outcome: Literal["answer", "nothing new", "no files", "no version may answer"]
    sagemaker_model: str = ""
    version: str = ""
    job: Mapping[str, Any] = field(default_factory=dict)
    timeout_seconds: int = 0
    source: str = ""
    target: str = ""
    digest: str = ""


@dataclass(frozen=True, kw_only=True)
class PlanTransform(Call[TransformPlan]):
    """Whose files.

    Args:
        model: its name.
        run_id: of the run.
        role: ARN of the role of SageMaker's jobs.
        network: VpcConfig of the SageMaker model; empty for a network of SageMaker's own.
        input: of the execution.
    """

    model: str
    run_id: str
    role: str
    network: Mapping[str, Any] = field(default_factory=dict)
    input: Mapping[str, Any] = field(default_factory=dict)
