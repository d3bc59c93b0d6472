"""Parents of a tuning job by SageMaker's rules of warm start, and its request against SageMaker's own model."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from contract.calls.plan_tuning import WarmStart
from contract.catalogue import Tuning
from contract.warm_start import Space
from retraining.logic import tuning

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
RANGES = {
    "IntegerParameterRanges": [{"Name": "num_round", "MinValue": "1", "MaxValue": "9", "ScalingType": "Auto"}],
    "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5", "ScalingType": "Auto"}],
    "CategoricalParameterRanges": [{"Name": "tree_method", "Values": ["hist", "exact"]}],
}
STATIC = {"objective": "binary:logistic", "seed": "7"}
SETTINGS = Tuning(
    enabled=True,
    metric="validation:auc",
    direction="Maximize",
    max_jobs=6,
    max_parallel_jobs=2,
    timeout_seconds=3600,
    parameter_ranges=RANGES,
    static_hyperparameters=STATIC,
)
TRAINING: dict[str, Any] = {
    "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
    "RoleArn": "arn:aws:iam::111111111111:role/sagemaker",
    "OutputDataConfig": {"S3OutputPath": "s3://bucket/models/m"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
    "StoppingCondition": {"MaxRuntimeInSeconds": 1800},
}


def _cold(**changes: Any) -> dict[str, Any]:
    """The next job's request; changes are settings, or of the training definition."""
    settings = {name: changes.pop(name) for name in list(changes) if name in SETTINGS.to_json()}
    return tuning.request(replace(SETTINGS, **settings), training=TRAINING | changes, test_run=False)


def _space(**changes: Any) -> dict[str, Any]:
    return {**Space.of(_cold()).as_dict(), **changes}


def _row(job: str = "t-1", **changes: Any) -> dict[str, Any]:
    return {
        "tuning_job": job,
        "trial_count": 6,
        "launched": 6,
        "test_run": False,
        "space": _space(),
        **changes,
    }


def _choose(*rows: Mapping[str, Any], **changes: Any) -> WarmStart:
    return tuning.choose_parents(rows, cold=_cold(**changes))


def test_the_space_is_what_warm_start_asks_for() -> None:
    settings = {"RetryStrategy": {"MaximumRetryAttempts": 2}, "EnableNetworkIsolation": True}
    found = Space.of(_cold(**settings, EnableInterContainerTrafficEncryption=False)).as_dict()
    assert found == {
        "metric": "validation:auc",
        "direction": "Maximize",
        "image": IMAGE,
        "tunable": {
            "num_round": "IntegerParameterRanges",
            "eta": "ContinuousParameterRanges",
            "tree_method": "CategoricalParameterRanges",
        },
        "choices": {"tree_method": 2},
        "static": {"objective": "binary:logistic", "seed": "7"},
        "fixed": {"RetryStrategy": '{"MaximumRetryAttempts": 2}', "EnableNetworkIsolation": "true"},
    }
    assert Space.read(found) == Space(**found)


def test_without_history_it_starts_cold() -> None:
    assert _choose() == WarmStart(reason="cold start: no earlier tuning job is eligible (there is none)")


@pytest.mark.parametrize("fingerprint", ["of the same data", "of other data"])
def test_results_are_transferred_whatever_the_data(fingerprint: str) -> None:
    # How AWS compares input data is not public; what it transfers it always takes.
    assert _choose(_row(fingerprint=fingerprint)) == WarmStart(
        parents=("t-1",),
        type="TransferLearning",
        reason="TransferLearning from 1 earlier, 12 training jobs with this one",
    )


def test_another_image_transfers() -> None:
    assert _choose(_row(space=_space(image=f"{IMAGE}0"))).parents == ("t-1",)


def test_the_newest_five_are_parents() -> None:
    found = _choose(*(_row(f"t-{number}") for number in range(9, 0, -1)))
    assert found.parents == ("t-9", "t-8", "t-7", "t-6", "t-5")


def test_no_more_rows_are_read_than_are_needed() -> None:
    def rows() -> Iterator[dict[str, Any]]:
        yield from (_row(f"t-{number}") for number in range(6))
        raise AssertionError("a history may be long")

    assert len(tuning.choose_parents(rows(), cold=_cold()).parents) == 5


@pytest.mark.parametrize(
    ("launched", "max_jobs", "parents"),
    [
        # "All training jobs launched by parent hyperparameter tuning jobs and the new hyperparameter tuning jobs count":
        # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HyperParameterTuningJobWarmStartConfig.html
        ([150] * 6, 150, 4),
        ([126] * 6, 126, 4),
        ([125] * 6, 125, 5),
        ([400], 400, 0),
        ([375], 375, 1),
        ([375], 376, 0),
        ([1], 749, 1),
        ([1], 750, 0),
    ],
)
def test_parents_are_taken_while_all_training_jobs_together_are_allowed(
    launched: list[int], max_jobs: int, parents: int
) -> None:
    rows = [_row(f"t-{number}", launched=jobs) for number, jobs in enumerate(launched)]
    found = _choose(*rows, max_jobs=max_jobs)
    assert found.parents == tuple(row["tuning_job"] for row in rows)[:parents]
    assert (found.type == "") == (parents == 0)


def test_a_large_job_does_not_hide_a_smaller_and_older_one() -> None:
    found = _choose(_row("t-3", launched=745), _row("t-2", launched=10), max_jobs=6)
    assert found.parents == ("t-2",)
    assert found.reason.endswith("; passed over: 1 above 750 training jobs in all")


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
            "1 with other types of hyperparameters",
        ),
        ({"space": _space(static={"objective": "binary:logistic"})}, "1 with other hyperparameters"),
        (
            {"space": _space(static={**_space()["static"], "max_depth": "6"})},
            "1 with other hyperparameters",
        ),
        ({"space": _space(fixed={"EnableNetworkIsolation": "true"})}, "1 with other settings of its training jobs"),
    ],
)
def test_what_is_no_parent_is_counted_in_the_reason(changes: dict[str, Any], reason: str) -> None:
    found = _choose(_row(**changes))
    assert found.parents == ()
    assert found.type == ""
    assert found.reason == f"cold start: no earlier tuning job is eligible ({reason})"


@pytest.mark.parametrize("missing", ["launched", "fixed", "choices"])
def test_a_row_of_an_earlier_version_is_no_parent(missing: str) -> None:
    row = _row()
    row.pop(missing, None)
    row["space"].pop(missing, None)
    found = _choose(row, _row("t-0"))
    assert found.parents == ("t-0",)
    assert found.reason.endswith("; passed over: 1 recorded by an earlier version of the app")


@pytest.mark.parametrize(
    "changes",
    [
        {"EnableNetworkIsolation": True},
        {"EnableInterContainerTrafficEncryption": True},
        {"RetryStrategy": {"MaximumRetryAttempts": 1}},
        {"Environment": {"A": "1"}},
    ],
)
def test_what_aws_does_not_let_change_starts_cold(changes: dict[str, Any]) -> None:
    # https://github.com/aws/sagemaker-python-sdk/issues/3693 has AWS's list of what may change.
    assert _choose(_row(), **changes).parents == ()
    assert _choose(_row(space=Space.of(_cold(**changes)).as_dict()), **changes).parents == ("t-1",)


@pytest.mark.parametrize(
    "changes",
    [
        {"EnableNetworkIsolation": False},
        {"EnableManagedSpotTraining": True},
        {"RoleArn": "arn:aws:iam::111111111111:role/other"},
        {"ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 9}},
        {"VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}},
        {"StoppingCondition": {"MaxRuntimeInSeconds": 60}},
    ],
)
def test_what_aws_lets_change_does_not(changes: dict[str, Any]) -> None:
    assert _choose(_row(), **changes).parents == ("t-1",)


def test_a_row_that_is_no_parent_does_not_hide_an_older_one() -> None:
    found = _choose(_row("t-3", test_run=True), _row("t-2", trial_count=1), _row("t-1"))
    assert found.parents == ("t-1",)


@pytest.mark.parametrize(("changed", "eligible"), [(0, True), (5, True), (6, False), (10, False)])
def test_a_changed_static_value_counts_twice(changed: int, eligible: bool) -> None:
    # "red" to "blue" are 2 of 10: https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-warm-start.html
    before = {f"p{number}": "old" for number in range(12)}
    now = before | {f"p{number}": "new" for number in range(changed)}
    found = _choose(_row(space=_space(static=before)), static_hyperparameters=now)
    assert bool(found.parents) is eligible


@pytest.mark.parametrize(("values", "eligible"), [(1, True), (10, True), (11, False)])
def test_each_value_of_a_categorical_hyperparameter_that_becomes_static_counts(values: int, eligible: bool) -> None:
    before = {"CategoricalParameterRanges": [{"Name": "m", "Values": [str(number) for number in range(values)]}]}
    now = {"ContinuousParameterRanges": RANGES["ContinuousParameterRanges"]}
    row = _row(space=Space.of(_cold(parameter_ranges=before, static_hyperparameters={"eta": "0.1"})).as_dict())
    assert bool(_choose(row, parameter_ranges=now, static_hyperparameters={"m": "0"}).parents) is eligible


def test_a_static_hyperparameter_may_be_tuned_next_time() -> None:
    before = {"IntegerParameterRanges": RANGES["IntegerParameterRanges"]}
    static = {"eta": "0.1", "tree_method": "hist", **STATIC}
    row = _row(space=Space.of(_cold(parameter_ranges=before, static_hyperparameters=static)).as_dict())
    assert _choose(row).parents == ("t-1",)


def test_the_reason_of_a_cold_start_counts_each_kind() -> None:
    found = _choose(_row(test_run=True), _row(test_run=True), _row(trial_count=1))
    assert found.reason.endswith("(2 test run, 1 with one trial only)")


@pytest.mark.parametrize(
    "warm_start",
    [
        WarmStart(reason="cold"),
        WarmStart(parents=("t-1",), type="TransferLearning", reason="r"),
        WarmStart(parents=tuple(f"t-{n}" for n in range(5)), type="TransferLearning", reason="r"),
    ],
)
@pytest.mark.parametrize("test_run", [True, False])
def test_the_request_is_what_the_service_takes(warm_start: WarmStart, test_run: bool) -> None:
    request = tuning.warm_started(tuning.request(SETTINGS, training=TRAINING, test_run=test_run), warm_start)
    model = botocore.session.get_session().get_service_model("sagemaker")
    shape: Any = model.operation_model("CreateHyperParameterTuningJob").input_shape
    report = ParamValidator().validate({**request, "HyperParameterTuningJobName": "t-2"}, shape)
    assert not report.has_errors(), report.generate_report()
    if warm_start.type:
        assert warm_start.type in shape.members["WarmStartConfig"].members["WarmStartType"].enum


def test_a_tuning_job_is_bayesian_with_the_configured_budget() -> None:
    parents = WarmStart(parents=("t-9", "t-8"), type="TransferLearning", reason="r")
    request = tuning.warm_started(_cold(), parents)
    config = request["HyperParameterTuningJobConfig"]
    assert config["Strategy"] == "Bayesian"
    assert config["ResourceLimits"] == {"MaxNumberOfTrainingJobs": 6, "MaxParallelTrainingJobs": 2}
    assert config["HyperParameterTuningJobObjective"] == {"Type": "Maximize", "MetricName": "validation:auc"}
    assert config["ParameterRanges"] == RANGES
    assert request["TrainingJobDefinition"]["StaticHyperParameters"] == STATIC
    assert request["WarmStartConfig"] == {
        "ParentHyperParameterTuningJobs": [
            {"HyperParameterTuningJobName": "t-9"},
            {"HyperParameterTuningJobName": "t-8"},
        ],
        "WarmStartType": "TransferLearning",
    }


def test_a_cold_start_names_no_parents() -> None:
    assert "WarmStartConfig" not in tuning.warm_started(_cold(), WarmStart(reason="r"))


def test_a_test_run_is_one_trial() -> None:
    request = tuning.request(SETTINGS, training=TRAINING, test_run=True)
    assert request["HyperParameterTuningJobConfig"]["ResourceLimits"] == {
        "MaxNumberOfTrainingJobs": 1,
        "MaxParallelTrainingJobs": 1,
    }
