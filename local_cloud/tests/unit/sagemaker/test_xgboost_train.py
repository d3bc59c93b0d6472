"""The training container says what is wrong with its data by file, line and column, as the job's FailureReason."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from local_cloud.containers.sagemaker import training
from local_cloud.containers.sagemaker.xgboost import serve, train
from local_cloud.containers.sagemaker.xgboost.cells import Matrix

ROWS = "0,1,2\n1,2,3\n0,1,3\n1,2,2\n"


def _train(
    root: Path,
    rows: str,
    validation: str = ROWS,
    *,
    objective: str = "binary:logistic",
    content_type: str = "text/csv",
    **hyperparameters: str,
) -> str:
    """The reason of the failure; empty after a success."""
    for folder in ("input/config", "input/data/train", "input/data/validation", "model", "output"):
        (root / folder).mkdir(parents=True)
    parameters = {"num_round": "2", "objective": objective, **hyperparameters}
    (root / "input" / "config" / "hyperparameters.json").write_text(json.dumps(parameters))
    channels = {name: {"ContentType": content_type} for name in ("train", "validation")}
    (root / "input" / "config" / "inputdataconfig.json").write_text(json.dumps(channels))
    (root / "input" / "data" / "train" / "part-0.csv").write_text(rows)
    (root / "input" / "data" / "validation" / "part-0.csv").write_text(validation)
    code = training.main(train.__name__, root)
    failure = root / "output" / "failure"
    assert (code == 1) == failure.exists()
    return failure.read_text() if failure.exists() else ""


def _model(root: Path) -> xgb.Booster:
    return serve.load_booster(root / "model" / "xgboost-model")


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


# Two classes that overlap: what rows tell of each other does not hold for others.
MANY = "".join(f"{row * 13 % 7 % 2},{row % 5 + 1},{row},{row * 29 % 31}\n" for row in range(60))
OTHERS = "".join(f"{row * 11 % 5 % 2},1,{row},{row * 29 % 31}\n" for row in range(60))


def _table(rows: str) -> Matrix:
    return np.array([line.split(",") for line in rows.split()], dtype=np.float64)


def test_a_weight_is_no_feature(tmp_path: Path) -> None:
    assert _train(tmp_path, MANY, MANY, csv_weights="1") == ""
    table = _table(MANY)
    expected = xgb.train(
        {"objective": "binary:logistic"}, xgb.DMatrix(table[:, 2:], label=table[:, 0], weight=table[:, 1]), 2
    )
    assert _model(tmp_path).get_dump() == expected.get_dump()


@pytest.mark.parametrize(
    ("metrics", "rounds"),
    [
        ({"eval_metric": "logloss"}, None),
        # Of several metrics the last one named counts, and that of a tuning job before all.
        ({"eval_metric": "auc,logloss"}, None),
        ({"eval_metric": "auc", "_tuning_objective_metric": "validation:logloss"}, None),
        # Nothing to go by.
        ({}, 20),
    ],
)
def test_early_stopping_leaves_the_best_round(tmp_path: Path, metrics: dict[str, str], rounds: int | None) -> None:
    assert _train(tmp_path, MANY, OTHERS, num_round="20", early_stopping_rounds="3", **metrics) == ""
    train_rows, other_rows = (xgb.DMatrix(table[:, 1:], label=table[:, 0]) for table in map(_table, (MANY, OTHERS)))
    log: dict[str, dict[str, list[float]]] = {}
    settings = {"objective": "binary:logistic", "eval_metric": "logloss"}
    xgb.train(settings, train_rows, 20, evals=[(other_rows, "o")], evals_result=log, verbose_eval=False)
    best = int(np.argmin(log["o"]["logloss"][:20])) + 1
    assert 1 <= best < 17
    assert _model(tmp_path).num_boosted_rounds() == (rounds or best)


def test_metrics_of_the_container_alone_leave_xgboosts_default(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _train(tmp_path, MANY, OTHERS, num_round="1", eval_metric="f1") == ""
    names = [part.rpartition(":")[0] for part in capsys.readouterr().out.strip().split("#011")[1:]]
    assert names == ["train-logloss", "train-f1", "validation-logloss", "validation-f1"]


def test_a_model_is_left_after_each_round_only_if_it_is_asked_for(tmp_path: Path) -> None:
    for asked in ("true", "false"):
        root = tmp_path / asked
        # The metric fails in the first round, after which nothing else is saved.
        said = _train(root, "0.5,1\n1.5,2\n", "0.5,1\n1.5,2\n", objective="reg:squarederror", eval_metric="accuracy",
                      save_model_on_termination=asked)  # fmt: skip
        assert "Classification metrics can't handle a mix of continuous and binary targets" in said
        assert not (root / "model" / "xgboost-model").exists()
    assert _train(tmp_path / "good", MANY, MANY, save_model_on_termination="true") == ""
    assert _model(tmp_path / "good").num_boosted_rounds() == 2


def test_the_probabilities_of_all_classes_are_answered_by_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGEMAKER_MULTI_MODEL", "true")
    assert _train(tmp_path, MANY, MANY, objective="multi:softprob", num_class="2") == ""
    answer = serve.load(tmp_path / "model").answer(b"1,2,3\n4,5,6", content_type="text/csv", accept="application/json")
    rows = json.loads(answer.body)
    assert [len(row) for row in rows] == [2, 2]
    assert [sum(row) for row in rows] == pytest.approx([1, 1])


def test_files_of_a_channel_have_one_delimiter(tmp_path: Path) -> None:
    _train(tmp_path, ROWS)
    (tmp_path / "input" / "data" / "train" / "part-1.csv").write_text(ROWS.replace(",", ";"))
    training.main(train.__name__, tmp_path)
    said = (tmp_path / "output" / "failure").read_text()
    assert said.startswith(
        "files differ in what stands between their cells: ',' in part-0.csv of channel train, ';' in"
    )


def test_libsvm_of_several_files_is_one_channel(tmp_path: Path) -> None:
    rows = "0 0:1 1:2\n1 0:2 1:3"
    assert _train(tmp_path, rows, rows, content_type="text/libsvm") == ""
    (tmp_path / "input" / "data" / "train" / "part-1").write_text("1 2:7\n0 1:2 2:8\n1 2:7 # the last\n")
    assert training.main(train.__name__, tmp_path) == 0
    assert _model(tmp_path).num_features() == 3


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("0 0:1 1:2\n1:2 0:2 1:3\n", "either all rows have a weight, or a group, or none has"),
        ("0 0:1 1:2\n1 0:2 1\n", "part-0.csv line 2 of channel train: '1 0:2 1' is not 'LIBSVM' format"),
        ("0 0:1 1:2\n1 0:9e38\n", "part-0.csv line 2 of channel train: '1 0:9e38' is not 'LIBSVM' format"),
        ("0\n1\n", "no row of channel train has a value beside its label"),
        ("", "No data in training channel path"),
    ],
)
def test_libsvm_that_xgboost_would_read_as_something_else(tmp_path: Path, rows: str, said: str) -> None:
    assert said in _train(tmp_path, rows, "0 0:1\n", content_type="text/libsvm")


def test_parquet_needs_what_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "install pyarrow beside the local cloud" in _train(tmp_path, ROWS, content_type="application/x-parquet")
