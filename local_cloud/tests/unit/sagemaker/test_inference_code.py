"""Users' functions and the images' own: which are called, with what, and what becomes of their answers.

Expected values are those of AWS's toolkits; numpy is this machine's.
"""

import importlib
import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from local_cloud.containers.sagemaker import inference_code, inference_formats, recordio
from local_cloud.containers.sagemaker.huggingface import serve as huggingface
from local_cloud.containers.sagemaker.inference_code import Functions
from local_cloud.containers.sagemaker.inference_formats import UnsupportedFormatError
from local_cloud.containers.sagemaker.programs import Answer, NoModelError, RefusedError
from local_cloud.containers.sagemaker.pytorch import serve as pytorch
from local_cloud.containers.sagemaker.sklearn import serve as sklearn
from local_cloud.containers.sagemaker.xgboost import serve as xgboost

Artifact = Callable[..., Path]
ECHO = """
def model_fn(model_dir): return "model"
def input_fn(body, content_type): return [type(body).__name__, body if isinstance(body, str) else body.decode(), content_type]
def predict_fn(data, model): return {"data": data, "model": model}
def output_fn(prediction, accept): return prediction | {"accept": accept}
"""


def _records() -> bytes:
    stream = io.BytesIO()
    recordio.write(stream, recordio.records_of(np.array([[1.0, 2.0], [3.0, 4.0]])))
    return stream.getvalue()


RECORDS = _records()


@pytest.fixture
def artifact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Artifact]:
    """Makes the folder of an artifact from files; modules that come from it are forgotten."""
    monkeypatch.setattr(sys, "path", sys.path.copy())
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for name in ("SAGEMAKER_PROGRAM", "SAGEMAKER_MULTI_MODEL", "HF_TASK", "HF_MODEL_ID"):
        monkeypatch.delenv(name, raising=False)

    def make(**files: str) -> Path:
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_py", ".py").replace("_json", ".json")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        importlib.invalidate_caches()
        return tmp_path

    before = set(sys.modules)
    yield make
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(tmp_path) in str(sys.modules[name].__file__):
            del sys.modules[name]


def _asked(model: Any, body: bytes = b"[1]", **changes: str) -> Answer:
    found: Answer = model.answer(body, **{"content_type": "application/json", "accept": ""} | changes)
    return found


def _refusal(model: Any, **changes: Any) -> tuple[int, str]:
    with pytest.raises(RefusedError) as refused:
        _asked(model, **changes)
    return refused.value.status, str(refused.value)


def test_the_four_functions_are_called_in_turn(artifact: Artifact) -> None:
    model = pytorch.load(artifact(code__inference_py=ECHO))
    found = _asked(model)
    assert found.content_type == "application/json"
    assert json.loads(found.body) == {
        "data": ["str", "[1]", "application/json"],
        "model": "model",
        "accept": "application/json",
    }
    # Only JSON and CSV are texts.
    raw = _asked(model, content_type="text/plain", accept="text/csv")
    assert json.loads(raw.body)["data"] == ["bytes", "[1]", "text/plain"]
    assert raw.content_type == "text/csv"


def test_what_is_answered_without_being_said_is_the_containers(
    artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "text/csv")
    model = pytorch.load(artifact(code__inference_py=ECHO))
    assert _asked(model, accept="*/*").content_type == "text/csv"
    assert _asked(model, accept="a/b").content_type == "a/b"


def test_a_function_may_take_the_context(artifact: Artifact) -> None:
    code = """
def pre_model_fn(model_dir): open(model_dir + "/before", "w").close()
def model_fn(model_dir, context): return context.system_properties["model_dir"] == model_dir
def model_warmup_fn(model_dir, model): assert model
def transform_fn(model, body, content_type, accept, context):
    return context.get_request_header(0, "Content-Type"), "text/plain"
"""
    folder = artifact(code__inference_py=code)
    assert _asked(pytorch.load(folder)) == Answer(body=b"application/json", content_type="text/plain")
    assert (folder / "before").exists()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def model_fn(a, b, c): pass", "TypeError: model_fn takes 3 arguments but 1 were given."),
        (
            "def model_fn(a): pass\ndef transform_fn(a, b, c, d): pass\ndef predict_fn(a, b): pass",
            "ValueError: Cannot use transform_fn implementation in conjunction with input_fn, predict_fn, and/or",
        ),
        ("import there_is_no_such_module", "ModuleNotFoundError: No module named 'there_is_no_such_module'"),
        ("def model_fn(a): raise KeyError('weights')", "KeyError: 'weights'"),
    ],
)
def test_code_that_cannot_load_a_model_says_why(artifact: Artifact, code: str, said: str) -> None:
    with pytest.raises(NoModelError) as broken:
        pytorch.load(artifact(code__inference_py=code))
    assert str(broken.value).startswith(said)
    assert "Traceback (most recent call last)" in str(broken.value)


def test_code_that_lies_elsewhere_is_told(artifact: Artifact) -> None:
    with pytest.raises(NoModelError, match=r"has model/code/inference.py; it must be code/inference.py\)\nTraceback"):
        huggingface.load(artifact(model__code__inference_py=ECHO))


def test_a_function_that_fails_is_answered_by_its_traceback(artifact: Artifact) -> None:
    code = "def model_fn(a): return 1\ndef transform_fn(a, b, c, d): raise ValueError('no such column')"
    status, said = _refusal(pytorch.load(artifact(code__inference_py=code)))
    assert status == 500
    assert said.startswith("no such column\nTraceback (most recent call last)")


def test_an_error_of_the_toolkit_says_its_status(artifact: Artifact) -> None:
    code = """
class BaseInferenceToolkitError(Exception):
    def __init__(self, status_code, message, phrase):
        self.status_code, self.message, self.phrase = status_code, message, phrase
def model_fn(a): return 1
def transform_fn(a, b, c, d): raise BaseInferenceToolkitError(422, "too long", "Unprocessable")
"""
    status, said = _refusal(pytorch.load(artifact(code__inference_py=code)))
    assert (status, said.splitlines()[0]) == (422, "too long")


def test_the_order_of_places_is_the_servers(artifact: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"inference_py": ECHO.replace('"model"', '"root"', 1), "code__inference_py": ECHO}
    assert json.loads(_asked(pytorch.load(artifact(**both))).body)["model"] == "model"
    del sys.modules["inference"]
    monkeypatch.setenv("SAGEMAKER_MULTI_MODEL", "true")
    assert json.loads(_asked(pytorch.load(artifact())).body)["model"] == "root"


def test_scikit_learns_image_wants_its_program_named(artifact: Artifact) -> None:
    with pytest.raises(NoModelError, match="Environment has no SAGEMAKER_PROGRAM: name the file that has model_fn"):
        sklearn.load(artifact(code__inference_py=ECHO))


def test_scikit_learns_image_wants_a_model_fn(artifact: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGEMAKER_PROGRAM", "serve.py")
    with pytest.raises(NoModelError, match="Please provide a model_fn implementation"):
        sklearn.load(artifact(code__serve_py=""))


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        ("'a'", Answer(body=b"a", content_type="text/html; charset=utf-8")),
        ("('a', 'text/csv')", Answer(body=b"a", content_type="text/csv; charset=utf-8")),
        (
            "worker.Response(encoders.encode([[1, 2]], 'text/csv'), mimetype='text/csv')",
            Answer(body=b"1,2\n", content_type="text/csv; charset=utf-8"),
        ),
        ("{'a': 1}", Answer(body=b'{\n  "a": 1\n}', content_type="application/json")),
    ],
)
def test_what_flask_makes_of_an_answer(
    artifact: Artifact, monkeypatch: pytest.MonkeyPatch, result: str, answer: Answer
) -> None:
    monkeypatch.setenv("SAGEMAKER_PROGRAM", "serve.py")
    # As AWS's example of a featurizer begins.
    imports = (
        "from sagemaker_containers.beta.framework import content_types, encoders, env, modules, transformer, worker"
    )
    code = f"{imports}\ndef model_fn(a): return 1\ndef transform_fn(a, b, c, d): return {result}"
    assert _asked(sklearn.load(artifact(code__serve_py=code))) == answer


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"1,2\n3,4", "text/csv"),
        (b"1 2\n3 4", "text/csv"),
        (b"1:1 2:2\n1:3 2:4", "text/libsvm"),
        (b"0:1 1:2\n0:3 1:4", "text/x-libsvm; charset=utf-8"),
        (RECORDS, "application/x-recordio-protobuf"),
    ],
)
def test_xgboosts_image_reads_what_its_toolkit_does(
    artifact: Artifact, monkeypatch: pytest.MonkeyPatch, body: bytes, content_type: str
) -> None:
    monkeypatch.setenv("SAGEMAKER_PROGRAM", "serve.py")
    code = """
class Sum:
    def predict(self, matrix, validate_features):
        return matrix.get_data().toarray().sum(axis=1)
def model_fn(model_dir): return Sum()
"""
    model = xgboost.load(artifact(code__serve_py=code))
    assert json.loads(_asked(model, body, content_type=content_type).body) == [3, 7]


def test_a_response_of_a_users_may_refuse_the_request(artifact: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGEMAKER_PROGRAM", "serve.py")
    code = """
from sagemaker_containers.beta.framework import worker
def model_fn(a): return 1
def transform_fn(a, b, c, d): return worker.Response("too many rows", status=413)
"""
    assert _refusal(sklearn.load(artifact(code__serve_py=code))) == (413, "too many rows")


def test_hugging_faces_image_takes_the_users_functions_first(artifact: Artifact) -> None:
    code = """
def model_fn(model_dir, context): return lambda inputs, **parameters: [{"label": inputs, **parameters}]
"""
    model = huggingface.load(artifact(code__inference_py=code))
    found = _asked(model, b'{"inputs": "a \\u00e9", "parameters": {"top_k": 1}}')
    assert found == Answer(body='[{"label":"a é","top_k":1}]'.encode(), content_type="application/json")
    csv = _asked(model, b"inputs\na\nb\n", content_type="text/csv", accept="text/csv")
    assert csv.body == b"label\r\n\"['a', 'b']\"\r\n"
    assert json.loads(_refusal(model, body=b"x,y\n1,2", content_type="text/csv")[1]) == {
        "code": 400,
        "type": "InternalServerException",
        "message": "You need to provide the correct CSV with Header columns to use it with the inference toolkit default"
        " handler.",
    }


@pytest.mark.parametrize(
    ("architecture", "task"),
    [
        ("DistilBertForSequenceClassification", "text-classification"),
        ("TapasForQuestionAnswering", "question-answering"),
        ("BertForQuestionAnswering", "question-answering"),
        ("GPT2LMHeadModel", "text-generation"),
        ("T5ForConditionalGeneration", "text2text-generation"),
    ],
)
def test_a_task_is_told_by_the_architecture(artifact: Artifact, architecture: str, task: str) -> None:
    # Of two endings that fit, the toolkit's loop keeps the later one.
    assert huggingface.task_of(artifact(config_json=json.dumps({"architectures": [architecture]}))) == task


def test_a_task_that_nothing_tells_is_asked_for(artifact: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"no config.json at its root: put the model's files there, or name its task"):
        huggingface.task_of(artifact())
    with pytest.raises(ValueError, match="Task couldn't be inferenced from BertModel"):
        huggingface.task_of(artifact(config_json='{"architectures": ["BertModel"]}'))
    monkeypatch.setenv("HF_TASK", "fill-mask")
    assert huggingface.task_of(artifact()) == "fill-mask"


def test_arrays_are_read() -> None:
    stream = io.BytesIO()
    np.save(stream, np.array([[1, 2]]))
    assert inference_formats.decode("[[1, 2], [3, 4]]", "application/json").tolist() == [[1, 2], [3, 4]]
    assert inference_formats.decode("1,2\n3,4", "text/csv").tolist() == [[1, 2], [3, 4]]
    assert inference_formats.decode(stream.getvalue(), "application/x-npy").tolist() == [[1, 2]]
    # The older toolkit leaves out what has the length one, and keeps texts.
    assert inference_formats.decode_older("1,2", "text/csv").tolist() == [1, 2]
    assert inference_formats.decode_older("a,1\nb,2", "text/csv").tolist() == [["a", "1"], ["b", "2"]]


def test_arrays_are_written() -> None:
    values = np.array([[1.5, 2], [3, 4]])
    assert inference_formats.encode(values, "application/json") == "[[1.5, 2.0], [3.0, 4.0]]"
    assert inference_formats.encode(values, "text/csv") == "1.5,2.0\n3.0,4.0\n"
    assert inference_formats.encode_older([1, 2], "text/csv") == "1\n2\n"
    assert inference_formats.encode_for([1], "a/b, text/csv") == ("1\n", "text/csv")


def test_pickles_are_not_read() -> None:
    stream = io.BytesIO()
    np.save(stream, np.array([object], dtype=object))
    with pytest.raises(ValueError, match="Object arrays cannot be loaded when allow_pickle=False"):
        inference_formats.decode(stream.getvalue(), "application/x-npy")


def test_other_formats_are_refused_in_the_toolkits_words() -> None:
    with pytest.raises(UnsupportedFormatError, match="Content type a/b is not supported by this framework"):
        inference_formats.decode(b"", "a/b")


def test_several_functions_of_one_image_stay_when_one_is_replaced() -> None:
    defaults = Functions(model_fn=len, input_fn=len, predict_fn=len, output_fn=len)
    assert inference_code.choose(None, defaults) is defaults
