"""Chooses a tuning job's next trial from those that are known.

The optimiser is Optuna: its tree-structured Parzen estimator stands in for AWS's Gaussian process (strategy
``Bayesian``), plain drawing for ``Random``. It keeps no state of its own: every trial is chosen from the list of what
was observed, so that a search depends on its seed and on the order of results alone.

Warm start, https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-warm-start.html:

- ``IdenticalDataAndAlgorithm``: the parents' trials count as if they had been run here.
- ``TransferLearning``: the parents' values were measured on other data, so that their numbers cannot be compared with
  today's. What carries over is which regions were better than others. Therefore a parent's best trial is run again on
  the new data before anything else; the difference between its two values is the parent's offset, and all values of the
  parent are moved by it. Until it is known they are taken as they are. Only the newest parents are measured so, with at
  most a quarter of the budget; the others take the mean offset.

How AWS treats the difference is not documented; this is our answer. Trials outside of today's ranges are left out.
Where a tunable hyperparameter became static, the parents' trials count whatever its value was in them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local_cloud.services.sagemaker.search_space import Range, Value

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler
    from optuna.trial import FrozenTrial

_STARTUP_TRIALS = 5
_SHARE_OF_REPEATS = 4


@dataclass(frozen=True, kw_only=True)
class Observation:
    """A trial with its result.

    Args:
        parameters: hyperparameters as texts; may hold more than are searched.
        value: of the objective metric.
    """

    parameters: Mapping[str, str]
    value: float


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """What to try next.

    Args:
        number: of the trial, from 0.
        parameters: tuned hyperparameters as texts.
    """

    number: int
    parameters: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a search is told at its beginning.

    Args:
        ranges: of all tunable hyperparameters.
        maximise: whether a greater value is better.
        random: whether to draw without regard to results.
        seed: of everything that is drawn.
        budget: how many trials there will be.
    """

    ranges: tuple[Range, ...]
    maximise: bool
    random: bool
    seed: int
    budget: int


class Search:
    """One search.

    Args:
        settings: see there.
        parents: trials of each parent, newest parent first.
        transfer: whether the parents saw other data.
    """

    def __init__(
        self, settings: Settings, *, parents: Sequence[Sequence[Observation]] = (), transfer: bool = False
    ) -> None:
        self._settings = settings
        self._parents = [kept for kept in (self._within(parent) for parent in parents) if kept]
        self._transfer = transfer
        self._offsets: dict[int, float] = {}
        self._open: dict[int, dict[str, Value]] = {}
        self._done: list[tuple[dict[str, Value], float]] = []
        self._asked = 0
        self._repeats = self._plan_repeats() if transfer and not settings.random else []
        self._repeated: dict[int, int] = {}

    def ask(self) -> Suggestion:
        """The next trial."""
        number, self._asked = self._asked, self._asked + 1
        if number < len(self._repeats):
            parent, drawn = self._repeats[number]
            self._repeated[number] = parent
        else:
            drawn = self._draw(number)
        self._open[number] = drawn
        texts = {item.name: item.to_text(drawn[item.name]) for item in self._settings.ranges}
        return Suggestion(number=number, parameters=texts)

    def tell(self, number: int, value: float | None) -> None:
        """A trial's result; None when it has none."""
        drawn = self._open.pop(number)
        if value is None:
            return
        self._done.append((drawn, value))
        if number in self._repeated:
            parent = self._repeated[number]
            self._offsets[parent] = value - self._best(self._parents[parent])[1]

    def _draw(self, number: int) -> dict[str, Value]:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        distributions = {item.name: item.distribution() for item in self._settings.ranges}
        study = optuna.create_study(
            direction="maximize" if self._settings.maximise else "minimize", sampler=self._sampler(number)
        )
        study.add_trials([self._trial(drawn, value) for drawn, value in [*self._known(), *self._done]])
        study.add_trials([self._trial(drawn, None) for drawn in self._open.values()])
        return dict(study.ask(distributions).params)

    def _sampler(self, number: int) -> "BaseSampler":
        from optuna.samplers import RandomSampler, TPESampler

        # A child with its parents' seed must not draw what they drew.
        known = sum(len(parent) for parent in self._parents)
        digest = hashlib.sha256(f"{self._settings.seed}/{known + number}".encode()).digest()
        seed = int.from_bytes(digest[:4], "big")
        if self._settings.random:
            return RandomSampler(seed=seed)
        # Trials that run in parallel count as bad ones, so that they are not chosen again.
        return TPESampler(seed=seed, n_startup_trials=_STARTUP_TRIALS, multivariate=True, constant_liar=True)

    def _trial(self, drawn: dict[str, Value], value: float | None) -> "FrozenTrial":
        from optuna.trial import TrialState, create_trial

        distributions = {item.name: item.distribution() for item in self._settings.ranges}
        state = TrialState.RUNNING if value is None else TrialState.COMPLETE
        return create_trial(state=state, value=value, params=drawn, distributions=distributions)

    def _within(self, parent: Sequence[Observation]) -> list[tuple[dict[str, Value], float]]:
        found = []
        for observation in parent:
            drawn = {
                item.name: item.from_text(observation.parameters.get(item.name, "")) for item in self._settings.ranges
            }
            kept = {name: value for name, value in drawn.items() if value is not None}
            if len(kept) == len(drawn):
                found.append((kept, observation.value))
        return found

    def _known(self) -> list[tuple[dict[str, Value], float]]:
        """The parents' trials, on the level of today's data."""
        mean = sum(self._offsets.values()) / len(self._offsets) if self._offsets else 0.0
        return [
            (drawn, value + self._offsets.get(number, mean))
            # The optimiser trusts later trials more, and the newest parent is the first.
            for number, parent in reversed(list(enumerate(self._parents)))
            for drawn, value in parent
        ]

    def _best(self, trials: Sequence[tuple[dict[str, Value], float]]) -> tuple[dict[str, Value], float]:
        return (max if self._settings.maximise else min)(trials, key=lambda trial: trial[1])

    def _plan_repeats(self) -> list[tuple[int, dict[str, Value]]]:
        most = max(1, self._settings.budget // _SHARE_OF_REPEATS)
        return [(number, self._best(parent)[0]) for number, parent in enumerate(self._parents[:most])]
