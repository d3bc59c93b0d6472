"""The training container says what is wrong with its data by file, line and column, as the job's FailureReason."""

import json
from pathlib import Path

import pytest
import xgboost as xgb

from local_cloud.containers.sagemaker import training
from local_cloud.containers.sagemaker.xgboost import serve, train

ROWS = "0,1,2\n1,2,3\n0,1,3\n1,2,2\n"


def _train(root: Path, rows: str, validation: str = ROWS, *, objective: str = "binary:logistic") -> str:
    """The reason of the failure; empty after a success."""
    for folder in ("input/config", "input/data/train", "input/data/validation", "model", "output"):
        (root / folder).mkdir(parents=True)
    parameters = {"num_round": "2", "objective": objective}
    (root / "input" / "config" / "hyperparameters.json").write_text(json.dumps(parameters))
    channels = {name: {"ContentType": "text/csv"} for name in ("train", "validation")}
    (root / "input" / "config" / "inputdataconfig.json").write_text(json.dumps(channels))
    (root / "input" / "data" / "train" / "part-0.csv").write_text(rows)
    (root / "input" / "data" / "validation" / "part-0.csv").write_text(validation)
    code = training.main(train.__name__, root)
    failure = root / "output" / "failure"
    assert (code == 1) == failure.exists()
    return failure.read_text() if failure.exists() else ""


def _model(root: Path) -> xgb.Booster:
    return serve.load(root / "model").booster


def test_good_data_is_trained_on(tmp_path: Path) -> None:
    assert _train(tmp_path, ROWS) == ""
    assert _model(tmp_path).num_features() == 2


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("0,1,2\n1,true,3\n", "part-0.csv line 2 column 2: 'true' is no number; write 1 or 0"),
        ('0,1,2\n\n1,2,"3"\n', "part-0.csv line 3 column 3: '\"3\"' is no number; write numbers without quotes"),
        ("y,a,b\n0,1,2\n", "part-0.csv line 1 column 1: 'y' is no number; write a number such as -1.5 or 2E-3, and"),
        ("0,1,2\n1,2,1e39\n", "part-0.csv line 2 column 3: '1e39' is no number; it has too many digits, or too large"),
        ("0,1,2\n1,2,inf\n", "part-0.csv line 2 column 3: 'inf' is no number; infinite numbers are not allowed"),
        ("0,1,2\n1,2\n", "part-0.csv line 2 has 2 columns, the first row has 3"),
        ("0\n1\n", "part-0.csv of channel train has one column, it needs a label and a feature"),
        ("0,1,2\n,2,3\n", "part-0.csv line 2 column 1: the label is missing; the first column must be the label"),
        ("0,,\n1,,\n", "no row of channel train has a value beside its label"),
        ("", "No data in training channel path /opt/ml/input/data/train"),
    ],
)
def test_bad_data_is_named_by_file_line_and_column(tmp_path: Path, rows: str, said: str) -> None:
    assert _train(tmp_path, rows).startswith(said)


def test_a_header_is_called_one(tmp_path: Path) -> None:
    assert _train(tmp_path, "y,a,b\n0,1,2\n").endswith("Is it a header? The container takes none")


@pytest.mark.parametrize(
    ("rows", "found", "guess"),
    [
        ("0,1,2\n3,5,3\n", "line 2 column 1 of channel train is 3", ""),
        ("7.5,2,1\n8,2,0\n", "line 1 column 1 of channel train is 7.5", " (only 0 and 1 stand in column 3)"),
    ],
)
def test_a_label_of_the_wrong_kind_is_named(tmp_path: Path, rows: str, found: str, guess: str) -> None:
    # XGBoost's own words: https://github.com/dmlc/xgboost/blob/v3.0.5/src/objective/regression_loss.h
    words = "label must be in [0,1] for logistic regression"
    assert _train(tmp_path, rows) == f"{words}: part-0.csv {found}; the first column must be the label{guess}"


def test_a_label_of_a_regression_is_any_number(tmp_path: Path) -> None:
    assert _train(tmp_path, "7.5,2,1\n-8,2,0\n", objective="reg:squarederror") == ""


def test_a_last_feature_without_any_value_is_not_seen(tmp_path: Path) -> None:
    # As AWS's container has it: XGBoost's reader counts the columns up to the last one with a value.
    assert _train(tmp_path, "0,1,\n1,2,\n", "0,1,\n1,2,\n") == ""
    assert _model(tmp_path).num_features() == 1


def test_a_last_feature_that_only_the_validation_has_does_not_fit(tmp_path: Path) -> None:
    assert "Number of columns does not match number of features in booster" in _train(tmp_path, "0,1,\n1,2,\n")
