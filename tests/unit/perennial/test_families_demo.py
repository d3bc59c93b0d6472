"""The demo of families: what it installs, what it asks, and what it takes for an answer."""

import importlib.util
import threading
import types
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from rich.console import Console

from config.loader import load
from contract.family import BEFORE
from contract.golden import Golden
from perennial.account.aws import Aws
from perennial.account.serving import Served
from perennial.demo import families, family_clients, family_data, family_images, program
from perennial.demo.family_questions import LINEAR, QUESTIONS, SCRIPT, TRANSFORMER
from perennial.errors import OperatorError
from tests.conftest import ROOT

CONFIGURED = load(ROOT / families.CONFIG)
ASKED = {question.model: question for question in QUESTIONS}


def _scored(value: float) -> dict[str, object]:
    return {"predictions": [{"score": float(value)}]}


@pytest.fixture(scope="module")
def examples() -> types.ModuleType:
    spec = importlib.util.spec_from_file_location("data", ROOT / families.CONFIG / "data.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_model_of_each_family_is_asked() -> None:
    assert ASKED.keys() == {model.name for model in CONFIGURED.models}


def test_what_is_installed_is_what_the_local_cloud_has() -> None:
    found = family_images.names(CONFIGURED)
    assert found == [
        "huggingface-pytorch-inference:2.6.0-transformers5.5.3-cpu-py312-ubuntu22.04",
        "huggingface-pytorch-training:2.9.0-transformers5.3.0-gpu-py312-cu130-ubuntu22.04",
        "linear-learner:1",
        "sagemaker-scikit-learn:1.2-1-cpu-py3",
        "sagemaker-xgboost:3.0-5",
    ]
    # Names begin a line, and what is told of an image does not.
    known = {line.split()[0] for line in program.run("-m", "local_cloud", "images", "list", root=ROOT)}
    assert set(found) <= known


def test_no_job_waits_for_pip() -> None:
    """Nothing but the images is installed before, so that no script may ask for packages where it runs."""
    for model in CONFIGURED.models:
        code = model.family.code
        if code is None or (code.only_without_gpu and model.trains_on_gpu):
            continue
        text = (ROOT / "training_src" / code.folder / "requirements.txt").read_text(encoding="utf-8")
        assert not [line for line in text.splitlines() if line.strip() and not line.startswith("#")], model.name


def test_the_cost_is_told_with_the_place_in_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_CLOUD_IMAGES", "/images")
    monkeypatch.delenv("LOCAL_CLOUD_PIP_OPTIONS", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    lines = family_images.cost()
    assert "1.8 GB" in lines[1]
    assert lines[2].endswith("/images.")
    assert "3 GB" in lines[3]
    assert max(map(len, lines)) <= 80
    monkeypatch.setenv("LOCAL_CLOUD_PIP_OPTIONS", "--extra-index-url x")
    assert family_images.cost() == lines[:3]


def test_an_image_that_there_is_not_is_an_error_with_what_was_said(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="could not be installed: error: there is no image 'no-such-image'"):
        family_images.install(["no-such-image"], root=tmp_path, console=Console(quiet=True))


def test_another_configuration_is_refused_with_what_to_type() -> None:
    with pytest.raises(OperatorError, match=r"no model passengers, reviews, salary; run `make demo-families`"):
        families.run(root=ROOT, port=1, console=Console(quiet=True))


@pytest.mark.parametrize(
    ("model", "right", "wrong"),
    [
        (LINEAR, [_scored(124_987.3), _scored(122_000.0)], [_scored(130_000.0), 125_000.0, {"predictions": []}]),
        (SCRIPT, [{"survives": 1, "probability": 0.9}], [{"survives": 0, "probability": 0.1}, 1, {}]),
        (
            TRANSFORMER,
            [[{"label": "positive", "score": 0.98}]],
            [[{"label": "negative", "score": 0.98}], [], {"label": "positive"}, [{}]],
        ),
    ],
)
def test_an_answer_holds_or_not(model: str, right: list[object], wrong: list[object]) -> None:
    assert all(map(ASKED[model].holds, right))
    assert not any(map(ASKED[model].holds, wrong))


class _Endpoints:
    """Endpoints that all give the same answers, in turn; the last one for ever."""

    def __init__(self, *said: str) -> None:
        self._said = list(said)
        self.stop = threading.Event()

    def invoke(self, _endpoint: str, **_: object) -> str:
        if len(self._said) == 1:
            self.stop.set()
            return self._said[0]
        return self._said.pop(0)


def _served(answer: object) -> Served:
    family = replace(BEFORE, accept="application/json")
    golden = Golden(request="10", answer=answer)
    return Served(arn="a", digest="", golden=golden, family=family, uri="s3://b/k", endpoint="e")


def test_a_wrong_answer_ends_the_demo_with_what_was_said() -> None:
    question = ASKED[SCRIPT]
    for said in ('{"survives": 0}', "1", "", "}"):
        with pytest.raises(OperatorError, match="passengers"):
            family_clients.ask(cast("Aws", _Endpoints(said)), _served(1), question)
    assert family_clients.ask(cast("Aws", _Endpoints('{"survives": 1}')), _served(1), question) == {"survives": 1}


def test_others_are_asked_until_somebody_says_stop_and_must_answer_as_evaluated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(family_clients, "_PAUSE_SECONDS", 0)
    models = {"one": _served(0.5), "two": _served(0.5)}
    right = _Endpoints("0.5", "0.5", "0.5", "0.5")
    assert family_clients.go_on(cast("Aws", right), models, right.stop) == {"one": 2, "two": 2}
    wrong = _Endpoints("0.5", "0.5", "0.6")
    with pytest.raises(OperatorError, match=r"one.tar.gz in e answered 0.6, its version answers 0.5"):
        family_clients.go_on(cast("Aws", wrong), models, wrong.stop)


def test_what_is_expected_follows_the_rules_of_the_data(examples: types.ModuleType) -> None:
    by_rule = examples.BASE + 10 * examples.SLOPE
    assert ASKED[LINEAR].rule.startswith(f"{by_rule:,}")
    assert ASKED[LINEAR].holds(_scored(by_rule))
    ports: tuple[str, ...] = examples.PORTS
    assert ASKED[SCRIPT].body.endswith(f'"{ports[2].replace(chr(34), 2 * chr(34))}"')


def test_one_model_s_data_come_in_two_parts_in_the_order_of_days(examples: types.ModuleType, tmp_path: Path) -> None:
    text = examples.passengers(tmp_path, rows=8).read_text(encoding="utf-8")
    lines = family_data.earlier_part(text).splitlines()
    assert lines == text.splitlines()[:7]
    assert lines[-1] < text.splitlines()[7]
