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
        # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Tag.html
        ({"Tags": [{"Key": "model", "Value": "rain; sun"}]}, "Value is 'rain; sun', not"),
        ({"Tags": [{"Key": "model#", "Value": "v"}]}, "Key is 'model#', not"),
        ({"Nonsense": 1}, "Unknown parameter"),
        ({"HyperParameterTuningJobConfig": {"ResourceLimits": {"MaxParallelTrainingJobs": 1}}}, "Missing required parameter"),
    ],
)  # fmt: skip
def test_what_the_service_refuses_is_found(changes: dict[str, Any], problem: str) -> None:
    # Limits: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateHyperParameterTuningJob.html
    assert any(problem in found for found in _tuning(**changes))


@pytest.mark.parametrize(
    ("resource", "arguments", "problem"),
    [
        # https://docs.aws.amazon.com/glue/latest/webapi/API_StartJobRun.html
        ("glue:startJobRun", {"JobName": "extract\nload"}, "JobName is 'extract\\nload', not"),
        # https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html
        ("aws-sdk:applicationautoscaling:putScalingPolicy", {"PolicyName": "caf\u00e9"}, "PolicyName is 'caf\u00e9', not"),
        ("aws-sdk:applicationautoscaling:putScalingPolicy", {"ResourceId": "endpoint/\b"}, "ResourceId is 'endpoint/\\x08'"),
        # https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
        ("aws-sdk:sfn:startExecution", {"TraceHeader": "\u20ac"}, "traceHeader is '\u20ac', not"),
    ],
)  # fmt: skip
def test_a_text_in_other_characters_is_found(resource: str, arguments: dict[str, Any], problem: str) -> None:
    required = {
        "aws-sdk:applicationautoscaling:putScalingPolicy": {
            "PolicyName": "target-tracking",
            "ServiceNamespace": "sagemaker",
            "ResourceId": "endpoint/perennial/variant/AllTraffic",
            "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        },
        "aws-sdk:sfn:startExecution": {"StateMachineArn": "arn:aws:states:us-east-1:111111111111:stateMachine:m"},
    }.get(resource, {})
    found = requests.problems(_state(resource, {**required, **arguments}), {})
    assert any(problem in item for item in found), found
    assert not requests.problems(_state(resource, required or {"JobName": "extract-load"}), {})


def test_a_request_that_is_one_expression_is_looked_into() -> None:
    state = _state("sagemaker:createHyperParameterTuningJob.sync", {})
    state["Arguments"] = "{% $request %}"
    found = requests.problems(state, {"request": {**_TUNING, "HyperParameterTuningJobName": "tune_it"}})
    assert any("'tune_it'" in problem for problem in found)


def test_an_expression_that_gives_nothing_fails_the_check() -> None:
    with pytest.raises(AssertionError, match="gives nothing"):
        machine.evaluate("{% $request.missing %}", {"request": {}})
