"""State ``Find Champion``: names the version to compare with and writes the evaluation's request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from contract.calls.call import Call
from contract.catalogue import Answers, Gate
from contract.family import BEFORE, Family
from contract.record import Record


@dataclass(frozen=True, kw_only=True)
class Scored(Record):
    """One version that answers the held-out rows in a batch transform job.

    Args:
        model: name of its SageMaker model, and what the job's name begins with.
        output: S3 URI that the job writes below.
    """

    model: str
    output: str


@dataclass(frozen=True, kw_only=True)
class Scoring(Record):
    """The batch transform jobs before an evaluation.

    Args:
        manifest: S3 URI of the list of what they read.
        input_filter: JSONPath to what of a record is the request.
        candidate: the first job.
        champion: the second one; None without a version to compare with.
    """

    manifest: str
    input_filter: str
    candidate: Scored
    champion: Scored | None = None


@dataclass(frozen=True, kw_only=True)
class PreparedEvaluation(Record):
    """The processing job of the evaluation.

    Args:
        entrypoint: of its container.
        inputs: its ProcessingInputs.
        champion: ARN of the version to compare with, empty without one.
        scoring: what answers the held-out rows before; None where the evaluation loads the versions itself.
    """

    entrypoint: tuple[str, ...]
    inputs: tuple[Mapping[str, Any], ...]
    champion: str = ""
    scoring: Scoring | None = None


@dataclass(frozen=True, kw_only=True)
class EtlReport(Record):
    """What a run needs of the ETL's report, which has more.

    Args:
        fingerprint: of the data.
        features: names of the columns.
        golden_request: one held-out row without its label, as the ETL writes rows.
    """

    fingerprint: str
    features: tuple[str, ...]
    golden_request: str


@dataclass(frozen=True, kw_only=True)
class PrepareEvaluation(Call[PreparedEvaluation]):
    """What is evaluated, and how.

    Args:
        model: its name.
        run_id: of the run.
        group: package group of its versions.
        problem_type: of the model.
        gate: what the evaluation is for.
        script: S3 URI of the evaluation's script that the run began with.
        request: S3 URI to write the evaluation's request to.
        model_data_url: S3 URI of the candidate.
        test: S3 URI of the held-out part.
        report: of the ETL.
        algorithm: what trained the candidate; its evaluation reads no other's artifacts.
        family: how versions of the model are served.
        endpoint: that serves the model in this account; empty in runs of before there were several.
        scoring: who lets the versions answer the held-out part; see `contract.catalogue.Algorithm`.
        answers: of a batch transform job; None in runs of before there were such jobs.
        app: prefix of names, and tag; empty in runs of before there were such jobs.
        role: ARN that SageMaker takes on for a model.
        network: VpcConfig of a model; empty for a network of SageMaker's own.
    """

    model: str
    run_id: str
    group: str
    problem_type: str
    gate: Gate
    script: str
    request: str
    model_data_url: str
    test: str
    report: EtlReport
    algorithm: str = BEFORE.name
    family: Family = BEFORE
    endpoint: str = ""
    scoring: Literal["script", "transform"] = "script"
    answers: Answers | None = None
    app: str = ""
    role: str = ""
    network: Mapping[str, Any] = field(default_factory=dict)
