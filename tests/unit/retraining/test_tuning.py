"""Parents of a tuning job by SageMaker's rules of warm start, and its request against SageMaker's own model."""

from collections.abc import Mapping
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from retraining.logic import tuning
from retraining.logic.tuning import Space, WarmStart

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
DATA = "f" * 64
OTHER_DATA = "e" * 64
RANGES = {
    "IntegerParameterRanges": [{"Name": "num_round", "MinValue": "1", "MaxValue": "9", "ScalingType": "Auto"}],
    "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5", "ScalingType": "Auto"}],
    "CategoricalParameterRanges": [{"Name": "tree_method", "Values": ["hist", "exact"]}],
}
SETTINGS: dict[str, Any] = {
    "metric": "validation:auc",
    "direction": "Maximize",
    "max_jobs": 6,
    "max_parallel_jobs": 2,
    "parameter_ranges": RANGES,
    "static_hyperparameters": {"objective": "binary:logistic", "seed": "7"},
}
TRAINING: dict[str, Any] = {
    "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
    "RoleArn": "arn:aws:iam::111111111111:role/sagemaker",
    "OutputDataConfig": {"S3OutputPath": "s3://bucket/models/m"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
    "StoppingCondition": {"MaxRuntimeInSeconds": 1800},
}


def _space(**changes: Any) -> dict[str, Any]:
    return {**tuning.space(SETTINGS, image=IMAGE).as_dict(), **changes}


def _row(job: str = "t-1", **changes: Any) -> dict[str, Any]:
    return {
        "tuning_job": job,
        "trial_count": 6,
        "test_run": False,
        "fingerprint": OTHER_DATA,
        "space": _space(),
        **changes,
    }


def _choose(*rows: Mapping[str, Any], static: Mapping[str, str] | None = None) -> WarmStart:
    wanted = Space(**_space(**({"static": dict(static)} if static else {})))
    return tuning.choose_parents(rows, wanted=wanted, fingerprint=DATA)


def test_the_space_is_what_must_be_the_same() -> None:
    assert _space() == {
        "metric": "validation:auc",
        "direction": "Maximize",
        "image": IMAGE,
        "tunable": {
            "num_round": "IntegerParameterRanges",
            "eta": "ContinuousParameterRanges",
            "tree_method": "CategoricalParameterRanges",
        },
        "static": {"objective": "binary:logistic", "seed": "7"},
    }


def test_without_history_it_starts_cold() -> None:
    assert _choose() == WarmStart(reason="cold start: no earlier tuning job is eligible (there is none)")


def test_new_data_transfers() -> None:
    assert _choose(_row()) == WarmStart(
        parents=("t-1",), type="TransferLearning", reason="TransferLearning from 1 of 1 eligible tuning jobs"
    )


def test_the_same_data_is_identical() -> None:
    found = _choose(_row(fingerprint=DATA))
    assert (found.parents, found.type) == (("t-1",), "IdenticalDataAndAlgorithm")


def test_the_same_data_with_another_image_only_transfers() -> None:
    found = _choose(_row(fingerprint=DATA, space=_space(image=f"{IMAGE}0")))
    assert (found.parents, found.type) == (("t-1",), "TransferLearning")


def test_of_identical_and_other_data_the_identical_are_parents() -> None:
    found = _choose(_row("t-3"), _row("t-2", fingerprint=DATA), _row("t-1"))
    assert (found.parents, found.type) == (("t-2",), "IdenticalDataAndAlgorithm")


@pytest.mark.parametrize("data", [DATA, OTHER_DATA])
def test_the_newest_five_are_parents(data: str) -> None:
    found = _choose(*(_row(f"t-{number}", fingerprint=data) for number in range(9, 0, -1)))
    assert found.parents == ("t-9", "t-8", "t-7", "t-6", "t-5")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"test_run": True}, "1 test run"),
        ({"trial_count": 1}, "1 with one trial only"),
        ({"trial_count": 0}, "1 with one trial only"),
        ({"space": _space(metric="validation:accuracy")}, "1 with another objective"),
        ({"space": _space(direction="Minimize")}, "1 with another objective"),
        ({"space": _space(tunable={"eta": "ContinuousParameterRanges"})}, "1 with other hyperparameters"),
        (
            {"space": _space(tunable={**_space()["tunable"], "eta": "CategoricalParameterRanges"})},
            "1 with other hyperparameters",
        ),
        ({"space": _space(static={"objective": "binary:logistic"})}, "1 with other hyperparameters"),
        (
            {"space": _space(static={**_space()["static"], "max_depth": "6"})},
            "1 with other hyperparameters",
        ),
    ],
)
def test_what_is_no_parent_is_counted_in_the_reason(changes: dict[str, Any], reason: str) -> None:
    found = _choose(_row(fingerprint=DATA, **changes))
    assert found.parents == ()
    assert found.type == ""
    assert found.reason == f"cold start: no earlier tuning job is eligible ({reason})"


def test_a_row_that_is_no_parent_does_not_hide_an_older_one() -> None:
    found = _choose(_row("t-3", test_run=True), _row("t-2", trial_count=1), _row("t-1"))
    assert found.parents == ("t-1",)


@pytest.mark.parametrize(("changed", "eligible"), [(0, True), (10, True), (11, False)])
def test_at_most_ten_static_values_may_change(changed: int, eligible: bool) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-warm-start.html
    before = {f"p{number}": "old" for number in range(12)}
    now = before | {f"p{number}": "new" for number in range(changed)}
    assert bool(_choose(_row(space=_space(static=before)), static=now).parents) is eligible


def test_the_reason_of_a_cold_start_counts_each_kind() -> None:
    found = _choose(_row(test_run=True), _row(test_run=True), _row(trial_count=1))
    assert found.reason.endswith("(2 test run, 1 with one trial only)")


@pytest.mark.parametrize(
    "warm_start",
    [
        WarmStart(reason="cold"),
        WarmStart(parents=("t-1",), type="TransferLearning", reason="r"),
        WarmStart(parents=tuple(f"t-{n}" for n in range(5)), type="IdenticalDataAndAlgorithm", reason="r"),
    ],
)
@pytest.mark.parametrize("test_run", [True, False])
def test_the_request_is_what_the_service_takes(warm_start: WarmStart, test_run: bool) -> None:
    request = tuning.request(SETTINGS, warm_start=warm_start, training=TRAINING, test_run=test_run)
    model = botocore.session.get_session().get_service_model("sagemaker")
    shape: Any = model.operation_model("CreateHyperParameterTuningJob").input_shape
    report = ParamValidator().validate({**request, "HyperParameterTuningJobName": "t-2"}, shape)
    assert not report.has_errors(), report.generate_report()
    if warm_start.type:
        assert warm_start.type in shape.members["WarmStartConfig"].members["WarmStartType"].enum


def test_a_tuning_job_is_bayesian_with_the_configured_budget() -> None:
    parents = WarmStart(parents=("t-9", "t-8"), type="TransferLearning", reason="r")
    request = tuning.request(SETTINGS, warm_start=parents, training=TRAINING, test_run=False)
    config = request["HyperParameterTuningJobConfig"]
    assert config["Strategy"] == "Bayesian"
    assert config["ResourceLimits"] == {"MaxNumberOfTrainingJobs": 6, "MaxParallelTrainingJobs": 2}
    assert config["HyperParameterTuningJobObjective"] == {"Type": "Maximize", "MetricName": "validation:auc"}
    assert config["ParameterRanges"] == RANGES
    assert request["TrainingJobDefinition"]["StaticHyperParameters"] == SETTINGS["static_hyperparameters"]
    assert request["WarmStartConfig"] == {
        "ParentHyperParameterTuningJobs": [
            {"HyperParameterTuningJobName": "t-9"},
            {"HyperParameterTuningJobName": "t-8"},
        ],
        "WarmStartType": "TransferLearning",
    }


def test_a_cold_start_names_no_parents() -> None:
    request = tuning.request(SETTINGS, warm_start=WarmStart(reason="r"), training=TRAINING, test_run=False)
    assert "WarmStartConfig" not in request


def test_a_test_run_is_one_trial_without_parents() -> None:
    parents = WarmStart(parents=("t-9",), type="TransferLearning", reason="r")
    request = tuning.request(SETTINGS, warm_start=parents, training=TRAINING, test_run=True)
    assert request["HyperParameterTuningJobConfig"]["ResourceLimits"] == {
        "MaxNumberOfTrainingJobs": 1,
        "MaxParallelTrainingJobs": 1,
    }
    assert "WarmStartConfig" not in request
