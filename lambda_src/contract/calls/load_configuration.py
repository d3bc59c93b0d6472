"""State ``Load Configuration``: everything that a run needs to know from here on, read and computed once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract.calls.call import Call
from contract.catalogue import Approvals, Retraining
from contract.family import Family
from contract.record import Record


@dataclass(frozen=True, kw_only=True)
class Configuration(Record):
    """What a run began with, and ends with, whatever is deployed meanwhile.

    Args:
        settings: how the model is retrained.
        approval: what its owner left to the gate, by account.
        family: how its versions are served.
        commit: of the code.
        group: package group of its versions.
        endpoint: name of the endpoint that serves it in this account.
        source_uri: S3 URI of the files that the ETL reads: raw ones, or the rows of the run's extract.
        raw_uri: S3 URI of its files.
        date_from: first day of an extract.
        date_to: day after its last one.
        run_uri: S3 URI of what the ETL writes.
        report_key: key of the ETL's report.
        report_uri: its S3 URI.
        algorithm_specification: AlgorithmSpecification of a training job.
        input_data_config: InputDataConfig of a training job; each channel holds the data files of a part only.
        training_options: what a training job has besides, and others have not: CheckpointConfig, Environment.
        test_uri: S3 URI of the data files of the held-out part.
        artifacts_uri: S3 URI that training jobs write below.
        evaluation_uri: S3 URI that the evaluation writes below.
        evaluation_request_uri: S3 URI of its request.
        evaluation_report_uri: S3 URI of evaluation.json.
        job_name: of training and evaluation; a suffix of at most four characters makes a try of it.
        tuning_job_name: likewise, short enough for a tuning job.
    """

    settings: Retraining
    approval: Approvals
    family: Family
    commit: str
    group: str
    endpoint: str
    source_uri: str
    raw_uri: str
    date_from: str
    date_to: str
    run_uri: str
    report_key: str
    report_uri: str
    algorithm_specification: Mapping[str, Any]
    input_data_config: tuple[Mapping[str, Any], ...]
    training_options: Mapping[str, Any]
    test_uri: str
    artifacts_uri: str
    evaluation_uri: str
    evaluation_request_uri: str
    evaluation_report_uri: str
    job_name: str
    tuning_job_name: str


@dataclass(frozen=True, kw_only=True)
class LoadConfiguration(Call[Configuration]):
    """Which run of which model.

    Args:
        model: its name, or whatever somebody typed.
        run_id: of the run.
        execution: its ARN.
        started: when the execution started, as ISO 8601.
        input: of the execution.
    """

    model: str = ""
    run_id: str
    execution: str
    started: str
    input: Mapping[str, Any]
