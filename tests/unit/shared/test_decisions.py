"""The log of decisions."""

import json
import logging

import pytest

from contract.calls.prove_deployment import ProveDeployment
from shared import decisions


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_line_tells_decision_run_and_values(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ProveDeployment(endpoint_name="e", deployment_id="d", model_data_prefix="s3://b/p/")
    with decisions.of("prove_deployment", asked):
        decisions.log("proven", models=2)
    (line,) = _lines(capsys)
    assert line.pop("timestamp")
    assert line == {
        "level": "INFO",
        "decision": "proven",
        "function": "prove_deployment",
        "deployment_id": "d",
        "endpoint_name": "e",
        "models": 2,
    }


def test_a_call_leaves_nothing_behind_for_the_next_one(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ProveDeployment(endpoint_name="e", deployment_id="d", model_data_prefix="s3://b/p/")
    with decisions.of("prove_deployment", asked):
        pass
    decisions.log("alone")
    (line,) = _lines(capsys)
    assert "deployment_id" not in line


def test_whatever_is_logged_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    decisions.log("odd", text="two\nlines", moment=logging.INFO, other={1, 2})
    (line,) = _lines(capsys)
    assert line["text"] == "two\nlines"
