"""Which state an alarm is in, from its datapoints.

Reference: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
TREATMENTS = ("breaching", "notBreaching", "ignore", "missing")
# CloudWatch looks at more periods than the alarm names when data are missing; it does not say how many. Its own
# example takes 5 for 3.
EXTRA_PERIODS = 2


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What an alarm compares.

    Args:
        comparison: a key of COMPARISONS.
        threshold: that values are compared with.
        evaluation_periods: N of "M out of N".
        datapoints_to_alarm: M.
        treat_missing: one of TREATMENTS.
    """

    comparison: str
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int
    treat_missing: str

    def breaches(self, value: float) -> bool:
        """Whether a value violates the threshold."""
        return COMPARISONS[self.comparison](value, self.threshold)


def state(values: Sequence[float | None], rule: Rule, *, current: str) -> str:
    """The state that follows.

    Args:
        values: of the evaluation range, oldest first; None is a period without data.
        rule: of the alarm.
        current: state now, which ``ignore`` keeps.
    """
    real = [value for value in values if value is not None][-rule.evaluation_periods :]
    breaching = sum(rule.breaches(value) for value in real)
    missing = rule.evaluation_periods - len(real)
    if breaching >= rule.datapoints_to_alarm:
        return ALARM
    if not missing or rule.treat_missing == "notBreaching":
        return OK
    if rule.treat_missing == "breaching":
        return ALARM if breaching + missing >= rule.datapoints_to_alarm else OK
    if breaching < len(real):
        return OK
    if rule.treat_missing == "ignore":
        return current
    return ALARM if _oldest_age(values) >= rule.datapoints_to_alarm else INSUFFICIENT_DATA


def _oldest_age(values: Sequence[float | None]) -> int:
    """How many periods ago the oldest value came; 1 is the last period, 0 means that there is none.

    A lone breaching value makes an alarm only once the periods after it, all without data, would have decided.
    """
    return next((len(values) - number for number, value in enumerate(values) if value is not None), 0)
