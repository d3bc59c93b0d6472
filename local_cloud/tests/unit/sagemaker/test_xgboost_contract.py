"""Ours has the verdict of AWS's container on every input of the table, or refuses more and the table says why."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from local_cloud.containers.sagemaker import training
from local_cloud.containers.sagemaker.programs import RefusedError
from local_cloud.containers.sagemaker.xgboost import serve, train
from local_cloud.containers.sagemaker.xgboost.serve import XGBoostModel
from local_cloud.testing.sagemaker.xgboost_contract import cases
from local_cloud.testing.sagemaker.xgboost_contract.cases import Case

TABLE = Path(__file__).with_name("xgboost_contract.yaml")
TRAINING, SERVING = cases.read(TABLE, "training"), cases.read(TABLE, "serving")
NUMBER = r"[0-9.]+(?:e-?[0-9]+)?"


@pytest.fixture(scope="module")
def model() -> XGBoostModel:
    return XGBoostModel(booster=cases.model())


def _name(case: Case) -> str:
    return case.name


def _numbers(text: str) -> list[float]:
    return [float(found) for found in re.findall(NUMBER, text)]


def _check(case: Case, refusal: str | None) -> None:
    found = "accepted" if refusal is None else "refused"
    assert found == (case.ours or case.real), refusal
    if refusal is not None:
        assert (case.says or case.said) in refusal


def _train(given: Mapping[str, Any], root: Path) -> str | None:
    cases.lay(given, root)
    code = training.main(train.__name__, root)
    failure = root / "output" / "failure"
    assert (code == 0) == (root / "model" / "xgboost-model").exists() == (not failure.exists())
    return failure.read_text() if failure.exists() else None


@pytest.mark.parametrize("case", TRAINING, ids=_name)
def test_training(tmp_path: Path, case: Case) -> None:
    _check(case, _train(case.given, tmp_path))
    if (tmp_path / "model" / "xgboost-model").exists():
        assert serve.load_booster(tmp_path / "model" / "xgboost-model").num_boosted_rounds() > 0


@pytest.mark.parametrize("case", SERVING, ids=_name)
def test_serving(model: XGBoostModel, case: Case) -> None:
    body, content_type, accept = cases.request(case.given)
    try:
        answer = model.answer(body, content_type=content_type, accept=accept).body.decode()
    except RefusedError as error:
        _check(case, f"{error.status} {error}")
        return
    _check(case, None)
    # The last digit is the processor's.
    assert re.sub(NUMBER, "", answer) == re.sub(NUMBER, "", case.answer)
    assert _numbers(answer) == pytest.approx(_numbers(case.answer), rel=1e-5)


@pytest.mark.parametrize("case", [*TRAINING, *SERVING], ids=_name)
def test_ours_may_only_refuse_more_and_says_why(case: Case) -> None:
    assert case.ours is None or (case.real, case.ours) == ("accepted", "refused")
    assert bool(case.because) == (case.ours is not None)
    assert re.fullmatch(r"sagemaker_(xgboost_container|algorithm_toolkit)/[a-z_/]+\.py:[0-9]+", case.at)
    assert bool(case.raises) == (case.real == "refused")


def test_there_are_many_and_each_is_another() -> None:
    assert len({case.name for case in (*TRAINING, *SERVING)}) == len(TRAINING) + len(SERVING) > 150
