"""What CreateHyperParameterTuningJob takes and refuses."""

import copy
from contextlib import nullcontext
from typing import Any

import pytest
from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.containers.sagemaker.image import Image
from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.sagemaker import images, tuning_requests, tuning_warm_start
from local_cloud.services.sagemaker.tuning_record import Trial, TuningRecord
from local_cloud.testing.sagemaker import tuning

ROLE = "arn:aws:iam::111111111111:role/tuning"
CONFIG = "HyperParameterTuningJobConfig"
DEFINITION = "TrainingJobDefinition"


def _request(name: str = "child", **static: str) -> dict[str, Any]:
    request = copy.deepcopy(tuning.request(name, ROLE))
    request[DEFINITION]["StaticHyperParameters"].update(static)
    return request


def _changed(*path: str | int, value: Any) -> dict[str, Any]:
    request = _request()
    part: Any = request
    for member in path[:-1]:
        part = part[member]
    part[path[-1]] = value
    return request


@pytest.mark.parametrize("name", ["a", "A-1", "x" * 32])
def test_a_name_of_a_tuning_job(name: str) -> None:
    tuning_requests.check(_request(name))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["HyperParameterTuningJobName"], "x" * 33, "length less than or equal to 32"),
        (["HyperParameterTuningJobName"], "under_score", "regular expression pattern"),
        (["HyperParameterTuningJobName"], "ends-", "regular expression pattern"),
        ([DEFINITION], None, "TrainingJobDefinition is missing"),
        ([DEFINITION, "EnableManagedSpotTraining"], True, "Invalid MaxWaitTimeInSeconds"),
        ([DEFINITION, "AlgorithmSpecification", "TrainingImage"], "other:1", "no image 'other:1'"),
        ([DEFINITION, "AlgorithmSpecification", "MetricDefinitions"], [{"Name": "a", "Regex": "b"}], "can't override the metric definitions"),
        ([DEFINITION, "StaticHyperParameters", "eta"], "0.1", r"\['eta'\] are static and have ranges"),
        ([CONFIG, "ResourceLimits", "MaxNumberOfTrainingJobs"], None, "a tuning job without MaxNumberOfTrainingJobs"),
        ([CONFIG, "ResourceLimits", "MaxNumberOfTrainingJobs"], 751, "from 1 to 750"),
        ([CONFIG, "ResourceLimits", "MaxParallelTrainingJobs"], 5, "MaxParallelTrainingJobs is 5"),
        ([CONFIG, "HyperParameterTuningJobObjective"], None, "Objective is missing"),
        ([CONFIG, "HyperParameterTuningJobObjective", "MetricName"], "validation:beauty", r"\[validation:beauty\], isn't valid for the"),
        ([CONFIG, "HyperParameterTuningJobObjective", "Type"], "Minimize", r"type, \[Minimize\]"),
        ([CONFIG, "ParameterRanges"], {}, "hold 0 hyperparameters"),
    ],
)  # fmt: skip
def test_a_request_that_is_refused(path: list[str | int], value: Any, said: str) -> None:
    with pytest.raises((AWSValidationException, NotEmulatedError), match=said):
        tuning_requests.check(_changed(*path, value=value))


# As HyperparameterTuner of the SDK 2.257.7 sends it.
FLEXIBLE = {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 30}


def _flexible(name: str = "child", **changes: Any) -> dict[str, Any]:
    request = _request(name)
    del request[DEFINITION]["ResourceConfig"]
    request[DEFINITION]["HyperParameterTuningResourceConfig"] = FLEXIBLE | changes
    return request


def test_the_sdk_names_instances_in_another_way_that_means_the_same() -> None:
    request = _flexible(VolumeKmsKeyId="key")
    tuning_requests.check(request)
    assert tuning_requests.resources(request[DEFINITION]) == FLEXIBLE | {"VolumeKmsKeyId": "key"}
    assert "HyperParameterTuningResourceConfig" not in tuning_requests.with_plain_resources(request[DEFINITION])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"InstanceType": None}, "HyperParameterTuningResourceConfig has no InstanceType"),
        ({"InstanceCount": None}, "HyperParameterTuningResourceConfig has no InstanceCount"),
        ({"InstanceType": "ml.m6g.large"}, "ml.m6g.large"),
        ({"InstanceType": "ml.m5d.large", "VolumeKmsKeyId": "key"}, "VolumeKmsKeyId"),
    ],
)
def test_what_the_other_way_to_name_instances_may_not_say(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(AWSValidationException, match=said):
        tuning_requests.check(_flexible(**changes))


def test_one_way_to_name_instances_is_needed() -> None:
    both = _request()
    both[DEFINITION]["HyperParameterTuningResourceConfig"] = FLEXIBLE
    with pytest.raises(AWSValidationException, match="has ResourceConfig and HyperParameterTuningResourceConfig"):
        tuning_requests.check(both)
    with pytest.raises(AWSValidationException, match="has no ResourceConfig"):
        tuning_requests.check(_changed(DEFINITION, "ResourceConfig", value=None))


@pytest.mark.parametrize("direction", ["Maximize", "Minimize"])
@pytest.mark.parametrize(("metric", "refused"), [("loss", False), ("validation:auc", True)])
def test_an_image_that_is_not_sagemakers_own_goes_by_a_metric_that_its_job_defines(
    monkeypatch: pytest.MonkeyPatch, direction: str, metric: str, refused: bool
) -> None:
    monkeypatch.setattr(images, "declared", lambda: {"own:1": Image(name="own:1", packages=(), train="own")})
    request = _changed(DEFINITION, "AlgorithmSpecification", "TrainingImage", value="own:1")
    request[DEFINITION]["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "loss", "Regex": "loss=(.*)"}]
    request[CONFIG]["HyperParameterTuningJobObjective"] = {"Type": direction, "MetricName": metric}
    with (
        pytest.raises(AWSValidationException, match=r"valid objective metric: \['loss'\]") if refused else nullcontext()
    ):
        tuning_requests.check(request)


def _job(request: dict[str, Any], *, status: str = "Completed", trials: int = 4) -> TuningRecord:
    return TuningRecord(
        arn="arn",
        request=request,
        account_id="111111111111",
        region="us-east-1",
        tags=[],
        status=status,
        trials=[Trial(name=f"t{number}", tuned={}) for number in range(trials)],
    )


def _check(request: dict[str, Any], *parents: TuningRecord, kind: str = "IdenticalDataAndAlgorithm") -> None:
    names = [parent.name for parent in parents]
    jobs = {parent.name: parent for parent in parents}
    tuning_warm_start.check(request | {"WarmStartConfig": tuning.warm(*names, kind=kind)}, jobs)


@pytest.mark.parametrize("status", ["Completed", "Failed", "Stopped"])
@pytest.mark.parametrize("kind", ["IdenticalDataAndAlgorithm", "TransferLearning"])
def test_a_parent_that_ended_is_taken(status: str, kind: str) -> None:
    _check(_request(), _job(_request("parent"), status=status), kind=kind)


@pytest.mark.parametrize("status", ["InProgress", "Stopping"])
def test_a_parent_that_still_runs_is_refused(status: str) -> None:
    with pytest.raises(AWSValidationException, match=status):
        _check(_request(), _job(_request("parent"), status=status))


def test_instances_may_change_however_they_are_named() -> None:
    _check(_flexible(InstanceType="ml.m5.large"), _job(_flexible("parent")))
    _check(_flexible(), _job(_request("parent")))
    _check(_request(), _job(_flexible("parent")))


def test_five_parents_are_taken_and_six_are_not() -> None:
    parents = [_job(_request(f"parent-{number}")) for number in range(6)]
    _check(_request(), *parents[:5])
    with pytest.raises(AWSValidationException, match="names 6 parent tuning jobs"):
        _check(_request(), *parents)
    with pytest.raises(AWSValidationException, match="names 0 parent tuning jobs"):
        _check(_request())


def test_a_parent_must_exist_and_be_named_once() -> None:
    with pytest.raises(AWSValidationException, match="Could not find hyper parameter tuning job 'nobody'"):
        tuning_warm_start.check(_request() | {"WarmStartConfig": tuning.warm("nobody")}, {})
    parent = _job(_request("parent"))
    with pytest.raises(AWSValidationException, match="twice"):
        _check(_request(), parent, parent)


def test_the_type_of_warm_start_is_one_of_two() -> None:
    with pytest.raises(AWSValidationException, match="WarmStartType is 'Guess'"):
        _check(_request(), _job(_request("parent")), kind="Guess")


def test_the_objective_must_be_the_same() -> None:
    other = {"Type": "Maximize", "MetricName": "validation:f1"}
    with pytest.raises(AWSValidationException, match="objective metric"):
        _check(_changed(CONFIG, "HyperParameterTuningJobObjective", value=other), _job(_request("parent")))


def test_static_and_tunable_hyperparameters_together_must_be_the_same() -> None:
    with pytest.raises(AWSValidationException, match=r"other hyperparameters: \['gamma'\]"):
        _check(_request(gamma="1"), _job(_request("parent")))
    with pytest.raises(AWSValidationException, match=r"other hyperparameters: \['gamma'\]"):
        _check(_request(), _job(_request("parent", gamma="1")))


def test_a_hyperparameter_may_change_between_static_and_tunable() -> None:
    fixed = _request(eta="0.1")
    fixed[CONFIG]["ParameterRanges"] = {
        **tuning.RANGES,
        "ContinuousParameterRanges": tuning.RANGES["ContinuousParameterRanges"][1:],
    }
    _check(fixed, _job(_request("parent")))
    parent = copy.deepcopy(fixed) | {"HyperParameterTuningJobName": "parent"}
    _check(_request(), _job(parent))


def test_a_range_may_change_but_not_its_type() -> None:
    ranges = {
        "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "3", "MaxValue": "20"}],
        "ContinuousParameterRanges": tuning.RANGES["ContinuousParameterRanges"],
    }
    _check(_changed(CONFIG, "ParameterRanges", value=ranges), _job(_request("parent")))
    retyped = {
        "ContinuousParameterRanges": [
            {"Name": "max_depth", "MinValue": "1", "MaxValue": "6"},
            *tuning.RANGES["ContinuousParameterRanges"],
        ]
    }
    with pytest.raises(AWSValidationException, match=r"other types of the hyperparameters \['max_depth'\]"):
        _check(_changed(CONFIG, "ParameterRanges", value=retyped), _job(_request("parent")))


def test_five_changed_static_values_are_ten_changes_and_six_are_too_many() -> None:
    names = ("alpha", "lambda", "gamma", "max_bin", "max_leaves", "verbosity")
    parent = _job(_request("parent", **dict.fromkeys(names, "1")))
    _check(_request(**{name: "2" if name in names[:5] else "1" for name in names}), parent)
    with pytest.raises(AWSValidationException, match="12 changes"):
        _check(_request(**dict.fromkeys(names, "2")), parent)


def test_each_value_of_a_categorical_hyperparameter_that_becomes_static_is_a_change() -> None:
    parent = _request("parent")
    parent[CONFIG]["ParameterRanges"] = tuning.RANGES | {
        "CategoricalParameterRanges": [{"Name": "booster", "Values": [str(number) for number in range(11)]}]
    }
    with pytest.raises(AWSValidationException, match="11 changes"):
        _check(_request(booster="0"), _job(parent))


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("EnableNetworkIsolation", True),
        ("EnableInterContainerTrafficEncryption", True),
        ("RetryStrategy", {"MaximumRetryAttempts": 3}),
    ],
)
@pytest.mark.parametrize("kind", ["IdenticalDataAndAlgorithm", "TransferLearning"])
def test_only_some_settings_of_the_training_jobs_may_change(member: str, value: Any, kind: str) -> None:
    # https://github.com/aws/sagemaker-python-sdk/issues/3693
    child, parent = _changed(DEFINITION, member, value=value), _request("parent")
    with pytest.raises(
        AWSValidationException, match=rf"differs in \['{member}'\] of TrainingJobDefinition, only these"
    ):
        _check(child, _job(parent), kind=kind)
    parent[DEFINITION][member] = value
    _check(child, _job(parent), kind=kind)
    if value is True:
        # What is not asked for is off.
        _check(_changed(DEFINITION, member, value=False), _job(_request("parent")), kind=kind)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("EnableManagedSpotTraining", True),
        ("VpcConfig", {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}),
        ("StoppingCondition", {"MaxRuntimeInSeconds": 60}),
    ],
)
def test_the_others_may(member: str, value: Any) -> None:
    _check(_changed(DEFINITION, member, value=value), _job(_request("parent")))


def test_another_image_is_other_data_or_algorithm() -> None:
    parent = _request("parent")
    parent[DEFINITION]["AlgorithmSpecification"]["TrainingImage"] = "sagemaker-xgboost:1.7-1"
    with pytest.raises(AWSValidationException, match="IdenticalDataAndAlgorithm needs the same"):
        _check(_request(), _job(parent))
    _check(_request(), _job(parent), kind="TransferLearning")


def test_trials_of_the_parents_count_against_the_limit() -> None:
    _check(_request(), _job(_request("parent"), trials=746))
    with pytest.raises(AWSValidationException, match="751 training jobs"):
        _check(_request(), _job(_request("parent"), trials=747))
