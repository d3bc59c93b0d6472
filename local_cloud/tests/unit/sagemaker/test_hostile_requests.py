"""Whatever is sent to a served model, it is answered or refused with a reason, and the next request is answered."""

import contextlib
import http.client
import json
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import numpy as np
import pytest
import xgboost as xgb
from hypothesis import given, settings
from hypothesis import strategies as st

from local_cloud.containers.sagemaker.http_interface import Server
from local_cloud.containers.sagemaker.model_process import BrokenModelError, Worker, WorkerDiedError
from local_cloud.containers.sagemaker.multi_model_server import Models, MultiModelHandler
from local_cloud.containers.sagemaker.programs import Answer, RefusedError
from local_cloud.containers.sagemaker.workers import Workers
from local_cloud.containers.sagemaker.xgboost import serve
from local_cloud.containers.sagemaker.xgboost.cells import DataError
from local_cloud.services.sagemaker import invocations
from local_cloud.services.sagemaker.invocations import InvocationValidationError

pytestmark = pytest.mark.security("hostile input")
ROOM = 1 << 30
MODULE = serve.__name__
ROW = b"0.1,0.2"


def _trained() -> dict[str, Any]:
    values = np.linspace(0, 1, 100, dtype=np.float32).reshape(-1, 2)
    booster = xgb.train(
        {"objective": "binary:logistic", "max_depth": 2}, xgb.DMatrix(values, label=values[:, 0] > 0.5), 2
    )
    return dict(json.loads(bytes(booster.save_raw("json"))))


def _change_tree(**changed: Any) -> bytes:
    """A model whose first tree is not as it was."""
    model = _trained()
    tree = model["learner"]["gradient_booster"]["model"]["trees"][0]
    for name, value in changed.items():
        tree[name][0] = value
    return json.dumps(model).encode()


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a good model of two features."""
    folder = tmp_path_factory.mktemp("good")
    (folder / "xgboost-model").write_text(json.dumps(_trained()), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def booster(good: Path) -> xgb.Booster:
    return serve.load_booster(good / "xgboost-model")


@pytest.fixture(scope="module")
def container(good: Path, warm: None) -> Iterator[int]:
    """Port of a container that has loaded the good model."""
    workers = Workers(MODULE, memory_bytes=ROOM, shares=True)
    models = Models(workers, ROOM)
    models.load("good", good)
    server = Server(("127.0.0.1", 0), type("Bound", (MultiModelHandler,), {"models": models}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()
    workers.stop()


CELLS = st.one_of(
    st.floats(width=32).map(repr),
    st.sampled_from(
        ["", " ", "nan", "inf", "-inf", "1e39", "1_0", "0x1", "1;2", '"1"', "\0", "\ufeff1", "--1", "1,", "a"]
    ),
    st.text(max_size=5),
)
BODIES = st.one_of(
    st.text(max_size=60),
    st.lists(st.lists(CELLS, max_size=4).map(",".join), max_size=5).flatmap(
        lambda rows: st.sampled_from(["\n", "\r\n", "\r", "\x0b", "\u2028", ";"]).map(lambda end: end.join(rows))
    ),
)


@given(body=BODIES, content_type=st.sampled_from(["text/csv", "text/csv; charset=utf-8", "text/libsvm", "", "\x7f"]))
def test_any_request_is_answered_row_by_row_or_refused(booster: xgb.Booster, body: str, content_type: str) -> None:
    with contextlib.suppress(DataError):
        answers = serve.predict(booster, body, content_type)
        # The container strips the body: an empty first or last row is none.
        assert len(answers) == body.strip(" \t\n\r\x0b\x0c").count("\n") + 1
        assert all(0 <= answer <= 1 for answer in answers)


def _ask(port: int, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    with contextlib.closing(connection):
        connection.request("POST", "/models/good/invoke", body, {"Content-Type": "text/csv", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read()


@given(st.binary(max_size=100))
def test_any_bytes_are_answered_by_the_container(container: int, body: bytes) -> None:
    status, said = _ask(container, body)
    assert status in {200, 503}
    assert said


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"\xff\xfe0.1,0.2", b"cannot read the request as numeric csv: 'utf-8' codec"),
        (b"0.1,0.2\0", b"cannot read the request as numeric csv"),
        (b"0.1,0.2\n\n0.3,0.4", b"the model takes 2 features, got 0 in row 2"),
        (b"0.1,0.2\n0.3", b"the model takes 2 features, got 1 in row 2"),
        (b",".join([b"1"] * 100_000), b"the model takes 2 features, got 100000 in row 1"),
        (b"0.1,inf", b"row 1 column 2: 'inf' is infinite"),
        (b"\n", b"the request has no rows"),
    ],
)
def test_a_wrong_body_is_refused_with_what_is_wrong(container: int, body: bytes, said: bytes) -> None:
    status, answer = _ask(container, body)
    assert status == 503
    assert said in answer
    assert _ask(container, b"0.1,0.2")[0] == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"\0\0\0\0\r\n\r\n",
        b"POST /models/good/invoke HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST /models/good/invoke HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /models HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /models HTTP/1.1\r\nContent-Length: 1\r\n\r\n{",
        b"GET /models/" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"BREW /ping HTTP/9.9\r\n\r\n",
        b"GET /ping HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n",
    ],
)
def test_what_is_no_request_of_ours_does_not_stop_the_container(container: int, raw: bytes) -> None:
    with socket.create_connection(("127.0.0.1", container), timeout=600) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while connection.recv(1 << 16):
                pass
    assert _ask(container, b"0.1,0.2")[0] == 200


def _answer(workers: Workers, name: str) -> Answer:
    return workers.answer(name, ROW, content_type="text/csv", accept="application/json")


@pytest.fixture
def workers(warm: None) -> Iterator[Workers]:
    made = Workers(MODULE, memory_bytes=ROOM, shares=True, count=1)
    yield made
    made.stop()


def test_a_model_that_crashes_is_a_server_error_and_the_others_go_on(
    workers: Workers, tmp_path: Path, good: Path
) -> None:
    # A child that lies far outside of the tree.
    (tmp_path / "xgboost-model").write_bytes(_change_tree(left_children=10**8))
    workers.load("good", good)
    workers.load("bad", tmp_path)
    for _ in range(2):
        with pytest.raises(WorkerDiedError, match="the model ended its process, exit code -"):
            _answer(workers, "bad")
        assert len(json.loads(_answer(workers, "good").body)) == 1


def test_a_model_that_hangs_is_stopped(warm: None, tmp_path: Path) -> None:
    # A root that is its own child.
    (tmp_path / "xgboost-model").write_bytes(_change_tree(left_children=0))
    worker = Worker(MODULE, memory_bytes=ROOM, is_own=True)
    worker.load("bad", tmp_path)
    worker._seconds = 0.5
    with pytest.raises(WorkerDiedError, match=r"did not answer within 0\.5 seconds and was stopped"):
        worker.answer("bad", ROW, content_type="text/csv", accept="")
    assert not worker.is_running()


# Each of them is a process.
@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=4)), min_size=1, max_size=3))
def test_a_damaged_model_serves_or_is_refused_or_ends_only_its_own_process(
    warm: None, tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, bytes]]
) -> None:
    data = bytearray(json.dumps(_TRAINED).encode())
    for place, new in changes:
        start = place % len(data)
        data[start : start + len(new)] = new
    folder = tmp_path_factory.getbasetemp() / "damaged-model"
    folder.mkdir(exist_ok=True)
    (folder / "xgboost-model").write_bytes(data)
    with contextlib.suppress(BrokenModelError, WorkerDiedError, RefusedError):
        worker = Worker(MODULE, memory_bytes=ROOM, is_own=True)
        try:
            worker.load("damaged", folder)
            answer, _ = worker.answer("damaged", ROW, content_type="text/csv", accept="")
            assert len(json.loads(answer.body)) >= 1
        finally:
            worker.stop()


_TRAINED = _trained()
_SERVICE = botocore.session.get_session().get_service_model("sagemaker-runtime")
_INPUT: Any = _SERVICE.operation_model("InvokeEndpoint").input_shape
_MEMBERS = list(_INPUT.members.values())
_NAMES = sorted(invocations._HEADERS)


@given(st.dictionaries(st.sampled_from(_NAMES), st.text(max_size=80), max_size=4))
def test_headers_are_judged_as_the_service_model_does(headers: dict[str, str]) -> None:
    """Against botocore's own constraints, written in Java's regular expressions."""
    allowed = True
    for shape in _MEMBERS:
        value = headers.get(shape.serialization.get("name"))
        if value:
            pattern = (
                shape.metadata["pattern"].replace(r"\p{ASCII}", r"[\x00-\x7f]").replace(r"\p{Print}", r"\x20-\x7e")
            )
            fits = re.fullmatch(pattern.replace(r"\z", r"\Z"), value, re.ASCII)
            allowed = allowed and fits is not None and len(value) <= shape.metadata["max"]
    if allowed:
        invocations.check_headers(headers)
    else:
        with pytest.raises(InvocationValidationError, match="1 validation error detected"):
            invocations.check_headers(headers)
