"""The models' settings as the functions know them: what catalogue.json, which lies beside their code, holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from contract.family import Family
from contract.record import Record

FILE = "catalogue.json"
Approval = Literal["manual", "automatic"]


@dataclass(frozen=True, kw_only=True)
class Approvals(Record):
    """What a model's owner leaves to the gate.

    Args:
        sandbox: automatic: the training account also serves what nobody has judged yet.
        qa: as prod.
        prod: automatic: what passes the gate is approved.
    """

    sandbox: Approval
    qa: Approval
    prod: Approval


@dataclass(frozen=True, kw_only=True)
class Rate(Record):
    """Fires once in every period since the epoch.

    Args:
        rate_seconds: the period.
        offset_seconds: into it.
    """

    rate_seconds: int
    offset_seconds: int


@dataclass(frozen=True, kw_only=True)
class Cron(Record):
    """Fires in the minutes that every field allows; None is no restriction.

    Args:
        minutes: of an hour.
        hours: of a day, in UTC.
        day_of_month: from 1.
        month: from 1.
        day_of_week: from 1, a Sunday.
        year: with four digits.
    """

    minutes: tuple[int, ...] | None = None
    hours: tuple[int, ...] | None = None
    day_of_month: tuple[int, ...] | None = None
    month: tuple[int, ...] | None = None
    day_of_week: tuple[int, ...] | None = None
    year: tuple[int, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Source(Record):
    """Where a model's rows come from.

    Args:
        type: s3, files below its raw prefix, or warehouse.
        job: Glue job of the warehouse; empty for files, as the query.
        query: S3 URI of the query.
        window_days: days that an extract covers, 0 for files.
    """

    type: Literal["s3", "warehouse"]
    job: str = ""
    query: str = ""
    window_days: int = 0


@dataclass(frozen=True, kw_only=True)
class Answers(Record):
    """How the answers of a batch transform job are measured.

    Args:
        held_out: content type of the held-out part: text/csv, label first, or application/jsonlines.
        pointers: JSON pointer by what it leads to: score, label, labelled_scores.
        classes: of a list of scores, in their order; none for 0, 1, 2 and so on.
    """

    held_out: Literal["text/csv", "application/jsonlines"]
    pointers: Mapping[str, str]
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Algorithm(Record):
    """The algorithm of a model, as its runs need it.

    Args:
        training_image: URI of the container that trains.
        evaluation_image: URI of the container that runs the evaluation's script.
        serving_image: URI of the container that serves.
        input_mode: how a training job gets its channels.
        content_type: of the channels' files.
        channels: part of a run's data by name of the training job's channel.
        evaluation_script: S3 URI.
        scoring: who lets a candidate answer the held-out part: the evaluation's script, or a batch transform job.
        answers: of such a job.
        inputs: S3 URI by name of further channels of the training job.
        metric_definitions: regular expression by name of what a training job's log tells.
        environment: variables of the container that trains.
    """

    training_image: str
    evaluation_image: str
    serving_image: str
    input_mode: str
    content_type: str
    channels: Mapping[str, str]
    evaluation_script: str
    scoring: Literal["script", "transform"]
    answers: Answers
    inputs: Mapping[str, str] = field(default_factory=dict)
    metric_definitions: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Etl(Record):
    """What turns the rows into training data.

    Args:
        script: S3 URI.
        library: S3 URI of what the scripts share.
        arguments: by name with its dashes.
        worker_type: of the Glue job run.
        number_of_workers: of it.
        timeout_minutes: after which Glue stops it.
        timeout_seconds: how long it is waited for.
    """

    script: str
    library: str
    arguments: Mapping[str, str]
    worker_type: str
    number_of_workers: int
    timeout_minutes: int
    timeout_seconds: int


@dataclass(frozen=True, kw_only=True)
class Training(Record):
    """How a model is trained.

    Args:
        hyperparameters: by name, as SageMaker takes them.
        resource_config: ResourceConfig without the key.
        stopping_condition: StoppingCondition.
        spot: whether on spot capacity.
        checkpoints: whether a job leaves what another try of it goes on from.
        timeout_seconds: how long a job is waited for.
    """

    hyperparameters: Mapping[str, str]
    resource_config: Mapping[str, Any]
    stopping_condition: Mapping[str, int]
    spot: bool
    checkpoints: bool = False
    timeout_seconds: int


@dataclass(frozen=True, kw_only=True)
class Tuning(Record):
    """How a model is tuned.

    Args:
        enabled: whether it is.
        metric: objective metric.
        direction: Maximize or Minimize.
        max_jobs: trials.
        max_parallel_jobs: trials at a time.
        timeout_seconds: how long the job is waited for.
        parameter_ranges: ParameterRanges.
        static_hyperparameters: value by name of those that are not tuned.
    """

    enabled: bool
    metric: str
    direction: Literal["Maximize", "Minimize"]
    max_jobs: int
    max_parallel_jobs: int
    timeout_seconds: int
    parameter_ranges: Mapping[str, Any]
    static_hyperparameters: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Gate(Record):
    """What a candidate must reach.

    Args:
        metric: of the evaluation.
        threshold: to be better than.
        tolerance: how much worse than the champion is tolerated.
        greater_is_better: whether it is.
        slices: columns that the evaluation is split by.
    """

    metric: str
    threshold: float
    tolerance: float
    greater_is_better: bool
    slices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Retraining(Record):
    """How a model is retrained.

    Args:
        schedule: when.
        enabled: whether by the schedule.
        stale_after_days: without a success for so long it is stale.
        algorithm: where and how its runs train and evaluate.
        problem_type: one of the algorithm's.
        source: of the rows.
        etl: of the rows.
        training: of the model.
        gate: what it must reach.
        tuning: None when it is never tuned.
    """

    schedule: Rate | Cron
    enabled: bool
    stale_after_days: int
    algorithm: Algorithm
    problem_type: str
    source: Source
    etl: Etl
    training: Training
    gate: Gate
    tuning: Tuning | None = None

    @property
    def is_tuned(self) -> bool:
        """Whether runs tune the model."""
        return self.tuning is not None and self.tuning.enabled


@dataclass(frozen=True, kw_only=True)
class BatchTransform(Record):
    """Files that a model answers by a schedule, in a batch transform job.

    Args:
        schedule: when.
        enabled: whether by the schedule.
        input: folder of the files below the transforms' prefix, without its last slash.
        output: folder of the results, likewise.
        instance_type: of the job.
        instance_count: of the job.
        timeout_seconds: how long the job is waited for.
        content_type: of the files; None for what the version takes first.
        accept: of the results; None for what the version answers first.
        input_filter: InputFilter; None for whole records.
        joins: whether the records stand before their answers.
        output_filter: OutputFilter; None for all.
    """

    schedule: Rate | Cron
    enabled: bool
    input: str
    output: str
    instance_type: str
    instance_count: int
    timeout_seconds: int
    content_type: str | None = None
    accept: str | None = None
    input_filter: str | None = None
    joins: bool = False
    output_filter: str | None = None


@dataclass(frozen=True, kw_only=True)
class Model(Record):
    """One model.

    Args:
        name: unique.
        approval: what its owner left to the gate.
        when_unapproved: whether what serves is kept or removed when no version is approved.
        endpoint: name of the endpoint that serves it in this account.
        family: how its versions are served.
        retraining: None in accounts that only serve.
        batch_transform: None where nothing is answered by a schedule, and in accounts that only serve.
    """

    name: str
    approval: Approvals
    when_unapproved: Literal["keep", "remove"]
    endpoint: str
    family: Family
    retraining: Retraining | None = None
    batch_transform: BatchTransform | None = None
