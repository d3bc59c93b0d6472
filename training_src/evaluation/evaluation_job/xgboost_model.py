"""A model of SageMaker's XGBoost, loaded by the library of its own image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import xgboost as xgb

from evaluation_job import scored
from evaluation_job.archives import unpack_model
from evaluation_job.cells import parse_csv
from evaluation_job.errors import EvaluationError
from evaluation_job.held_out import HeldOut
from evaluation_job.metrics import BINARY, MULTICLASS, REGRESSION, TEXT
from evaluation_job.request import Artifact, Request
from evaluation_job.scored import Scored


def load_model(archive: Path, wanted: Artifact) -> xgb.Booster:
    """A model in XGBoost's own format; never a pickle, which would run code.

    Raises:
        EvaluationError: the archive holds no such model.
    """
    content = unpack_model(archive, wanted)
    if content[: len(wanted.begins_with)] != wanted.begins_with:
        raise EvaluationError(
            f"{wanted.file} is no model in XGBoost's own format: it must begin with {wanted.begins_with!r}, "
            f"got {bytes(content[: len(wanted.begins_with)])!r}; save it with Booster.save_model"
        )
    booster = xgb.Booster()
    try:
        booster.load_model(content)
        booster.num_features()
    # XGBoost quotes what it did not understand, which then is no UTF-8.
    except (xgb.core.XGBoostError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{wanted.file} is no model in XGBoost's own format: {_reason(error)}") from error
    return booster


def check_features(found: int, features: tuple[str, ...], model: str) -> None:
    """Check that a model takes all features.

    Raises:
        EvaluationError: it does not. AWS's container trains on the columns up to the last one that has a value in any
            row; the model then refuses a request with all of them, so it could not serve.
    """
    if found == len(features):
        return
    reason = ""
    if found < len(features):
        reason = (
            f"; if no row of the train part has a value under {features[-1]}, AWS's container does not see that "
            "column: leave the feature out, or write it before one that always has a value"
        )
    raise EvaluationError(f"{model} takes {found} features, the test rows have {len(features)}{reason}")


def score(booster: xgb.Booster, rows: HeldOut, problem_type: str) -> Scored:
    """What a model says of the held-out rows.

    Raises:
        EvaluationError: the model does not answer as the problem type has it.
    """
    found = predict(booster, rows.features)
    if problem_type in (MULTICLASS, TEXT):
        return _of_classes(found, rows.labels)
    if found.ndim > 1:
        raise EvaluationError(f"the model answers {found.shape[1:]} numbers a row, one is needed; check its objective")
    if problem_type == REGRESSION:
        return scored.of_numbers(rows.labels, found)
    if found.min() < 0 or found.max() > 1:
        raise EvaluationError(
            f"the model answers between {found.min():g} and {found.max():g}, {BINARY} needs probabilities; "
            "train with the objective binary:logistic"
        )
    return scored.of_probabilities(rows.labels, found)


def golden_answer(booster: xgb.Booster, request: Request) -> float | list[float]:
    """What the model server answers to the golden request; its text has the digits of a 32-bit float.

    Raises:
        EvaluationError: the golden request is not one row of the features.
    """
    row = parse_csv(request.golden_request.encode(), source="golden_request")
    if row.shape != (1, len(request.features)):
        raise EvaluationError(f"golden_request must be one row of {len(request.features)} features, got {row.shape}")
    answer: float | list[float] = predict(booster, row)[0].tolist()
    return answer


def predict(booster: xgb.Booster, features: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """One prediction a row, or a row of them: all trees, no feature names, as the image's model server does it.

    Raises:
        EvaluationError: the model cannot do it.
    """
    try:
        found = booster.predict(xgb.DMatrix(features), validate_features=False)
    except (xgb.core.XGBoostError, UnicodeDecodeError) as error:
        raise EvaluationError(f"the model cannot score these rows: {_reason(error)}") from error
    answers = np.asarray(found, dtype=np.float64)
    if len(answers) != len(features) or answers.ndim > 2:  # noqa: PLR2004  # rows and classes
        raise EvaluationError(f"the model answers numbers of the shape {answers.shape} to {len(features)} rows")
    if not np.isfinite(answers).all():
        raise EvaluationError("the model answers with numbers that are not finite")
    return answers


def _of_classes(found: npt.NDArray[np.float64], labels: npt.NDArray[np.float64]) -> Scored:
    """Probabilities of all classes (multi:softprob), or the class alone (multi:softmax)."""
    highest = found.shape[1] - 1 if found.ndim > 1 else max(found.max(), labels.max())
    other = [label for label in labels if label < 0 or label > highest or not float(label).is_integer()]
    if other:
        raise EvaluationError(
            f"labels of {MULTICLASS} must be whole numbers from 0 to {highest:g}, as the model has been told by "
            f"num_class, got {other[0]:g} in {len(other)} of {len(labels)} rows"
        )
    classes = tuple(str(number) for number in range(int(highest) + 1))
    if found.ndim > 1:
        return scored.of_classes(labels, found, classes)
    return Scored(truth=labels, scores=None, answered=found, classes=classes)


def _reason(error: Exception) -> str:
    return str(error).split("Stack trace:", maxsplit=1)[0].strip()
