"""Processing job: scores the candidate, and the champion if there is one, on the same held-out rows.

One self-contained script for SageMaker's XGBoost image 3.0-5 (Python 3.10 with numpy, scikit-learn, xgboost).

    python3 evaluation.py --input /opt/ml/processing/input --output /opt/ml/processing/output

Input: ``request/request.json``, ``test/`` (CSV without header, label first), ``candidate/model.tar.gz`` and, when a
version serves already, ``champion/model.tar.gz``. Output: ``evaluation.json``. What is wrong goes to stderr and to
``/opt/ml/output/message``, whose first kilobyte DescribeProcessingJob returns as ExitMessage
(https://docs.aws.amazon.com/sagemaker/latest/dg/byoc-metadata.html); the exit code is then 1.
"""

import argparse
import gzip
import io
import json
import re
import sys
import tarfile
import zlib
from array import array
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost as xgb
from sklearn import metrics as skm

BINARY, REGRESSION = "binary_classification", "regression"
METRICS = {
    BINARY: ("accuracy", "auc", "precision", "recall", "log_loss"),
    REGRESSION: ("mae", "rmse", "error_std"),
}
MODEL_FILE = "xgboost-model"
# Of a model in JSON and in UBJSON. It is no opcode of pickle, which the image's model server tries before XGBoost's own
# format (https://github.com/aws/sagemaker-xgboost-container), and which runs code.
FIRST_BYTE = b"{"
# Far above the few megabytes of a boosted forest, far below the memory of an ml.m5.large.
MOST_MODEL_BYTES = 512 * 1024**2
MOST_SLICE_VALUES = 50
THRESHOLD = 0.5
CONFIDENCE = 0.95
RESAMPLES = 1_000
SEED = 7
_MOST_MESSAGE_BYTES = 1024
# What a cell may be: a number as XGBoost's text parser computes it rightly, NaN, or nothing (docs/cells.md).
_CELL = (
    r"(?:[ \t]*(?:[+-]?(?:[0-9]{1,19}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE](?:\+?0*(?:[0-9]|[12][0-9]|3[0-8])|-[0-9]+))?"
    r"|[+-]?[nN][aA][nN])[ \t]*)?"
)
_ROW = re.compile(f"{_CELL}(?:,{_CELL})*")
_LARGEST = 3.4028234e38  # of 32 bits
_SMALLEST_PROBABILITY = float(np.finfo(np.float64).eps)  # as scikit-learn's log_loss

Vector = npt.NDArray[np.float64]
Metrics = dict[str, "float | None"]
# A metric of a sample in which row i occurs weights[i] times; None when it is undefined there.
Statistic = Callable[[Vector], "float | None"]


class EvaluationError(ValueError):
    """What the job was given cannot be evaluated."""


@dataclass(frozen=True)
class Request:
    """What to evaluate: ``metric`` is the gate's, ``features`` are the columns after the label, in order."""

    problem_type: str
    metric: str
    features: tuple[str, ...]
    slices: tuple[str, ...]
    golden_request: str


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


def _checked_types(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise EvaluationError(f"request.json is no JSON: {error}") from error
    names = ("problem_type", "metric", "features", "slices", "golden_request")
    if not isinstance(content, dict) or set(content) != set(names):
        found = ", ".join(sorted(content)) if isinstance(content, dict) else type(content).__name__
        raise EvaluationError(f"request.json must have exactly the keys {', '.join(names)}, got {found}")
    for name in ("features", "slices"):
        if not isinstance(content[name], list) or not all(isinstance(item, str) for item in content[name]):
            raise EvaluationError(f"{name} of request.json must be a list of names, got {content[name]!r}")
    for name in ("problem_type", "metric", "golden_request"):
        if not isinstance(content[name], str):
            raise EvaluationError(f"{name} of request.json must be text, got {content[name]!r}")
    return content


def parse_request(text: str) -> Request:
    """Read request.json.

    Raises:
        EvaluationError: it is no such request.
    """
    content = _checked_types(text)
    request = Request(
        problem_type=content["problem_type"],
        metric=content["metric"],
        features=tuple(content["features"]),
        slices=tuple(content["slices"]),
        golden_request=content["golden_request"],
    )
    if request.problem_type not in METRICS:
        raise EvaluationError(f"problem_type must be one of {', '.join(METRICS)}, got {request.problem_type!r}")
    if request.metric not in METRICS[request.problem_type]:
        allowed = ", ".join(METRICS[request.problem_type])
        raise EvaluationError(f"metric of {request.problem_type} must be one of {allowed}, got {request.metric!r}")
    if not request.features or len(set(request.features)) != len(request.features):
        raise EvaluationError(f"features must be at least one name, each once, got {', '.join(request.features)!r}")
    if unknown := [name for name in request.slices if name not in request.features]:
        raise EvaluationError(
            f"slices must be features, got {', '.join(unknown)}; there are {', '.join(request.features)}"
        )
    return request


def parse_csv(data: bytes, *, source: str) -> npt.NDArray[np.float64]:
    """Numbers of a CSV text without header; nothing and NaN are missing values, empty lines are left out.

    What XGBoost's own reader passes over without a word (text, true, quotes, a header, short rows) is an error here.

    Raises:
        EvaluationError: a cell is no number, rows differ in length, or there are none.
    """
    # Twice: at float32, the precision of XGBoost itself, 0.1 would not equal the 0.1 of a slice's name.
    values, numbers, width = array("d"), array("q"), 0
    for number, line in enumerate(_lines(data, source), 1):
        if not line and not values:
            # As the training refuses it, which takes the delimiter from there.
            raise EvaluationError(f"{source} line {number} is empty; the first line must be data")
        if not line:
            continue
        cells = line.split(",")
        if not _ROW.fullmatch(line):
            bad = [index for index, cell in enumerate(cells) if not re.fullmatch(_CELL, cell)]
            header = "; the first line must be data, not names" if number == 1 and len(bad) == len(cells) else ""
            raise EvaluationError(
                f"{source} line {number} column {bad[0] + 1}: {cells[bad[0]][:50]!r} is no number; the ETL job must "
                f"write numbers such as -1.5 or 2E-3, and nothing for a missing value{header}"
            )
        width = width or len(cells)
        if len(cells) != width:
            raise EvaluationError(f"{source} line {number} has {len(cells)} columns, the first row has {width}")
        values.extend([float(cell) if cell else np.nan for cell in cells])
        numbers.append(number)
    table = np.array(values, dtype=np.float64).reshape(-1, width)
    if (large := np.argwhere(np.abs(table) > _LARGEST)).size:
        row, column = large[0]
        raise EvaluationError(f"{source} line {numbers[row]} column {column + 1}: the number is too large for 32 bits")
    return table


def _lines(data: bytes, source: str) -> "list[str]":
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise EvaluationError(f"{source} line {line}: the byte {data[error.start]:#04x} is no UTF-8") from error
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def read_rows(folder: Path, features: tuple[str, ...]) -> tuple[Vector, npt.NDArray[np.float64]]:
    """Labels and features of all test files; an empty one, such as a marker of Spark, has no rows.

    Raises:
        EvaluationError: there is no data, or it does not fit the features.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
    if not files:
        raise EvaluationError(f"no test rows in {folder.name}/; the ETL job must write at least one")
    tables = []
    for path in files:
        table = parse_csv(path.read_bytes(), source=path.name)
        if table.shape[1] != len(features) + 1:
            raise EvaluationError(
                f"test rows must have a label and {len(features)} features, {path.name} has {table.shape[1]} columns"
            )
        tables.append(table)
    rows = np.vstack(tables)
    if missing := int(np.isnan(rows[:, 0]).sum()):
        raise EvaluationError(
            f"labels of the test rows must be numbers, {missing} of {len(rows)} are missing; "
            "the first column must be the label"
        )
    return rows[:, 0], rows[:, 1:]


def check_labels(labels: Vector, features: npt.NDArray[np.float64], request: Request) -> None:
    """Check that a binary classifier's labels are 0 and 1.

    Raises:
        EvaluationError: they are not.
    """
    other = labels[(labels != 0) & (labels != 1)]
    if request.problem_type != BINARY or not other.size:
        return
    binary = np.flatnonzero(np.isin(features, (0, 1)).all(axis=0))
    guess = f"; only 0 and 1 stand under {request.features[binary[0]]}" if binary.size else ""
    raise EvaluationError(
        f"labels of {BINARY} must be 0 or 1, got {other[0]:g} in {other.size} of {len(labels)} rows; "
        f"the first column must be the label{guess}"
    )


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


def unpack_model(archive: Path) -> bytearray:
    """The content of an archive that holds one regular file ``xgboost-model`` at its root and nothing else.

    Raises:
        EvaluationError: it holds anything else, or more than MOST_MODEL_BYTES.
    """
    try:
        with gzip.open(archive) as stream:
            # Before tarfile sees it: its own extended headers may claim any size too.
            content = stream.read(MOST_MODEL_BYTES + 1)
        if len(content) > MOST_MODEL_BYTES:
            raise EvaluationError(f"model archive unpacks to more than {MOST_MODEL_BYTES} bytes")
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as files:
            members = files.getmembers()
            # Not isfile(): a sparse file counts as one, whatever size it claims.
            if [member.name for member in members] != [MODEL_FILE] or members[0].type not in {
                tarfile.REGTYPE,
                tarfile.AREGTYPE,
            }:
                found = ", ".join(repr(member.name) for member in members[:5]) or "nothing"
                raise EvaluationError(f"model archive must hold one regular file {MODEL_FILE!r} only, got {found}")
            file = files.extractfile(members[0])
            model = bytearray(file.read() if file else b"")
            if len(model) != members[0].size:
                raise EvaluationError("cannot read model archive: it ends too early")
            return model
    except (tarfile.TarError, zlib.error, OSError, EOFError) as error:
        raise EvaluationError(f"cannot read model archive: {error}") from error


def load_model(archive: Path) -> xgb.Booster:
    """A model in XGBoost's own format; never a pickle, which would run code.

    Raises:
        EvaluationError: the archive holds no such model.
    """
    content = unpack_model(archive)
    if content[:1] != FIRST_BYTE:
        raise EvaluationError(
            f"{MODEL_FILE} is no model in XGBoost's own format: it must begin with {FIRST_BYTE!r}, "
            f"got {bytes(content[:1])!r}; save it with Booster.save_model"
        )
    booster = xgb.Booster()
    try:
        booster.load_model(content)
        booster.num_features()
    # XGBoost quotes what it did not understand, which then is no UTF-8.
    except (xgb.core.XGBoostError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{MODEL_FILE} is no model in XGBoost's own format: {_reason(error)}") from error
    return booster


def _reason(error: Exception) -> str:
    return str(error).split("Stack trace:", maxsplit=1)[0].strip()


def predict(booster: xgb.Booster, features: npt.NDArray[np.float64], problem_type: str) -> Vector:
    """One prediction a row: all trees, no feature names, as the image's model server does it.

    Raises:
        EvaluationError: the model does not answer as the problem type has it.
    """
    try:
        found = booster.predict(xgb.DMatrix(features), validate_features=False)
    except (xgb.core.XGBoostError, UnicodeDecodeError) as error:
        raise EvaluationError(f"the model cannot score these rows: {_reason(error)}") from error
    answers = np.asarray(found, dtype=np.float64)
    if answers.shape != (len(features),):
        raise EvaluationError(
            f"the model answers {answers.shape[1:]} numbers a row, one is needed; check its objective"
        )
    if not np.isfinite(answers).all():
        raise EvaluationError("the model answers with numbers that are not finite")
    if problem_type == BINARY and (answers.min() < 0 or answers.max() > 1):
        raise EvaluationError(
            f"the model answers between {answers.min():g} and {answers.max():g}, {BINARY} needs probabilities; "
            "train with the objective binary:logistic"
        )
    return answers


def compute_metrics(labels: Vector, predictions: Vector, problem_type: str) -> Metrics:
    """All metrics of a problem type; None for one that is undefined on these rows.

    error_std is the standard deviation of label - prediction (divisor: number of rows).
    """
    if problem_type == REGRESSION:
        return {
            "mae": float(skm.mean_absolute_error(labels, predictions)),
            "rmse": float(np.sqrt(skm.mean_squared_error(labels, predictions))),
            "error_std": float(np.std(labels - predictions)),
        }
    answers = predictions > THRESHOLD
    both_classes = 0 < labels.sum() < len(labels)
    return {
        "accuracy": float(skm.accuracy_score(labels, answers)),
        "auc": float(skm.roc_auc_score(labels, predictions)) if both_classes else None,
        "precision": float(skm.precision_score(labels, answers)) if answers.any() else None,
        "recall": float(skm.recall_score(labels, answers)) if labels.any() else None,
        "log_loss": float(skm.log_loss(labels, predictions, labels=[0, 1])),
    }


def slice_rows(values: Vector, name: str) -> dict[str, npt.NDArray[np.bool_]]:
    """Which rows have each value of a column; values are named as CSV has them, a missing one ``missing``.

    Raises:
        EvaluationError: the column has more than MOST_SLICE_VALUES values.
    """
    distinct = np.unique(values)
    if len(distinct) > MOST_SLICE_VALUES:
        raise EvaluationError(
            f"slice column {name} has {len(distinct)} distinct values, at most {MOST_SLICE_VALUES} are allowed; "
            "slice by a category instead of a measurement"
        )
    return {_value_name(value): np.isnan(values) if np.isnan(value) else values == value for value in distinct}


def _value_name(value: float) -> str:
    if np.isnan(value):
        return "missing"
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def statistic(metric: str, labels: Vector, predictions: Vector) -> Statistic:
    """A metric as a function of how often each row occurs; with ones it equals compute_metrics."""
    if metric == "auc":
        return _auc(labels, predictions)
    errors = labels - predictions
    if metric == "error_std":
        return lambda weights: float(
            np.sqrt(np.average((errors - np.average(errors, weights=weights)) ** 2, weights=weights))
        )
    if metric in METRICS[REGRESSION]:
        return _mean(np.abs(errors)) if metric == "mae" else _root(_mean(errors**2))
    positive = (predictions > THRESHOLD).astype(np.float64)
    if metric in {"precision", "recall"}:
        return _share(positive * labels, positive if metric == "precision" else labels)
    if metric == "accuracy":
        return _mean((positive == labels).astype(np.float64))
    likely = np.clip(np.where(labels == 1, predictions, 1 - predictions), _SMALLEST_PROBABILITY, 1)
    return _mean(-np.log(likely))


def _mean(values: Vector) -> Callable[[Vector], float]:
    return lambda weights: float(weights @ values / weights.sum())


def _root(squares: Callable[[Vector], float]) -> Statistic:
    return lambda weights: float(np.sqrt(squares(weights)))


def _share(part: Vector, whole: Vector) -> Statistic:
    def compute(weights: Vector) -> "float | None":
        total = weights @ whole
        return float(weights @ part / total) if total else None

    return compute


def _auc(labels: Vector, predictions: Vector) -> Statistic:
    # The scores' order is the same in every resample: sorted once, a resample costs two passes (Mann-Whitney, exact).
    order = np.argsort(predictions, kind="stable")
    ranked, positive = predictions[order], labels[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])

    def compute(weights: Vector) -> "float | None":
        weights = weights[order]
        positives = np.add.reduceat(weights * positive, starts)
        negatives = np.add.reduceat(weights, starts) - positives
        pairs = positives.sum() * negatives.sum()
        if not pairs:
            return None
        below = np.cumsum(negatives) - negatives / 2
        return float(positives @ below / pairs)

    return compute


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


def compare(metric: str, labels: Vector, candidate: Vector, champion: Vector) -> "Difference | None":
    """Candidate minus champion on a metric; None when it is undefined on these rows."""
    ours, theirs = statistic(metric, labels, candidate), statistic(metric, labels, champion)
    everything = np.ones(len(labels))
    mine, other = ours(everything), theirs(everything)
    if mine is None or other is None:
        return None
    found = bootstrap(ours, theirs, len(labels), resamples=RESAMPLES, seed=SEED)
    low, high = np.quantile(found, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Difference(
        metric=metric,
        value=mine - other,
        interval=(float(low), float(high)),
        confidence=CONFIDENCE,
        resamples=len(found),
        undefined_resamples=RESAMPLES - len(found),
    )


def score(request: Request, labels: Vector, features: npt.NDArray[np.float64], predictions: Vector) -> dict[str, Any]:
    """Metrics of one model, over all rows and per slice."""
    slices: dict[str, Any] = {}
    for name in request.slices:
        slices[name] = {
            value: {
                "rows": int(chosen.sum()),
                "metrics": compute_metrics(labels[chosen], predictions[chosen], request.problem_type),
            }
            for value, chosen in slice_rows(features[:, request.features.index(name)], name).items()
        }
    return {"metrics": compute_metrics(labels, predictions, request.problem_type), "slices": slices}


def golden_answer(booster: xgb.Booster, request: Request) -> float:
    """What the model server answers to the golden request; its text has the digits of a 32-bit float.

    Raises:
        EvaluationError: the golden request is not one row of the features.
    """
    row = parse_csv(request.golden_request.encode(), source="golden_request")
    if row.shape != (1, len(request.features)):
        raise EvaluationError(f"golden_request must be one row of {len(request.features)} features, got {row.shape}")
    return float(predict(booster, row, request.problem_type)[0])


def evaluate(folder: Path) -> dict[str, Any]:
    """Evaluate what lies below the input folder; the result is the content of evaluation.json.

    Raises:
        EvaluationError: something there cannot be evaluated.
    """
    request = parse_request(_read_text(folder / "request" / "request.json"))
    labels, features = read_rows(folder / "test", request.features)
    check_labels(labels, features, request)
    candidate = load_model(folder / "candidate" / "model.tar.gz")
    check_features(candidate.num_features(), request.features, "the candidate")
    predictions = predict(candidate, features, request.problem_type)
    result: dict[str, Any] = {
        "problem_type": request.problem_type,
        "rows": len(labels),
        "candidate": score(request, labels, features, predictions),
        "champion": None,
        "champion_reason": None,
        "difference": None,
        "golden": {"request": request.golden_request, "answer": golden_answer(candidate, request)},
    }
    archive = folder / "champion" / "model.tar.gz"
    if not archive.exists():
        return result | {"champion_reason": "there is no champion"}
    champion = load_model(archive)
    if champion.num_features() != len(request.features):
        return result | {
            "champion_reason": f"not comparable: the champion takes {champion.num_features()} features, "
            f"the test rows have {len(request.features)}"
        }
    theirs = predict(champion, features, request.problem_type)
    difference = compare(request.metric, labels, predictions, theirs)
    return result | {
        "champion": score(request, labels, features, theirs),
        "difference": asdict(difference) if difference else None,
    }


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"cannot read {path.name}: {error}") from error


def report_failure(text: str, output: Path) -> None:
    """Write what went wrong to stderr and to the job's exit message, which has room for a kilobyte."""
    print(text, file=sys.stderr)  # noqa: T201  # the job's log
    message = output.resolve().parents[1] / "output" / "message"
    message.parent.mkdir(parents=True, exist_ok=True)
    message.write_bytes(text.encode()[:_MOST_MESSAGE_BYTES].decode(errors="ignore").encode())


def main() -> int:
    """Run the job; the exit code is 0, or 1 after a failure that is explained."""
    parser = argparse.ArgumentParser(description="Evaluate a candidate and its champion on held-out rows.")
    parser.add_argument("--input", type=Path, required=True, help="folder of the job's inputs")
    parser.add_argument("--output", type=Path, required=True, help="folder processing/output below /opt/ml")
    arguments = parser.parse_args()
    try:
        result = evaluate(arguments.input)
    except EvaluationError as error:
        report_failure(str(error), arguments.output)
        return 1
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "evaluation.json").write_text(json.dumps(result, indent=2, allow_nan=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
