"""The schema of a model's quality gate, a part of config/models/<name>.yaml."""

from typing import Self

from pydantic import Field, PrivateAttr, field_validator, model_validator

from config import rules
from config.algorithm import GateMetric
from config.problems import meant, refuse
from config.strict import Strict

_PERCENT = 100


class Gate(Strict):
    """The quality gate, on the held-out test part: an absolute threshold, and not worse than the champion.

    Args:
        metric: one of the evaluation's metrics.
        threshold: the candidate must be better than this.
        tolerance: by how much, in the metric's own unit, it may be worse than the champion.
        slices: features by whose values the metrics are also told.
    """

    metric: str
    threshold: float
    tolerance: float = Field(default=0.0, ge=0)
    slices: tuple[str, ...] = ()
    _measured: GateMetric = PrivateAttr()

    @field_validator("metric")
    @classmethod
    def _is_evaluated(cls, value: str) -> str:
        known = rules.algorithm().gate_metrics
        if value not in known:
            raise ValueError(f"the evaluation does not know {value!r}; {meant(value, known)}")
        return value

    def model_post_init(self, _context: object) -> None:
        """Keep the algorithm's word on the metric, which is asked for after the validation too."""
        self._measured = rules.algorithm().gate_metrics[self.metric]

    @model_validator(mode="after")
    def _can_be_passed_and_failed(self) -> Self:
        if self._measured.share:
            # What equals the threshold does not pass.
            if not 0 <= self.threshold < 1:
                percent = 1 < self.threshold < _PERCENT
                hint = f"; write {self.threshold / _PERCENT:g} for {self.threshold:g}%" if percent else ""
                problem = f"{self.metric} must exceed it and lies between 0 and 1, so it must be from 0 to below 1"
                raise refuse((("threshold",), f"{problem}, got {self.threshold:g}{hint}"))
        elif self.threshold <= 0:
            problem = f"{self.metric} must be less and is never below 0, so it must be above 0"
            raise refuse((("threshold",), f"{problem}, got {self.threshold:g}"))
        return self

    @property
    def greater_is_better(self) -> bool:
        """Direction of the metric."""
        return self._measured.greater_is_better

    @property
    def needs_scores(self) -> bool:
        """Whether the class alone does not say what the metric is."""
        return self._measured.of_scores

    def title(self) -> str:
        """Name of the gate's Choice state, for example ``Accuracy > 90%``."""
        limit = f"{self.threshold * 100:g}%" if self._measured.percent else f"{self.threshold:g}"
        return f"{self._measured.spoken} {'>' if self.greater_is_better else '<'} {limit}"
