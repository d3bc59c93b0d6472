"""Requests and answers: https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html and LL-in-formats.html."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from local_cloud.containers.sagemaker import mxnet_arrays, recordio
from local_cloud.containers.sagemaker.linear_learner import artifact, serve
from local_cloud.containers.sagemaker.linear_learner.artifact import Stored
from local_cloud.containers.sagemaker.programs import NoModelError, RefusedError
from local_cloud.containers.sagemaker.record_message import Record, Tensor
from local_cloud.testing.sagemaker.algorithms import records

CSV, JSON, LINES, RECORDIO = "text/csv", "application/json", "application/jsonlines", "application/x-recordio-protobuf"
# Twice the first feature, minus the second one, plus a half.
LINE = {"weights": np.array([[2.0], [-1.0]]), "bias": np.array([0.5])}
REGRESSOR = Stored(predictor="regressor", loss="squared_loss", threshold=0.0, **LINE)
THREE = Stored(
    predictor="multiclass_classifier",
    loss="softmax_loss",
    weights=np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    bias=np.zeros(3),
    threshold=0.0,
)
# 2.5 and 7.5 by the line.
ROWS = [[1.0, 0.0], [3.0, -1.0]]


def _binary(loss: str, threshold: float = 0.0) -> Stored:
    return Stored(predictor="binary_classifier", loss=loss, threshold=threshold, **LINE)


def _ask(tmp_path: Path, model: Stored, body: bytes, content_type: str = CSV, accept: str = "") -> bytes:
    artifact.save(tmp_path, model, told={})
    answer = serve.load(tmp_path).answer(body, content_type=content_type, accept=accept)
    assert answer.content_type == accept or (not accept.startswith("app") and answer.content_type == JSON)
    return answer.body


def _predictions(tmp_path: Path, model: Stored, body: bytes, content_type: str = CSV) -> Any:
    return json.loads(_ask(tmp_path, model, body, content_type))["predictions"]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (CSV, b"1,0\n3,-1"),
        (CSV, b"1.0, 0\r\n\r\n3e0,-1\n"),
        ("text/csv;label_size=0", b"1,0\n3,-1"),
        ("TEXT/CSV; charset=utf-8", b"1,0\n3,-1"),
        (JSON, b'{"instances": [{"features": [1, 0]}, {"features": [3, -1]}]}'),
        (JSON, b'{"instances": [{"data": {"features": {"values": [1, 0]}}}, {"features": {"values": [3, -1]}}]}'),
        (
            JSON,
            (
                b'{"instances": [{"data": {"features": {"keys": [0], "shape": [2], "values": [1]}}},'
                b' {"data": {"features": {"keys": [1, 0], "values": [-1, 3]}}}]}'
            ),
        ),
        (JSON, b'{"instances": [{"configuration": {}, "features": [1, 0]}, {"data": {"features": [3, -1]}}]}'),
        (LINES, b'{"features": [1, 0]}\n{"data": {"features": {"values": [3, -1]}}}\n'),
        (RECORDIO, records(ROWS)),
    ],
)
def test_every_documented_form_of_a_request_is_read(tmp_path: Path, content_type: str, body: bytes) -> None:
    assert _predictions(tmp_path, REGRESSOR, body, content_type) == [{"score": 2.5}, {"score": 7.5}]


def test_sparse_records_are_read(tmp_path: Path) -> None:
    stream, tensor = (
        io.BytesIO(),
        Tensor(values=np.array([3], dtype=np.float32), keys=np.array([0], dtype=np.uint64), shape=(2,)),
    )
    recordio.write(stream, [Record(features={"values": tensor}, label={})])
    assert _predictions(tmp_path, REGRESSOR, stream.getvalue(), RECORDIO) == [{"score": 6.5}]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (_binary("logistic"), [{"score": 1 / (1 + np.exp(-2.5)), "predicted_label": 1}] * 2),
        (_binary("logistic", threshold=3), [{"score": 1 / (1 + np.exp(-2.5)), "predicted_label": 0}] * 2),
        # A margin is no probability.
        (_binary("hinge_loss"), [{"score": 2.5, "predicted_label": 1}] * 2),
    ],
)
def test_a_binary_classifier_answers_with_score_and_label(tmp_path: Path, model: Stored, expected: Any) -> None:
    found = _predictions(tmp_path, model, b"1,0\n1,0")
    assert [row["score"] for row in found] == pytest.approx([row["score"] for row in expected], rel=1e-6)
    assert [row["predicted_label"] for row in found] == [row["predicted_label"] for row in expected]


def test_several_classes_have_a_score_each(tmp_path: Path) -> None:
    (found,) = _predictions(tmp_path, THREE, b"0.5,2")
    powers = np.exp([0, 0.5, 2])
    assert found["score"] == pytest.approx((powers / powers.sum()).tolist(), rel=1e-6)
    assert found["predicted_label"] == 2


def test_json_lines_are_one_answer_a_line(tmp_path: Path) -> None:
    assert _ask(tmp_path, REGRESSOR, b"1,0\n3,-1", accept=LINES) == b'{"score": 2.5}\n{"score": 7.5}\n'


def test_records_have_their_answer_as_label(tmp_path: Path) -> None:
    body = _ask(tmp_path, THREE, b"0.5,2", accept=RECORDIO)
    (record,) = recordio.read(io.BytesIO(body))
    assert len(record.label["score"].values) == 3
    assert record.label["score"].values.dtype == np.float32
    assert record.label["predicted_label"].values.tolist() == [2]


@pytest.mark.parametrize("accept", ["", "*/*", "application/json;verbose=true"])
def test_json_is_the_default(tmp_path: Path, accept: str) -> None:
    artifact.save(tmp_path, REGRESSOR, told={})
    assert serve.load(tmp_path).answer(b"1,0", content_type=CSV, accept=accept).content_type == JSON


@pytest.mark.parametrize(
    ("content_type", "body", "status", "said"),
    [
        (CSV, b"1", 400, "unable to evaluate payload provided: row 1 has 1 features, the model takes 2"),
        (CSV, b"1,0\n1", 400, "row 2 has 1 features"),
        (CSV, b"1,x", 400, "'x' is no number"),
        (CSV, b"1,", 400, "'' is no number"),
        (CSV, b"1,nan", 400, "row 1 has a value that is missing or infinite"),
        (CSV, b"", 400, "it has no row"),
        (CSV, b"\xff", 400, "can't decode"),
        ("text/csv;label_size=1", b"1,1,0", 400, "a request has no labels, got label_size=1"),
        (JSON, b"{", 400, "unable to evaluate payload provided"),
        (JSON, b"[[1, 0]]", 400, 'JSON must be {"instances"'),
        (JSON, b'{"instances": [[1, 0]]}', 400, "unable to evaluate payload provided"),
        (JSON, b'{"instances": [{"values": [1, 0]}]}', 400, "'features' is missing"),
        (JSON, b'{"instances": [{"features": {"keys": [2], "values": [1]}}]}', 400, "key 2 lies outside of the 2"),
        (JSON, b'{"instances": []}', 400, "it has no row"),
        (RECORDIO, b"1,0", 400, "unable to evaluate payload provided"),
        ("text/libsvm", b"0:1", 415, "content type 'text/libsvm' is not supported, choose text/csv,"),
        ("", b"1,0", 415, "content type '' is not supported"),
    ],
)
def test_what_is_no_request_is_refused(tmp_path: Path, content_type: str, body: bytes, status: int, said: str) -> None:
    with pytest.raises(RefusedError) as raised:
        _ask(tmp_path, REGRESSOR, body, content_type)
    assert raised.value.status == status
    assert said in str(raised.value)


def test_csv_is_no_form_of_an_answer(tmp_path: Path) -> None:
    with pytest.raises(
        RefusedError, match=r"accept type 'text/csv' is not supported, choose application/json"
    ) as raised:
        _ask(tmp_path, REGRESSOR, b"1,0", accept=CSV)
    assert raised.value.status == 406


def _zip(tmp_path: Path, **files: str) -> None:
    with zipfile.ZipFile(tmp_path / artifact.NAME, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoModelError, match="must hold model_algo-1 at its root"):
        serve.load(tmp_path)
    (tmp_path / artifact.NAME).write_bytes(b"no archive")
    with pytest.raises(NoModelError, match="model_algo-1 is no model of linear learner"):
        serve.load(tmp_path)
    _zip(tmp_path, **{"additional-params.json": "{}", "mx-mod-0000.params": ""})
    with pytest.raises(
        NoModelError, match="a model of AWS's container, which is not documented: train it in the local cloud"
    ):
        serve.load(tmp_path)
    parameters = {"predictor_type": "regressor", "loss": "squared_loss", "threshold": 0}
    weights = {"weights": [[1.0]], "bias": [1.0, 2.0]}
    _zip(tmp_path, **{"additional-params.json": json.dumps(parameters), "weights.json": json.dumps(weights)})
    with pytest.raises(NoModelError, match="weights and"):
        serve.load(tmp_path)


@pytest.mark.parametrize(
    ("model", "output"),
    [
        (REGRESSOR, "LinearRegressionOutput"),
        (_binary("logistic"), "LogisticRegressionOutput"),
        (_binary("hinge_loss"), "LinearRegressionOutput"),
        (THREE, "SoftmaxOutput"),
    ],
)
def test_mxnet_finds_the_coefficients(tmp_path: Path, model: Stored, output: str) -> None:
    artifact.save(tmp_path, model, told={})
    with zipfile.ZipFile(tmp_path / artifact.NAME) as archive:
        arrays = mxnet_arrays.load(archive.read("mx-mod-0000.params"))
        graph = json.loads(archive.read("mx-mod-symbol.json"))
    assert arrays["arg:fc0_weight"].tolist() == model.weights.T.tolist()
    assert arrays["arg:fc0_bias"].tolist() == model.bias.tolist()
    # As MXNet 1.9.1 writes mx.sym.SoftmaxOutput(mx.sym.FullyConnected(data, name="fc0", num_hidden=3), name="out").
    assert [(node["op"], node["name"]) for node in graph["nodes"]] == [
        ("null", "data"),
        ("null", "fc0_weight"),
        ("null", "fc0_bias"),
        ("FullyConnected", "fc0"),
        ("null", "out_label"),
        (output, "out"),
    ]
    assert graph["arg_nodes"] == [0, 1, 2, 4]
    assert graph["node_row_ptr"] == [0, 1, 2, 3, 4, 5, 6]
    assert graph["heads"] == [[5, 0, 0]]
