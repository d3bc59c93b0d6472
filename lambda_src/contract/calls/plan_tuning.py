"""State ``Select Parent Tuning Jobs``: chooses from the tuning history and builds the tuning job's request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract.calls.call import Call
from contract.catalogue import Tuning
from contract.record import Record
from contract.warm_start import Space


@dataclass(frozen=True, kw_only=True)
class WarmStart(Record):
    """What a tuning job learns from.

    Args:
        reason: why, for people.
        parents: names of tuning jobs, newest first; empty for a cold start.
        type: TransferLearning, empty for a cold start.
    """

    reason: str
    parents: tuple[str, ...] = ()
    type: str = ""


@dataclass(frozen=True, kw_only=True)
class PlannedTuning(Record):
    """The tuning job to start.

    Args:
        request: CreateHyperParameterTuningJob without name and tags.
        warm_start: what it learns from.
        space: what it searches.
    """

    request: Mapping[str, Any]
    warm_start: WarmStart
    space: Space


@dataclass(frozen=True, kw_only=True)
class PlanTuning(Call[PlannedTuning]):
    """What is tuned.

    Args:
        model: its name.
        run_id: of the run.
        tuning: the model's settings of it.
        training: TrainingJobDefinition without hyperparameters.
        test_run: one trial, without parents.
    """

    model: str
    run_id: str
    tuning: Tuning
    training: Mapping[str, Any]
    test_run: bool = False
