"""Tuning jobs: https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-how-it-works.html"""

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import data, tuning
from local_cloud.testing.waiting import until


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    data.upload(cloud)
    return data.role(cloud, "tuning")


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    return cloud.client("sagemaker", ACCOUNT)


@pytest.fixture(scope="module")
def parent(cloud: RunningCloud, role: str, client: Any) -> dict[str, Any]:
    client.create_hyper_parameter_tuning_job(**tuning.request("parent", role))
    return tuning.ended(cloud, "parent")


def _trials(client: Any, name: str, **request: Any) -> list[dict[str, Any]]:
    pages = client.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
        HyperParameterTuningJobName=name, **request
    )
    return [trial for page in pages for trial in page["TrainingJobSummaries"]]


def _value(trial: dict[str, Any]) -> float:
    return float(trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])


def test_the_best_of_real_trials_is_told(client: Any, role: str, parent: dict[str, Any]) -> None:
    assert parent["HyperParameterTuningJobStatus"] == "Completed", parent.get("FailureReason")
    assert parent["TrainingJobStatusCounters"] == {
        "Completed": 4,
        "InProgress": 0,
        "RetryableError": 0,
        "NonRetryableError": 0,
        "Stopped": 0,
    }
    assert parent["ObjectiveStatusCounters"] == {"Succeeded": 4, "Pending": 0, "Failed": 0}
    sent = tuning.request("parent", role)
    told = {name: parent[name] for name in sent if name != "Tags"}
    # What AWS adds, too: the SDK's HyperparameterTuner.attach takes the objective away again.
    assert told["TrainingJobDefinition"]["StaticHyperParameters"].pop("_tuning_objective_metric") == "validation:auc"
    told["TrainingJobDefinition"]["AlgorithmSpecification"].pop("MetricDefinitions")
    assert told == {name: value for name, value in sent.items() if name != "Tags"}
    trials = _trials(client, "parent")
    assert parent["BestTrainingJob"] == max(trials, key=_value)
    # Two sorts of trees on this data; nobody who guesses passes a half.
    assert 0.9 < _value(parent["BestTrainingJob"]) <= 1
    assert len({str(trial["TunedHyperParameters"]) for trial in trials}) == 4
    assert "OverallBestTrainingJob" not in parent


@pytest.mark.usefixtures("parent")
def test_a_trial_is_a_training_job_of_its_own(client: Any) -> None:
    trials = _trials(client, "parent")
    for number, trial in enumerate(trials, 1):
        assert re.fullmatch(rf"parent-00{number}-[0-9a-f]{{8}}", trial["TrainingJobName"])
        child = client.describe_training_job(TrainingJobName=trial["TrainingJobName"])
        assert child["TrainingJobStatus"] == trial["TrainingJobStatus"] == "Completed"
        assert child["TuningJobArn"].endswith(f":{ACCOUNT}:hyper-parameter-tuning-job/parent")
        assert child["HyperParameters"] == tuning.STATIC | trial["TunedHyperParameters"] | {
            "_tuning_objective_metric": "validation:auc"
        }
        assert child["Environment"] == tuning.ENVIRONMENT
        # The objective is measured although eval_metric does not name it.
        metrics = {item["MetricName"]: item["Value"] for item in child["FinalMetricDataList"]}
        assert metrics["validation:auc"] == _value(trial)
        assert "validation:logloss" in metrics
        tags = client.list_tags(ResourceArn=child["TrainingJobArn"])["Tags"]
        assert tags == [{"Key": "app", "Value": "test"}]


@pytest.mark.usefixtures("parent")
def test_as_many_trials_as_are_allowed_run_at_the_same_time(client: Any) -> None:
    spans = [(trial["CreationTime"], trial["TrainingEndTime"]) for trial in _trials(client, "parent")]
    at_once = [sum(start <= moment < end for start, end in spans) for moment, _ in spans]
    assert max(at_once) == 2


@pytest.mark.usefixtures("parent")
def test_trials_are_listed_by_their_objective(client: Any) -> None:
    trials = _trials(
        client, "parent", SortBy="FinalObjectiveMetricValue", SortOrder="Descending", PaginationConfig={"PageSize": 3}
    )
    values = [_value(trial) for trial in trials]
    assert len(values) == 4
    assert values == sorted(values, reverse=True)


def test_a_warm_start_knows_its_parents_trials(
    cloud: RunningCloud, client: Any, role: str, parent: dict[str, Any]
) -> None:
    request = tuning.request("identical", role, trials=2) | {"WarmStartConfig": tuning.warm("parent")}
    client.create_hyper_parameter_tuning_job(**request)
    job = tuning.ended(cloud, "identical")
    assert job["HyperParameterTuningJobStatus"] == "Completed", job.get("FailureReason")
    assert job["WarmStartConfig"] == request["WarmStartConfig"]
    best = max(_value(parent["BestTrainingJob"]), _value(job["BestTrainingJob"]))
    assert _value(job["OverallBestTrainingJob"]) == best
    # The seed is the parent's, and would draw the same trials if nothing was known of them.
    mine = [trial["TunedHyperParameters"] for trial in _trials(client, "identical")]
    theirs = [trial["TunedHyperParameters"] for trial in _trials(client, "parent")]
    assert not [tuned for tuned in mine if tuned in theirs]


def test_a_transfer_repeats_the_parents_best_on_the_new_data(
    cloud: RunningCloud, client: Any, role: str, parent: dict[str, Any]
) -> None:
    warm = tuning.warm("parent", kind="TransferLearning")
    client.create_hyper_parameter_tuning_job(
        **tuning.request("transfer", role, trials=1, parallel=1) | {"WarmStartConfig": warm}
    )
    job = tuning.ended(cloud, "transfer")
    assert job["BestTrainingJob"]["TunedHyperParameters"] == parent["BestTrainingJob"]["TunedHyperParameters"]
    # The data are the same after all, so that the value must come out again.
    assert _value(job["BestTrainingJob"]) == _value(parent["BestTrainingJob"])
    assert "OverallBestTrainingJob" not in job


@pytest.mark.usefixtures("parent")
def test_a_parent_that_was_isolated_otherwise_is_refused(client: Any, role: str) -> None:
    request = tuning.request("isolated", role) | {"WarmStartConfig": tuning.warm("parent", kind="TransferLearning")}
    request["TrainingJobDefinition"] = request["TrainingJobDefinition"] | {"EnableNetworkIsolation": True}
    with pytest.raises(ClientError, match="EnableNetworkIsolation") as raised:
        client.create_hyper_parameter_tuning_job(**request)
    assert raised.value.response["Error"]["Code"] == "ValidationException"


def test_a_stop_ends_the_children(cloud: RunningCloud, client: Any, role: str) -> None:
    client.create_hyper_parameter_tuning_job(**tuning.request("stopped", role, num_round="1000000"))

    def trains() -> bool | None:
        children = [
            client.describe_training_job(TrainingJobName=trial["TrainingJobName"])
            for trial in _trials(client, "stopped")
        ]
        return [child["SecondaryStatus"] for child in children] == ["Training"] * 2 or None

    until(trains)
    listed = client.list_hyper_parameter_tuning_jobs(StatusEquals="InProgress")["HyperParameterTuningJobSummaries"]
    assert [item["HyperParameterTuningJobName"] for item in listed] == ["stopped"]
    assert listed[0]["ObjectiveStatusCounters"]["Pending"] == 2
    client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="stopped")
    job = tuning.ended(cloud, "stopped")
    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    assert [trial["TrainingJobStatus"] for trial in _trials(client, "stopped")] == ["Stopped"] * 2
    assert job["TrainingJobStatusCounters"]["Stopped"] == 2
    assert "BestTrainingJob" not in job


def test_a_job_without_a_successful_trial_fails(cloud: RunningCloud, client: Any, role: str) -> None:
    client.create_hyper_parameter_tuning_job(**tuning.request("failing", role, trials=2, objective="binary:guess"))
    job = tuning.ended(cloud, "failing")
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("All training jobs failed")
    assert job["TrainingJobStatusCounters"]["NonRetryableError"] == 2
    assert job["ObjectiveStatusCounters"]["Failed"] == 2
    assert all("binary:guess" in trial["FailureReason"] for trial in _trials(client, "failing"))


def test_a_job_whose_trials_do_not_tell_the_objective_fails(cloud: RunningCloud, client: Any, role: str) -> None:
    request = tuning.request("mute", role, trials=2)
    del request["TrainingJobDefinition"]["InputDataConfig"][1]
    client.create_hyper_parameter_tuning_job(**request)
    job = tuning.ended(cloud, "mute")
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert "No objective metrics found" in job["FailureReason"]
    assert job["TrainingJobStatusCounters"]["Completed"] == 2
    assert job["ObjectiveStatusCounters"] == {"Succeeded": 0, "Pending": 0, "Failed": 2}


@pytest.mark.usefixtures("parent")
def test_tags_and_lists(client: Any, parent: dict[str, Any]) -> None:
    tags = client.list_tags(ResourceArn=parent["HyperParameterTuningJobArn"])["Tags"]
    assert tags == [{"Key": "app", "Value": "test"}]
    pages = client.get_paginator("list_hyper_parameter_tuning_jobs").paginate(
        NameContains="parent", StatusEquals="Completed", SortBy="CreationTime", SortOrder="Descending"
    )
    (found,) = [item for page in pages for item in page["HyperParameterTuningJobSummaries"]]
    assert found["HyperParameterTuningJobArn"] == parent["HyperParameterTuningJobArn"]
    assert found["Strategy"] == "Bayesian"
    assert found["ResourceLimits"] == {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2}
    later = client.list_hyper_parameter_tuning_jobs(NameContains="parent", CreationTimeAfter=parent["LastModifiedTime"])
    assert later["HyperParameterTuningJobSummaries"] == []


@pytest.mark.usefixtures("parent")
def test_a_name_is_used_once(client: Any, role: str) -> None:
    with pytest.raises(ClientError) as raised:
        client.create_hyper_parameter_tuning_job(**tuning.request("parent", role))
    assert raised.value.response["Error"]["Code"] == "ResourceInUse"


def test_an_unknown_job_is_not_found(client: Any) -> None:
    with pytest.raises(ClientError) as raised:
        client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="nobody")
    assert raised.value.response["Error"]["Code"] == "ResourceNotFound"
