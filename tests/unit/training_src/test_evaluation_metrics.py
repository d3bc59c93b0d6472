"""Metrics and intervals against hand arithmetic, scikit-learn and analytic formulas."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as skm

from evaluation_job import comparison, metrics, scored, slices
from evaluation_job.comparison import Difference
from evaluation_job.errors import EvaluationError
from evaluation_job.metrics import BINARY, METRICS, MULTICLASS, REGRESSION
from evaluation_job.scored import Scored

Z_95 = 1.959964


def _scored(labels: Any, answers: Any, kind: str) -> Scored:
    return scored.of_numbers(labels, answers) if kind == REGRESSION else scored.of_probabilities(labels, answers)


def _compute(labels: Any, answers: Any, kind: str) -> dict[str, float | None]:
    return metrics.compute(_scored(labels, answers, kind), kind)


def _kind(metric: str) -> str:
    return BINARY if metric in METRICS[BINARY] else REGRESSION


def _statistic(metric: str, labels: Any, answers: Any) -> Any:
    return comparison.statistic(metric, _kind(metric), _scored(labels, answers, _kind(metric)))


def _compare(metric: str, labels: Any, one: Any, other: Any) -> Difference | None:
    kind = _kind(metric)
    return comparison.compare(metric, kind, _scored(labels, one, kind), _scored(labels, other, kind))


def classifiers(rows: int, *, seed: int, digits: int = 2) -> tuple[Any, Any, Any]:
    """Labels and two classifiers' scores; few digits, so that scores are tied."""
    generator = np.random.default_rng(seed)
    truth = generator.normal(size=rows)
    labels = (truth + generator.normal(size=rows) > 0).astype(float)
    scores = [1 / (1 + np.exp(-truth + generator.normal(scale=scale, size=rows))) for scale in (0.5, 1.0)]
    first, second = (np.round(np.clip(values, 0.01, 0.99), digits) for values in scores)
    return labels, first, second


def test_classification_by_hand() -> None:
    # AUC: the example of scikit-learn's roc_auc_score; of the two positives, one is above 0.5 and no negative is.
    found = _compute(np.array([0.0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]), BINARY)
    assert found == {
        "accuracy": 0.75,
        "auc": 0.75,
        "precision": 1.0,
        "recall": 0.5,
        "log_loss": pytest.approx(-math.log(0.9 * 0.6 * 0.35 * 0.8) / 4),
    }


def test_regression_by_hand() -> None:
    # Errors 0.5, -0.5, 0, -1: mean -0.25, mean square 0.375.
    found = _compute(np.array([3, -0.5, 2, 7]), np.array([2.5, 0.0, 2, 8]), REGRESSION)
    assert found == {
        "mae": 0.5,
        "rmse": pytest.approx(math.sqrt(0.375)),
        "error_std": pytest.approx(math.sqrt(0.375 - 0.25**2)),
    }


def test_one_half_is_no_positive_answer() -> None:
    found = _compute(np.array([0.0, 1.0]), np.array([0.5, 0.5]), BINARY)
    assert found["accuracy"] == 0.5
    assert found["precision"] is None


@pytest.mark.parametrize(
    ("labels", "predictions", "undefined"),
    [
        ([0, 0], [0.2, 0.9], {"auc", "recall"}),
        ([1, 1], [0.2, 0.9], {"auc"}),
        ([0, 1], [0.2, 0.4], {"precision"}),
        ([0], [0.2], {"auc", "precision", "recall"}),
    ],
)
def test_what_is_undefined_is_none(labels: list[float], predictions: list[float], undefined: set[str]) -> None:
    truth, answers = np.array(labels, dtype=float), np.array(predictions)
    found = _compute(truth, answers, BINARY)
    assert {name for name, value in found.items() if value is None} == undefined
    for name in METRICS[BINARY]:
        assert (_statistic(name, truth, answers)(np.ones(len(truth))) is None) == (name in undefined), name


def test_of_a_certain_classifier_the_loss_is_finite() -> None:
    labels, answers = np.array([0.0, 1.0, 1.0]), np.array([0.0, 1.0, 0.0])
    found = _compute(labels, answers, BINARY)["log_loss"]
    assert found == pytest.approx(-math.log(np.finfo(float).eps) / 3)
    assert _statistic("log_loss", labels, answers)(np.ones(3)) == pytest.approx(found)


REFERENCE: dict[str, Callable[[Any, Any, Any], float]] = {
    "accuracy": lambda labels, scores, weights: skm.accuracy_score(labels, scores > 0.5, sample_weight=weights),
    "auc": lambda labels, scores, weights: skm.roc_auc_score(labels, scores, sample_weight=weights),
    "precision": lambda labels, scores, weights: skm.precision_score(labels, scores > 0.5, sample_weight=weights),
    "recall": lambda labels, scores, weights: skm.recall_score(labels, scores > 0.5, sample_weight=weights),
    "log_loss": lambda labels, scores, weights: skm.log_loss(labels, scores, sample_weight=weights),
    "mae": lambda labels, scores, weights: skm.mean_absolute_error(labels, scores, sample_weight=weights),
    "rmse": lambda labels, scores, weights: skm.root_mean_squared_error(labels, scores, sample_weight=weights),
    "error_std": lambda labels, scores, weights: np.repeat(labels - scores, weights.astype(int)).std(),
}


@pytest.mark.parametrize("metric", REFERENCE)
def test_a_resample_scores_as_scikit_learn_weighs_it(metric: str) -> None:
    labels, scores, _ = classifiers(300, seed=3)
    weights = np.random.default_rng(4).integers(0, 4, 300).astype(float)
    compute = _statistic(metric, labels, scores)
    assert compute(weights) == pytest.approx(REFERENCE[metric](labels, scores, weights), abs=1e-12)
    assert compute(np.ones(300)) == pytest.approx(_compute(labels, scores, _kind(metric))[metric], abs=1e-12)


def delong(labels: Any, one: Any, other: Any) -> float:
    """Standard error of the difference of two paired AUCs: DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988)."""

    def placements(scores: Any) -> tuple[Any, Any]:
        gap = scores[labels == 1][:, None] - scores[labels == 0][None, :]
        wins = (gap > 0) + 0.5 * (gap == 0)
        return wins.mean(axis=1), wins.mean(axis=0)

    (a, b), (c, d) = placements(one), placements(other)
    return float(np.sqrt(np.var(a - c, ddof=1) / len(a) + np.var(b - d, ddof=1) / len(b)))


@pytest.mark.parametrize("metric", ["accuracy", "mae", "auc"])
def test_interval_is_that_of_the_normal_approximation(metric: str) -> None:
    labels, one, other = classifiers(2000, seed=5)
    if metric == "auc":
        error = delong(labels, one, other)
    else:
        each = [(s > 0.5) == labels if metric == "accuracy" else np.abs(labels - s) for s in (one, other)]
        error = float(np.std(each[0].astype(float) - each[1].astype(float)) / np.sqrt(2000))
    found = _compare(metric, labels, one, other)
    assert found is not None
    expected = REFERENCE[metric](labels, one, None) - REFERENCE[metric](labels, other, None)
    assert found.value == pytest.approx(expected)
    # 1,000 resamples estimate a 2.5 % quantile to about 0.09 standard errors.
    assert found.interval == pytest.approx((expected - Z_95 * error, expected + Z_95 * error), abs=0.3 * error)
    assert (found.confidence, found.resamples, found.undefined_resamples) == (0.95, 1000, 0)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    labels, one, other = classifiers(100_000, seed=6, digits=3)
    truth = skm.roc_auc_score(labels, one) - skm.roc_auc_score(labels, other)
    covered = 0
    for sample in range(200):
        rows = slice(sample * 200, sample * 200 + 200)
        ours = _statistic("auc", labels[rows], one[rows])
        theirs = _statistic("auc", labels[rows], other[rows])
        found = comparison.bootstrap(ours, theirs, 200, resamples=200, seed=sample)
        low, high = np.quantile(found, [0.025, 0.975])
        covered += low <= truth <= high
    # 95 % of 200 are 190, with a standard deviation of 3.
    assert 178 <= covered <= 199


def test_a_model_does_not_differ_from_itself() -> None:
    labels, one, _ = classifiers(500, seed=7)
    found = _compare("auc", labels, one, one)
    assert found is not None
    assert (found.value, found.interval) == (0.0, (0.0, 0.0))


def test_the_interval_is_the_same_every_time() -> None:
    labels, one, other = classifiers(300, seed=8)
    assert _compare("auc", labels, one, other) == _compare("auc", labels, one, other)


def test_resamples_without_the_metric_are_counted() -> None:
    # One positive in ten rows: (9/10)^10 = 35 % of the resamples miss it.
    labels, one = np.r_[1.0, np.zeros(9)], np.linspace(0.9, 0.1, 10)
    found = _compare("auc", labels, one, one[::-1])
    assert found is not None
    assert found.resamples + found.undefined_resamples == 1000
    assert found.undefined_resamples == pytest.approx(349, abs=60)


def test_no_difference_of_a_metric_that_is_undefined() -> None:
    assert _compare("auc", np.zeros(5), np.full(5, 0.1), np.full(5, 0.2)) is None


def test_slices_are_named_as_csv_has_them() -> None:
    values = np.array([3.0, -1.0, 3.0, np.nan, 0.25])
    found = {name: rows.tolist() for name, rows in slices.slice_rows(values, "carrier_code").items()}
    assert found == {
        "-1": [False, True, False, False, False],
        "0.25": [False, False, False, False, True],
        "3": [True, False, True, False, False],
        "missing": [False, False, False, True, False],
    }


def test_slice_of_a_measurement_is_refused() -> None:
    assert len(slices.slice_rows(np.array(range(50), dtype=float), "distance")) == 50
    with pytest.raises(EvaluationError, match="slice column distance has 51 distinct values, at most 50 are"):
        slices.slice_rows(np.array(range(51), dtype=float), "distance")


def _classes(rows: int = 300) -> tuple[Any, Any]:
    generator = np.random.default_rng(9)
    truth = generator.integers(0, 3, rows).astype(float)
    raw = generator.random((rows, 3)) + np.eye(3)[truth.astype(int)] * 0.5
    return truth, raw / raw.sum(axis=1, keepdims=True)


def test_several_classes_by_hand() -> None:
    # Of two a's one is found, the b, and of two c's none: one is taken for an a, the other for a b.
    truth = np.array([0.0, 0, 1, 2, 2])
    scores = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.5, 0.3, 0.2], [0.2, 0.6, 0.2]])
    model = scored.of_classes(truth, scores, ("a", "b", "c"))
    found = metrics.compute(model, MULTICLASS)
    # f1: a 2 * 1 / (2 + 2), b 2 * 1 / (1 + 3), c 0.
    assert found == {
        "accuracy": 0.4,
        "macro_f1": pytest.approx((0.5 + 0.5 + 0) / 3),
        "log_loss": pytest.approx(-math.log(0.8 * 0.2 * 0.8 * 0.2 * 0.2) / 5),
        "lowest_recall": 0.0,
    }
    assert metrics.recalls(model) == {"a": 0.5, "b": 1.0, "c": 0.0}
    assert metrics.recalls(model.of(truth < 2)) == {"a": 0.5, "b": 1.0}


OF_CLASSES: dict[str, Callable[[Any, Any, Any], float]] = {
    "accuracy": lambda truth, scores, weights: skm.accuracy_score(truth, scores.argmax(1), sample_weight=weights),
    "macro_f1": lambda truth, scores, weights: skm.f1_score(
        truth, scores.argmax(1), average="macro", sample_weight=weights
    ),
    "log_loss": lambda truth, scores, weights: skm.log_loss(truth, scores, sample_weight=weights),
    "lowest_recall": lambda truth, scores, weights: min(
        skm.recall_score(truth, scores.argmax(1), average=None, sample_weight=weights)
    ),
}


@pytest.mark.parametrize("metric", OF_CLASSES)
def test_a_resample_of_several_classes_scores_as_scikit_learn_weighs_it(metric: str) -> None:
    truth, scores = _classes()
    weights = np.random.default_rng(4).integers(0, 4, 300).astype(float)
    model = scored.of_classes(truth, scores, ("a", "b", "c"))
    compute = comparison.statistic(metric, MULTICLASS, model)
    assert compute(weights) == pytest.approx(OF_CLASSES[metric](truth, scores, weights), abs=1e-12)
    assert compute(np.ones(300)) == pytest.approx(metrics.compute(model, MULTICLASS)[metric], abs=1e-12)


def test_a_class_that_nobody_has_does_not_count() -> None:
    truth, scores = _classes()
    of_three = scored.of_classes(truth, scores, ("a", "b", "c"))
    of_four = scored.of_classes(truth, np.c_[scores, np.zeros(300)], ("a", "b", "c", "d"))
    assert metrics.compute(of_four, MULTICLASS) == pytest.approx(metrics.compute(of_three, MULTICLASS))
    ones = np.ones(300)
    for metric in METRICS[MULTICLASS]:
        ours, theirs = (comparison.statistic(metric, MULTICLASS, model)(ones) for model in (of_three, of_four))
        assert ours == pytest.approx(theirs), metric


def test_labels_alone_have_no_loss() -> None:
    truth = np.array([0.0, 1, 2])
    model = Scored(truth=truth, scores=None, answered=truth, classes=("a", "b", "c"))
    assert metrics.compute(model, MULTICLASS)["log_loss"] is None
    assert comparison.statistic("log_loss", MULTICLASS, model)(np.ones(3)) is None
    two = Scored(truth=truth[:2], scores=None, answered=truth[:2])
    assert {name for name, value in metrics.compute(two, BINARY).items() if value is None} == {"auc", "log_loss"}
    assert comparison.compare("auc", BINARY, two, two) is None
