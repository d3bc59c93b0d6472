"""The container of one model: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html"""

import contextlib
import http.client
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local_cloud.containers.sagemaker import inference_toolkit
from local_cloud.containers.sagemaker.http_interface import Server
from local_cloud.containers.sagemaker.model_process import WorkerDiedError
from local_cloud.containers.sagemaker.single_model_server import SingleModel, SingleModelHandler
from local_cloud.containers.sagemaker.workers import Workers
from local_cloud.testing.waiting import until


@pytest.fixture
def workers(warm: None) -> Iterator[Workers]:
    made = Workers("obedient", memory_bytes=1 << 30, shares=False)
    yield made
    made.stop()


def _model(workers: Workers, folder: Path, do: str = "nothing", *, count: int = 1, seconds: float = 600) -> SingleModel:
    (folder / "orders.json").write_text(json.dumps({"do": do}), encoding="utf-8")
    return SingleModel(workers, folder, count=count, seconds=seconds)


def _pid(model: SingleModel, order: str = "nothing") -> int:
    return int(json.loads(model.answer(order.encode(), content_type="", accept="").body)["pid"])


def test_a_container_is_healthy_once_its_model_is_loaded(workers: Workers, tmp_path: Path) -> None:
    model = _model(workers, tmp_path)
    server = Server(("127.0.0.1", 0), type("Bound", (SingleModelHandler,), {"model": model}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def ask(method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=600)
        with contextlib.closing(connection):
            connection.request(method, path, body, {"Content-Type": "text/csv", "Accept": "text/x-any"})
            answer = connection.getresponse()
            return answer.status, answer.read()

    try:
        assert ask("GET", "/ping") == (503, b"the model is being loaded")
        assert ask("POST", "/invocations")[0] == 500
        model.load()
        assert ask("GET", "/ping") == (200, b"")
        status, body = ask("POST", "/invocations", b"nothing")
        assert (status, json.loads(body)["accept"]) == (200, "text/x-any")
        assert [ask("GET", "/models")[0], ask("POST", "/models")[0], ask("DELETE", "/ping")[0]] == [404] * 3
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_artifact_that_is_no_model_is_told(workers: Workers, tmp_path: Path) -> None:
    model = _model(workers, tmp_path, "raise no such thing")
    model.load()
    assert (model.status, model.reason) == (500, "ValueError: no such thing")


def test_a_model_that_crashed_is_loaded_again(workers: Workers, tmp_path: Path) -> None:
    model = _model(workers, tmp_path)
    model.load()
    before = _pid(model)
    with pytest.raises(WorkerDiedError):
        _pid(model, "abort")
    assert _pid(model) != before


def test_processes_answer_side_by_side(workers: Workers, tmp_path: Path) -> None:
    model = _model(workers, tmp_path, count=2, seconds=0.2)
    model.load()
    orders = [tmp_path / "first", tmp_path / "second"]
    with ThreadPoolExecutor() as threads:
        answers = [threads.submit(_pid, model, f"await {order}") for order in orders]
        for order in orders:
            until(order.with_suffix(".waits").exists)
        with pytest.raises(WorkerDiedError, match=r"other requests that take more than 0\.2 seconds"):
            _pid(model)
        for order in orders:
            order.touch()
        assert len({answer.result(600) for answer in answers}) == 2


def test_a_container_is_told_by_its_variables_how_it_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    # https://github.com/aws/sagemaker-inference-toolkit/blob/master/src/sagemaker_inference/environment.py
    assert [inference_toolkit.wanted(accept) for accept in ("", "*/*", "text/csv")] == [
        "application/json",
        "application/json",
        "text/csv",
    ]
    assert (inference_toolkit.processes(), inference_toolkit.answer_seconds()) == (1, 55)
    monkeypatch.setenv("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "application/x-npy")
    monkeypatch.setenv("SAGEMAKER_MODEL_SERVER_WORKERS", "3")
    monkeypatch.setenv("SAGEMAKER_MODEL_SERVER_TIMEOUT", "10")
    assert inference_toolkit.wanted("*/*") == "application/x-npy"
    assert (inference_toolkit.processes(), inference_toolkit.answer_seconds()) == (3, 10)
    # SageMaker gives a container a minute, whatever it gives itself.
    monkeypatch.setenv("SAGEMAKER_MODEL_SERVER_TIMEOUT", "3600")
    assert inference_toolkit.answer_seconds() == 55
    monkeypatch.setenv("SAGEMAKER_MODEL_SERVER_WORKERS", "0")
    with pytest.raises(ValueError, match="SAGEMAKER_MODEL_SERVER_WORKERS must be at least 1, got 0"):
        inference_toolkit.processes()
