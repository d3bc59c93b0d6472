"""State ``Query Training Results``: metrics and artifact of the training job, or of the best trial of a tuning job."""

from collections.abc import Mapping
from dataclasses import dataclass

from contract.calls.call import Call
from contract.calls.plan_tuning import WarmStart
from contract.record import Record
from contract.warm_start import Space


@dataclass(frozen=True, kw_only=True)
class TrainingResults(Record):
    """What was trained.

    Args:
        training_job: its name.
        model_data_url: S3 URI of model.tar.gz.
        metrics: final metrics by name.
        tuning_job: that the training job is the best trial of; empty without tuning, as the following.
        objective_metric: what was tuned for.
        objective: its value.
        trial_count: trials that reported a value.
    """

    training_job: str
    model_data_url: str
    metrics: Mapping[str, float]
    tuning_job: str = ""
    objective_metric: str = ""
    objective: float | None = None
    trial_count: int | None = None


@dataclass(frozen=True, kw_only=True)
class TrainingJob(Record):
    """A training job that ended.

    Args:
        training_job: its name.
    """

    training_job: str


@dataclass(frozen=True, kw_only=True)
class TuningJob(Record):
    """A tuning job that ended, and what its history will say of it.

    Args:
        job: its name.
        space: what it searched.
        warm_start: what it learnt from.
        fingerprint: of its data.
        test_run: whether it may be a parent of none.
    """

    job: str
    space: Space
    warm_start: WarmStart
    fingerprint: str
    test_run: bool


@dataclass(frozen=True, kw_only=True)
class QueryTrainingResults(Call[TrainingResults]):
    """Which job ended.

    Args:
        model: its name.
        run_id: of the run, which names the row.
        recorded_at: time of the row.
        job: the job.
    """

    model: str
    run_id: str
    recorded_at: str
    job: TrainingJob | TuningJob
