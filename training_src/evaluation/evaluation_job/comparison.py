"""Candidate against champion: the difference of a metric, and how sure it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from evaluation_job.metrics import BINARY, REGRESSION
from evaluation_job.scored import Scored

if TYPE_CHECKING:
    Vector = npt.NDArray[np.float64]
    # A metric of a sample in which row i occurs weights[i] times; None when it is undefined there.
    Statistic = Callable[[Vector], "float | None"]

CONFIDENCE = 0.95
RESAMPLES = 1_000
SEED = 7
_SMALLEST_PROBABILITY = float(np.finfo(np.float64).eps)  # as scikit-learn's log_loss


@dataclass(frozen=True)
class Difference:
    """Candidate minus champion with a paired percentile bootstrap interval.

    ``undefined_resamples`` did not count: the metric does not exist in them (AUC of one class, for instance).
    """

    metric: str
    value: float
    interval: tuple[float, float]
    confidence: float
    resamples: int
    undefined_resamples: int


def compare(metric: str, problem_type: str, candidate: Scored, champion: Scored) -> Difference | None:
    """Candidate minus champion on a metric; None when it is undefined on these rows."""
    ours, theirs = statistic(metric, problem_type, candidate), statistic(metric, problem_type, champion)
    rows = len(candidate.truth)
    everything = np.ones(rows)
    mine, other = ours(everything), theirs(everything)
    if mine is None or other is None:
        return None
    found = bootstrap(ours, theirs, rows, resamples=RESAMPLES, seed=SEED)
    low, high = np.quantile(found, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Difference(
        metric=metric,
        value=mine - other,
        interval=(float(low), float(high)),
        confidence=CONFIDENCE,
        resamples=len(found),
        undefined_resamples=RESAMPLES - len(found),
    )


def bootstrap(candidate: Statistic, champion: Statistic, rows: int, *, resamples: int, seed: int) -> Vector:
    """Differences candidate - champion on resamples of the rows, both on the same one; undefined ones are left out.

    One resample at a time: memory stays at a few vectors of ``rows``.
    """
    generator = np.random.default_rng(seed)
    differences = []
    for _ in range(resamples):
        weights = np.bincount(generator.integers(0, rows, rows), minlength=rows).astype(np.float64)
        ours, theirs = candidate(weights), champion(weights)
        if ours is not None and theirs is not None:
            differences.append(ours - theirs)
    return np.array(differences)


def statistic(metric: str, problem_type: str, scored: Scored) -> Statistic:
    """A metric as a function of how often each row occurs; with ones it equals `metrics.compute`."""
    if problem_type == REGRESSION:
        return _of_quantities(metric, scored.truth - scored.answered)
    if metric == "accuracy":
        return _mean((scored.answered == scored.truth).astype(np.float64))
    if metric in {"macro_f1", "lowest_recall"}:
        return _of_confusion(metric, scored)
    if problem_type == BINARY and metric in {"precision", "recall"}:
        whole = scored.answered if metric == "precision" else scored.truth
        return _share(scored.answered * scored.truth, whole)
    if scored.scores is None:
        return lambda _weights: None
    return _auc(scored.truth, scored.scores) if metric == "auc" else _mean(_log_losses(scored.truth, scored.scores))


def _of_quantities(metric: str, errors: Vector) -> Statistic:
    if metric == "error_std":
        return lambda weights: float(
            np.sqrt(np.average((errors - np.average(errors, weights=weights)) ** 2, weights=weights))
        )
    return _mean(np.abs(errors)) if metric == "mae" else _root(_mean(errors**2))


def _log_losses(truth: Vector, scores: Vector) -> Vector:
    of_all = scores if scores.ndim > 1 else np.column_stack([1 - scores, scores])
    of_truth = of_all[np.arange(len(truth)), truth.astype(int)]
    losses: Vector = -np.log(np.clip(of_truth, _SMALLEST_PROBABILITY, 1))
    return losses


def _mean(values: Vector) -> Callable[[Vector], float]:
    return lambda weights: float(weights @ values / weights.sum())


def _root(squares: Callable[[Vector], float]) -> Statistic:
    return lambda weights: float(np.sqrt(squares(weights)))


def _share(part: Vector, whole: Vector) -> Statistic:
    def compute(weights: Vector) -> float | None:
        total = weights @ whole
        return float(weights @ part / total) if total else None

    return compute


def _of_confusion(metric: str, scored: Scored) -> Statistic:
    count = len(scored.classes)
    truth, answered = scored.truth.astype(int), scored.answered.astype(int)
    pairs = truth * count + answered

    def compute(weights: Vector) -> float:
        confusion = np.bincount(pairs, weights=weights, minlength=count * count).reshape(count, count)
        hits, true, said = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
        if metric == "lowest_recall":
            return float((hits[true > 0] / true[true > 0]).min())
        # As scikit-learn: classes that neither occur nor are answered do not count.
        present = (true + said) > 0
        return float((2 * hits[present] / (true + said)[present]).mean())

    return compute


def _auc(labels: Vector, scores: Vector) -> Statistic:
    # The scores' order is the same in every resample: sorted once, a resample costs two passes (Mann-Whitney, exact).
    order = np.argsort(scores, kind="stable")
    ranked, positive = scores[order], labels[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])

    def compute(weights: Vector) -> float | None:
        weights = weights[order]
        positives = np.add.reduceat(weights * positive, starts)
        negatives = np.add.reduceat(weights, starts) - positives
        pairs = positives.sum() * negatives.sum()
        if not pairs:
            return None
        below = np.cumsum(negatives) - negatives / 2
        return float(positives @ below / pairs)

    return compute
