"""State ``Judge Candidate``: applies the gate to the evaluation and records both."""

from dataclasses import dataclass

from contract.calls.call import Call
from contract.calls.query_training_results import TrainingResults
from contract.catalogue import Gate
from contract.record import Record


@dataclass(frozen=True, kw_only=True)
class Verdict(Record):
    """The gate's decision.

    Args:
        passed: whether the candidate may be registered.
        metric: the gate's.
        value: of the candidate.
        threshold: the gate's.
        reason: for people.
        champion_value: None when there was nothing to compare with.
    """

    passed: bool
    metric: str
    value: float
    threshold: float
    reason: str
    champion_value: float | None = None


@dataclass(frozen=True, kw_only=True)
class JudgeCandidate(Call[Verdict]):
    """What is judged.

    Args:
        model: its name.
        run_id: of the run, which names the rows.
        recorded_at: time of the rows.
        gate: what a candidate must reach.
        evaluation: S3 URI of evaluation.json.
        training: what was trained.
        champion: ARN of the version that it was compared with, empty without one.
        test_run: whether nothing is registered.
        not_compared: why there was nothing to compare with; empty for what the evaluation says.
    """

    model: str
    run_id: str
    recorded_at: str
    gate: Gate
    evaluation: str
    training: TrainingResults
    champion: str = ""
    test_run: bool = False
    not_compared: str = ""
