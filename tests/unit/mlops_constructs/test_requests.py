"""The check of requests finds what a service refuses and botocore lets through."""

from typing import Any

import pytest

from tests.unit.mlops_constructs import machine, requests

pytestmark = pytest.mark.security("state machines")

_TUNING = {
    "HyperParameterTuningJobName": "t-20260301",
    "HyperParameterTuningJobConfig": {
        "Strategy": "Bayesian",
        "ResourceLimits": {"MaxParallelTrainingJobs": 2, "MaxNumberOfTrainingJobs": 6},
    },
}


def _state(resource: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Arguments": arguments}


def _tuning(**changes: Any) -> list[str]:
    config = {**_TUNING["HyperParameterTuningJobConfig"], **changes.pop("config", {})}  # type: ignore[dict-item]
    arguments = {**_TUNING, "HyperParameterTuningJobConfig": config, **changes}
    return requests.problems(_state("sagemaker:createHyperParameterTuningJob.sync", arguments), {})


def test_a_right_request_has_no_problem() -> None:
    assert not _tuning()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"HyperParameterTuningJobName": "t" * 80}, "80 characters, at most 32"),
        ({"HyperParameterTuningJobName": "tune_it"}, "'tune_it', not"),
        ({"config": {"Strategy": "Nope"}}, "'Nope', not one of"),
        ({"config": {"ResourceLimits": {"MaxParallelTrainingJobs": 0}}}, "MaxParallelTrainingJobs"),
        ({"config": {"ResourceLimits": {"MaxParallelTrainingJobs": 1, "MaxRuntimeInSeconds": 15768001}}}, "at most 15768000"),
        ({"Tags": [{"Key": f"k{number}", "Value": "v"} for number in range(51)]}, "51 items, at most 50"),
        ({"Tags": [{"Key": "k" * 129, "Value": "v"}]}, "129 characters, at most 128"),
        ({"Nonsense": 1}, "Unknown parameter"),
        ({"HyperParameterTuningJobConfig": {"ResourceLimits": {"MaxParallelTrainingJobs": 1}}}, "Missing required parameter"),
    ],
)  # fmt: skip
def test_what_the_service_refuses_is_found(changes: dict[str, Any], problem: str) -> None:
    # Limits: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateHyperParameterTuningJob.html
    assert any(problem in found for found in _tuning(**changes))


def test_a_request_that_is_one_expression_is_looked_into() -> None:
    state = _state("sagemaker:createHyperParameterTuningJob.sync", {})
    state["Arguments"] = "{% $request %}"
    found = requests.problems(state, {"request": {**_TUNING, "HyperParameterTuningJobName": "tune_it"}})
    assert any("'tune_it'" in problem for problem in found)


def test_an_expression_that_gives_nothing_fails_the_check() -> None:
    with pytest.raises(AssertionError, match="gives nothing"):
        machine.evaluate("{% $request.missing %}", {"request": {}})
