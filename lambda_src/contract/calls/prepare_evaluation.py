"""State ``Find Champion``: names the version to compare with and writes the evaluation's request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract.calls.call import Call
from contract.catalogue import Gate
from contract.family import BEFORE, Family
from contract.record import Record


@dataclass(frozen=True, kw_only=True)
class PreparedEvaluation(Record):
    """The processing job of the evaluation.

    Args:
        entrypoint: of its container.
        inputs: its ProcessingInputs.
        champion: ARN of the version to compare with, empty without one.
    """

    entrypoint: tuple[str, ...]
    inputs: tuple[Mapping[str, Any], ...]
    champion: str = ""


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
