"""The evaluation job as SageMaker runs it: a process with folders of inputs and one of outputs."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as skm

import evaluation_job
from evaluation_job import request as requests
from evaluation_job import xgboost_model
from evaluation_job.cells import parse_csv
from evaluation_job.errors import EvaluationError
from evaluation_job.evaluate import evaluate
from evaluation_job.held_out import HeldOut
from evaluation_job.metrics import METRICS
from local_cloud.testing.sagemaker import containers
from tests.unit.training_src.archives import save, train
from tests.unit.training_src.requests import ARTIFACT

# As the processing job gets it: the folder as a .zip, which Python runs.
FOLDER = Path(evaluation_job.__file__).parents[1]
FEATURES = ["distance", "carrier_code"]


def rows(count: int = 400, *, seed: int = 1) -> tuple[Any, Any]:
    generator = np.random.default_rng(seed)
    features = np.c_[generator.normal(size=count).round(3), generator.integers(0, 3, count)]
    return features, features[:, 0] * 2 + features[:, 1] + generator.normal(size=count)


def request(**changes: Any) -> dict[str, Any]:
    return {
        "problem_type": "binary_classification",
        "metric": "auc",
        "features": FEATURES,
        "slices": ["carrier_code"],
        "golden_request": "0.5,2",
        "artifact": ARTIFACT,
        "answers": None,
    } | changes


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("code")
    return Path(shutil.make_archive(str(folder / "evaluation"), "zip", FOLDER))


def write_request(root: Path, content: dict[str, Any]) -> None:
    folder = root / "processing" / "input" / "request"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "request.json").write_text(json.dumps(content))


def write_test(root: Path, labels: Any, features: Any) -> None:
    folder = root / "processing" / "input" / "test"
    folder.mkdir(parents=True)
    lines = [",".join(f"{value:.17g}" for value in row) for row in np.c_[labels, features]]
    half = len(lines) // 2
    (folder / "part-00000.csv").write_text("\n".join(lines[:half]) + "\n")
    (folder / "part-00001.csv").write_text("\n".join(lines[half:]) + "\n")


def run(root: Path) -> dict[str, Any]:
    found = evaluate(root / "processing" / "input")
    return dict(json.loads(json.dumps(found, allow_nan=False)))


def test_classifier_against_its_champion(tmp_path: Path, script: Path) -> None:
    features, target = rows()
    labels = (target > 1).astype(float)
    models = {
        "candidate": train(features, labels, objective="binary:logistic", rounds=20),
        "champion": train(features, labels, objective="binary:logistic", rounds=1),
    }
    for name, model in models.items():
        save(model, tmp_path / "processing" / "input" / name)
    features, target = rows(seed=2)
    labels = (target > 1).astype(float)
    write_request(tmp_path, request())
    write_test(tmp_path, labels, features)
    output = tmp_path / "processing" / "output"
    subprocess.run([sys.executable, script, "--input", output.with_name("input"), "--output", output], check=True)
    found = json.loads((output / "evaluation.json").read_text())
    assert found["rows"] == 400
    assert found["champion_reason"] is None
    scores = {}
    for name, model in models.items():
        scores[name] = model.inplace_predict(features)
        assert found[name]["metrics"]["auc"] == pytest.approx(skm.roc_auc_score(labels, scores[name]))
        assert list(found[name]["slices"]["carrier_code"]) == ["0", "1", "2"]
        of_two = features[:, 1] == 2
        assert found[name]["slices"]["carrier_code"]["2"]["rows"] == of_two.sum()
        assert found[name]["slices"]["carrier_code"]["2"]["metrics"]["accuracy"] == pytest.approx(
            skm.accuracy_score(labels[of_two], scores[name][of_two] > 0.5)
        )
    expected = skm.roc_auc_score(labels, scores["candidate"]) - skm.roc_auc_score(labels, scores["champion"])
    assert found["difference"]["value"] == pytest.approx(expected)
    assert found["difference"]["interval"][0] < expected < found["difference"]["interval"][1]
    served = containers.predict(models["candidate"], "0.5,2", "text/csv")
    assert found["golden"] == {"request": "0.5,2", "answer": served[0]}


def test_first_version_of_a_regression(tmp_path: Path) -> None:
    features, target = rows()
    model = train(features, target, objective="reg:squarederror")
    save(model, tmp_path / "processing" / "input" / "candidate")
    write_request(tmp_path, request(problem_type="regression", metric="rmse", slices=[]))
    write_test(tmp_path, target, features)
    found = run(tmp_path)
    errors = target - model.inplace_predict(features)
    assert found["candidate"] == {
        "metrics": {
            "mae": pytest.approx(np.abs(errors).mean()),
            "rmse": pytest.approx(np.sqrt((errors**2).mean())),
            "error_std": pytest.approx(errors.std()),
        },
        "slices": {},
    }
    assert (found["champion"], found["difference"]) == (None, None)
    assert found["champion_reason"] == "there is no champion"


def regression(root: Path) -> None:
    features, target = rows(50)
    save(train(features, target, objective="reg:squarederror"), root / "processing" / "input" / "candidate")
    write_request(root, request(problem_type="regression", metric="rmse"))
    write_test(root, target, features)


def test_champion_with_other_features_is_not_comparable(tmp_path: Path) -> None:
    regression(tmp_path)
    features, target = rows(50)
    other = train(features[:, :1], target, objective="reg:squarederror")
    save(other, tmp_path / "processing" / "input" / "champion")
    found = run(tmp_path)
    assert (found["champion"], found["difference"]) == (None, None)
    assert found["champion_reason"] == "not comparable: the champion takes 1 features, the test rows have 2"
    assert found["candidate"]["metrics"]["rmse"] > 0


def test_candidate_with_other_features_is_an_error(tmp_path: Path) -> None:
    regression(tmp_path)
    features, target = rows(50)
    other = train(features[:, :1], target, objective="reg:squarederror")
    save(other, tmp_path / "processing" / "input" / "candidate")
    with pytest.raises(EvaluationError, match="the candidate takes 1 features, the test rows have 2; if no row"):
        run(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"problem_type": "ranking"}, "text_classification, got 'ranking'"),
        (
            {"metric": "rmse"},
            "metric of binary_classification must be one of accuracy, auc, precision, recall, log_loss, got 'rmse'",
        ),
        ({"slices": ["origin"]}, "slices must be features, got origin; there are distance, carrier_code"),
        ({"features": ["distance", "distance"]}, "features must be at least one name, each once, got"),
        ({"features": "distance"}, "features of request.json must be a list of names, got 'distance'"),
        ({"golden_request": 3}, "golden_request of request.json must be text, got 3"),
        ({"extra": 3}, "slices, golden_request, artifact, answers, got answers, artifact, extra, features"),
        ({"artifact": None}, "must have either an artifact or answers, and null for the other"),
        ({"artifact": {"file": "a"}}, "artifact of request.json must say what an archive holds, got {'file': 'a'}"),
        ({"artifact": None, "answers": {}}, "answers of request.json must say how they are read, got {}"),
    ],
)
def test_bad_request_is_explained(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(EvaluationError) as refused:
        requests.parse(json.dumps(request(**changes)))
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"1,2\n3\n", "x line 2 has 1 columns, the first row has 2"),
        (b"1,2\n\n3,4,5\n", "x line 3 has 3 columns, the first row has 2"),
        (b"label,a\n1,2\n", "x line 1 column 1: 'label' is no number; .*; the first line must be data, not names"),
        (b"1,2\n3,true\n", "x line 2 column 2: 'true' is no number; the ETL job must write numbers"),
        (b"1,2\n1,\xff\n", "x line 2: the byte 0xff is no UTF-8"),
        (b"1,2\n1,2\n1,3.5e38", "x line 3 column 2: the number is too large for 32 bits"),
        (b"\n", "x line 1 is empty; the first line must be data"),
        (b"", "x line 1 is empty; the first line must be data"),
    ],
)
def test_bad_rows_are_explained(data: bytes, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        parse_csv(data, source="x")


@pytest.mark.parametrize(
    ("problem_type", "rows", "message"),
    [
        ("binary_classification", "2,1,2\n1,1,2\n", "must be 0 or 1, got 2 in 1 of 2 rows; the first column must be"),
        ("binary_classification", "7,1,2\n3,0,2\n", "the label; only 0 and 1 stand under distance$"),
        ("regression", "1,1,2\n,1,2\n", "labels of the test rows must be numbers, 1 of 2 are missing"),
        ("regression", "1,1,1,2\n", r"test rows must have a label and 2 features, part-0\.csv has 4 columns"),
        ("regression", "", "no test rows in test/"),
    ],
)
def test_rows_that_do_not_fit_are_refused(tmp_path: Path, problem_type: str, rows: str, message: str) -> None:
    folder = tmp_path / "processing" / "input" / "test"
    folder.mkdir(parents=True)
    (folder / "part-0.csv").write_text(rows)
    write_request(tmp_path, request(problem_type=problem_type, metric=METRICS[problem_type][0]))
    with pytest.raises(EvaluationError, match=message):
        run(tmp_path)


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        ("binary:logitraw", "needs probabilities; train with the objective binary:logistic"),
        ("multi:softprob", r"the model answers \(2,\) numbers a row, one is needed"),
    ],
)
def test_objective_that_does_not_fit_is_refused(objective: str, message: str) -> None:
    import xgboost as xgb

    features, target = rows(50)
    parameters = {"objective": objective, "nthread": 1} | ({"num_class": 2} if objective.startswith("multi") else {})
    model = xgb.train(parameters, xgb.DMatrix(features, label=target > 1), num_boost_round=5)
    with pytest.raises(EvaluationError, match=message):
        xgboost_model.score(model, HeldOut(labels=target > 1, features=features, rows={}), "binary_classification")


def test_infinite_feature_is_explained() -> None:
    features, target = rows(50)
    model = train(features, target, objective="reg:squarederror")
    with pytest.raises(EvaluationError, match=r"the model cannot score these rows: .*inf"):
        xgboost_model.predict(model, np.array([[np.inf, 1.0]]))


def test_failed_job_says_why_in_its_exit_message(tmp_path: Path, script: Path) -> None:
    write_request(tmp_path, request(slices=["ä" * 2000]))
    output = tmp_path / "processing" / "output"
    done = subprocess.run(
        [sys.executable, script, "--input", output.with_name("input"), "--output", output],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("slices must be features, got ää")
    message = (tmp_path / "output" / "message").read_bytes()
    assert 1022 < len(message) <= 1024
    assert done.stderr.startswith(message.decode())
    assert not (output / "evaluation.json").exists()


def test_the_job_runs_in_the_oldest_image() -> None:
    """Python 3.8 and the images' packages; nothing of this repository."""
    nodes = [
        node
        for path in FOLDER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(), feature_version=(3, 8)))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    modules = {
        alias.name if isinstance(node, ast.Import) else str(node.module) for node in nodes for alias in node.names
    }
    found = {name.split(".")[0] for name in modules} - set(sys.stdlib_module_names)
    assert found == {"evaluation_job", "numpy", "sklearn", "xgboost"}


@pytest.mark.parametrize("objective", ["multi:softprob", "multi:softmax"])
def test_several_classes(tmp_path: Path, objective: str) -> None:
    import xgboost as xgb

    features, target = rows()
    labels = np.digitize(target, [0, 2]).astype(float)
    parameters = {"objective": objective, "num_class": 3, "nthread": 1}
    model = xgb.train(parameters, xgb.DMatrix(features, label=labels), num_boost_round=5)
    save(model, tmp_path / "processing" / "input" / "candidate")
    write_request(tmp_path, request(problem_type="multiclass_classification", metric="macro_f1", slices=[]))
    write_test(tmp_path, labels, features)
    found = run(tmp_path)
    said = model.inplace_predict(features)
    answered = said.argmax(axis=1) if said.ndim > 1 else said
    assert found["candidate"]["metrics"]["macro_f1"] == pytest.approx(skm.f1_score(labels, answered, average="macro"))
    assert (found["candidate"]["metrics"]["log_loss"] is None) == (said.ndim == 1)
    served = containers.predict(model, "0.5,2", "text/csv")
    assert found["golden"]["answer"] == served[0]


def test_a_label_that_the_model_was_not_told_of_is_refused(tmp_path: Path) -> None:
    import xgboost as xgb

    features, target = rows()
    labels = np.digitize(target, [0, 2]).astype(float)
    model = xgb.train({"objective": "multi:softprob", "num_class": 3}, xgb.DMatrix(features, label=labels), 1)
    save(model, tmp_path / "processing" / "input" / "candidate")
    write_request(tmp_path, request(problem_type="multiclass_classification", metric="macro_f1", slices=[]))
    write_test(tmp_path, labels + 1, features)
    with pytest.raises(EvaluationError, match="must be whole numbers from 0 to 2, as the model has been told by num_"):
        run(tmp_path)
