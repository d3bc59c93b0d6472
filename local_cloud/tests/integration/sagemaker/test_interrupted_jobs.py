"""Jobs that run when the server stops."""

from pathlib import Path

from local_cloud.kernel import lifecycle
from local_cloud.kernel.settings import Settings
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import data, transforms, tuning
from local_cloud.testing.waiting import until


def test_a_tuning_job_and_its_trials_have_failed_after_a_restart(tmp_path: Path) -> None:
    with lifecycle.start(Settings(state_dir=tmp_path, port=0)) as cloud:
        data.upload(cloud)
        client = cloud.client("sagemaker", ACCOUNT)
        request = tuning.request("interrupted", data.role(cloud, "tuning"), trials=20, num_round="1000000")
        client.create_hyper_parameter_tuning_job(**request)

        def both_train() -> bool | None:
            trials = client.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName="interrupted")
            names = [trial["TrainingJobName"] for trial in trials["TrainingJobSummaries"]]
            states = [client.describe_training_job(TrainingJobName=name)["SecondaryStatus"] for name in names]
            return states == ["Training"] * 2 or None

        until(both_train)
        with cloud.restart() as again:
            job = tuning.ended(again, "interrupted")
            assert job["HyperParameterTuningJobStatus"] == "Failed"
            assert job["FailureReason"].startswith("InternalServerError")
            # None was started on the way down, and none is thought to be wrong by itself.
            assert job["TrainingJobStatusCounters"] == {
                "Completed": 0,
                "InProgress": 0,
                "RetryableError": 2,
                "NonRetryableError": 0,
                "Stopped": 0,
            }


def test_a_transform_job_has_failed_after_a_restart_and_stored_nothing(tmp_path: Path) -> None:
    with lifecycle.start(Settings(state_dir=tmp_path, port=0)) as cloud:
        transforms.upload(cloud, transforms.booster())
        transforms.create_model(cloud, "linear", transforms.role(cloud, "transforming"))
        cloud.client("s3", ACCOUNT).put_object(Bucket=data.BUCKET, Key="in/a.csv", Body=b"1,2,3\n")
        cloud.control("faults", {"add": {"kind": "job_hang", "job": "transform"}})
        client = cloud.client("sagemaker", ACCOUNT)
        client.create_transform_job(**transforms.request("interrupted", "linear", source="in/"))
        until(lambda: client.describe_transform_job(TransformJobName="interrupted").get("TransformStartTime"))
        cloud.save()
        with cloud.restart(crash=True) as again:
            job = transforms.ended(again, "interrupted")
            assert job["TransformJobStatus"] == "Failed"
            assert job["FailureReason"].startswith("InternalServerError")
            assert transforms.results(again, "interrupted") == {}
