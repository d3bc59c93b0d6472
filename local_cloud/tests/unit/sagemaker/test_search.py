"""The search itself, on a cheap objective: what a parent learned must save trials."""

import functools
import math
from collections.abc import Callable, Mapping, Sequence

import pytest

from local_cloud.services.sagemaker.search import Observation, Search, Settings
from local_cloud.services.sagemaker.search_space import Range, parse

BUDGET = 15
SEEDS = range(10)
# How many trials a search needs varies so much that ten seeds can hide even half of them being saved.
MANY_SEEDS = range(30)
RANGES = parse(
    {
        "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "10"}],
        "ContinuousParameterRanges": [
            {"Name": "eta", "MinValue": "0.01", "MaxValue": "0.5", "ScalingType": "Logarithmic"},
            {"Name": "subsample", "MinValue": "0.5", "MaxValue": "1"},
            {"Name": "alpha", "MinValue": "0", "MaxValue": "10"},
            {"Name": "min_child_weight", "MinValue": "1", "MaxValue": "120"},
        ],
    }
)
Objective = Callable[[Mapping[str, str]], float]


def _loss(parameters: Mapping[str, str], *, drift: float = 0.0, level: float = 0.0) -> float:
    """A bowl with its ground where XGBoost often has it; other data move the ground and lift the whole."""
    found = {name: float(value) for name, value in parameters.items()}
    return (
        level
        + ((found["max_depth"] - 6 - drift) / 9) ** 2
        + ((math.log10(found["eta"]) + 1 - drift / 10) / 1.7) ** 2
        + ((found["subsample"] - 0.8) / 0.5) ** 2
        + 0.3 * ((found["alpha"] - 2) / 10) ** 2
        + 0.5 * ((found["min_child_weight"] - 20) / 119) ** 2
    )


def _other_data(parameters: Mapping[str, str]) -> float:
    return _loss(parameters, drift=0.7, level=0.3)


def _run(
    seed: int,
    objective: Objective = _loss,
    *,
    parents: Sequence[Sequence[Observation]] = (),
    transfer: bool = False,
    random: bool = False,
    ranges: tuple[Range, ...] = RANGES,
    maximise: bool = False,
) -> list[Observation]:
    settings = Settings(ranges=ranges, maximise=maximise, random=random, seed=seed, budget=BUDGET)
    search = Search(settings, parents=parents, transfer=transfer)
    trials = []
    for _ in range(BUDGET):
        suggestion = search.ask()
        value = objective(suggestion.parameters)
        search.tell(suggestion.number, value)
        trials.append(Observation(parameters=suggestion.parameters, value=value))
    return trials


@functools.cache
def _parent(seed: int) -> tuple[Observation, ...]:
    """What a search without parents found, which several tests begin with."""
    return tuple(_run(seed))


def _best(trials: Sequence[Observation]) -> float:
    return min(trial.value for trial in trials)


def _trials_until(trials: Sequence[Observation], target: float) -> int:
    """Number of the first trial that is as good; one more than the budget when none is."""
    return next((number for number, trial in enumerate(trials, 1) if trial.value <= target), BUDGET + 1)


def test_warm_start_reaches_the_parents_objective_in_fewer_trials_than_cold_start() -> None:
    cold, warm = [], []
    for seed in MANY_SEEDS:
        parent = _parent(seed)
        cold.append(_trials_until(_run(1000 + seed), _best(parent)))
        warm.append(_trials_until(_run(1000 + seed, parents=[parent]), _best(parent)))
    assert sum(warm) < 0.8 * sum(cold), (warm, cold)


def test_warm_start_on_other_data_reaches_what_a_cold_search_finds_there_in_fewer_trials() -> None:
    cold, warm = [], []
    for seed in MANY_SEEDS:
        target = _best(_run(5000 + seed, _other_data))
        cold.append(_trials_until(_run(1000 + seed, _other_data), target))
        warm.append(_trials_until(_run(1000 + seed, _other_data, parents=[_parent(seed)], transfer=True), target))
    assert sum(warm) < 0.8 * sum(cold), (warm, cold)


def test_a_parent_that_lies_about_the_level_does_not_mislead() -> None:
    """The parent's data were far easier: without its offset all trials of today would look bad."""
    for seed in SEEDS:
        easy = [Observation(parameters=trial.parameters, value=trial.value - 100) for trial in _parent(seed)]
        same = _parent(seed)
        shifted = _run(1000 + seed, parents=[easy], transfer=True)
        plain = _run(1000 + seed, parents=[same], transfer=True)
        # Only numbers differ that say nothing, so that both searches must choose the same trials.
        assert [trial.parameters for trial in shifted] == [trial.parameters for trial in plain]


def test_the_guided_search_finds_better_than_blind_drawing() -> None:
    guided = sum(_best(_parent(seed)) for seed in SEEDS)
    blind = sum(_best(_run(seed, random=True)) for seed in SEEDS)
    assert guided < blind


def test_the_first_trial_on_other_data_repeats_the_parents_best() -> None:
    parent = _parent(1)
    best = min(parent, key=lambda trial: trial.value)
    assert _run(2, _other_data, parents=[parent], transfer=True)[0].parameters == best.parameters


def test_repeats_take_at_most_a_quarter_of_the_budget() -> None:
    parents = [_parent(seed) for seed in range(5)]
    first = [min(parent, key=lambda trial: trial.value).parameters for parent in parents]
    found = [trial.parameters for trial in _run(9, _other_data, parents=parents, transfer=True)]
    assert found[: BUDGET // 4] == first[: BUDGET // 4]
    assert first[BUDGET // 4] not in found


def test_the_same_seed_makes_the_same_trials() -> None:
    assert _run(3) == _run(3)
    assert _run(3) != _run(4)
    assert _run(3, random=True) == _run(3, random=True)


@pytest.mark.parametrize("random", [True, False])
def test_a_child_with_its_parents_seed_does_not_draw_the_same_again(random: bool) -> None:
    parent = _run(3, random=random)[:3]
    drawn = [trial.parameters for trial in _run(3, random=random, parents=[parent])]
    assert not [trial.parameters for trial in parent if trial.parameters in drawn]


def test_a_greater_value_is_better_when_it_is_maximised() -> None:
    def gain(parameters: Mapping[str, str]) -> float:
        return -_loss(parameters)

    assert [trial.parameters for trial in _run(5, gain, maximise=True)] == [trial.parameters for trial in _run(5)]


def test_trials_in_parallel_differ_and_may_end_in_any_order_or_fail() -> None:
    search = Search(Settings(ranges=RANGES, maximise=False, random=False, seed=1, budget=12))
    first = [search.ask() for _ in range(4)]
    assert len({tuple(item.parameters.values()) for item in first}) == 4
    search.tell(first[3].number, 0.5)
    search.tell(first[0].number, None)
    search.tell(first[1].number, 0.7)
    second = search.ask()
    assert second.number == 4
    search.tell(second.number, 0.6)
    search.tell(first[2].number, 0.2)
    assert search.ask().number == 5


def test_a_parents_trials_outside_of_the_new_range_are_left_out() -> None:
    narrow = parse({"IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "8", "MaxValue": "9"}]})
    settings = Settings(ranges=narrow, maximise=False, random=False, seed=1, budget=8)
    parent = [Observation(parameters={"max_depth": str(depth)}, value=depth) for depth in range(1, 11)]
    search = Search(settings, parents=[parent], transfer=True)
    # The best of all had a depth of 1; of those that are allowed it is 8.
    assert search.ask().parameters == {"max_depth": "8"}
    assert {search.ask().parameters["max_depth"] for _ in range(6)} <= {"8", "9"}


@pytest.mark.parametrize("random", [True, False])
def test_every_kind_of_range_gives_texts_within_it(random: bool) -> None:
    ranges = parse(
        {
            "IntegerParameterRanges": [{"Name": "rounds", "MinValue": "1", "MaxValue": "4000"}],
            "ContinuousParameterRanges": [
                {"Name": "momentum", "MinValue": "0.5", "MaxValue": "0.999", "ScalingType": "ReverseLogarithmic"}
            ],
            "CategoricalParameterRanges": [{"Name": "booster", "Values": ["gbtree", "dart"]}],
        }
    )

    def objective(parameters: Mapping[str, str]) -> float:
        return float(parameters["momentum"])

    for trial in _run(1, objective, random=random, ranges=ranges):
        assert 1 <= int(trial.parameters["rounds"]) <= 4000
        assert 0.5 <= float(trial.parameters["momentum"]) <= 0.999
        assert trial.parameters["booster"] in {"gbtree", "dart"}
