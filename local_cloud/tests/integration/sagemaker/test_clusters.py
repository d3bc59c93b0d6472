"""Training jobs of several hosts, and what their channels bring to each: folders, shards and pipes."""

import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError

from integration.sagemaker.family_server import running
from local_cloud.containers.sagemaker import recordio
from local_cloud.kernel import opt_ml
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.sagemaker import data, tuning
from local_cloud.testing.waiting import until

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/cluster:1"
LINEAR_LEARNER = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"
BUCKET = "clusters"
FILES = {"a": "1\n", "b": "2\n", "c": "3\n"}

needs_own_opt_ml = pytest.mark.skipif(
    not opt_ml.is_own(), reason="this system gives no container an /opt/ml of its own"
)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    with running(tmp_path_factory.mktemp("package"), Path(__file__).parent / "cluster") as found:
        s3 = found.client("s3", ACCOUNT)
        s3.create_bucket(Bucket=BUCKET)
        for name, text in FILES.items():
            s3.put_object(Bucket=BUCKET, Key=f"data/{name}", Body=text.encode())
            s3.put_object(Bucket=BUCKET, Key=f"zipped/{name}", Body=gzip.compress(text.encode()))
        manifest = [{"prefix": f"s3://{BUCKET}/da"}, "ta/c", "ta/a"]
        s3.put_object(Bucket=BUCKET, Key="chosen.manifest", Body=json.dumps(manifest).encode())
        s3.put_object(Bucket=BUCKET, Key="wrong.manifest", Body=b'["ta/c"]')
        yield found


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    everything = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    return make_role(cloud, "sagemaker", everything, trust={"Service": "sagemaker.amazonaws.com"})


def channel(
    key: str = "data/", *, name: str = "train", kind: str = "S3Prefix", divided: bool = False, **more: Any
) -> Any:
    source = {"S3DataType": kind, "S3Uri": f"s3://{BUCKET}/{key}"}
    source["S3DataDistributionType"] = "ShardedByS3Key" if divided else "FullyReplicated"
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, **more}


def request(name: str, role_arn: str, *, instances: int = 1, channels: Any = (), **hyperparameters: str) -> Any:
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": role_arn,
        "HyperParameters": hyperparameters,
        "InputDataConfig": list(channels) or [channel()],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": instances, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 300},
    }


def run(cloud: RunningCloud, asked: dict[str, Any]) -> dict[str, Any]:
    cloud.client("sagemaker", ACCOUNT).create_training_job(**asked)
    return data.ended(cloud, asked["TrainingJobName"])


def archive(cloud: RunningCloud, name: str, file: str = "model.tar.gz") -> dict[str, str]:
    body = cloud.client("s3", ACCOUNT).get_object(Bucket=BUCKET, Key=f"models/{name}/output/{file}")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as content:
        files = {item.name: content.extractfile(item) for item in content}
        return {name: found.read().decode() for name, found in files.items() if found}


def told(cloud: RunningCloud, name: str, host: str = "algo-1") -> Any:
    return json.loads(archive(cloud, name)[f"{host}.json"])


@needs_own_opt_ml
def test_hosts_talk_share_the_data_and_leave_one_model(cloud: RunningCloud, role: str) -> None:
    channels = [channel(divided=True), channel(name="all")]
    job = run(cloud, request("talks", role, instances=2, channels=channels, leaves="x"))

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert set(archive(cloud, "talks")) == {"algo-1.json", "algo-2.json", "last.txt"}
    assert archive(cloud, "talks", "output.tar.gz") == {"algo-1.txt": "x", "algo-2.txt": "x"}
    first, second = (told(cloud, "talks", host) for host in ("algo-1", "algo-2"))
    assert first["heard"] == ["algo-2"]
    # https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html, and the
    # tests of https://github.com/aws/sagemaker-training-toolkit
    group = {"instance_group_name": "homogeneousCluster", "instance_type": "ml.m5.large"}
    common = {
        "current_instance_type": "ml.m5.large",
        "current_group_name": "homogeneousCluster",
        "hosts": ["algo-1", "algo-2"],
        "instance_groups": [{**group, "hosts": ["algo-1", "algo-2"]}],
        "network_interface_name": "lo",
    }
    assert first["resources"] == {"current_host": "algo-1", **common}
    assert second["resources"] == {"current_host": "algo-2", **common}
    everything = {f"all/{name}": text for name, text in FILES.items()}
    assert first["files"] == {"train/a": "1\n", "train/c": "3\n"} | everything
    assert second["files"] == {"train/b": "2\n"} | everything
    assert first["channels"]["train"]["S3DistributionType"] == "ShardedByS3Key"
    streams = cloud.client("logs", ACCOUNT).describe_log_streams(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix="talks/algo-2-"
    )["logStreams"]
    assert len(streams) == 1


@needs_own_opt_ml
def test_one_host_that_fails_ends_the_job(cloud: RunningCloud, role: str) -> None:
    job = run(cloud, request("fails", role, instances=3, fails="algo-2"))

    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: algo-2 was told to fail, exit code: 1"


def test_a_manifest_names_the_objects_of_a_channel(cloud: RunningCloud, role: str) -> None:
    channels = [
        channel("chosen.manifest", kind="ManifestFile"),
        channel("wrong.manifest", name="o", kind="ManifestFile"),
    ]
    job = run(cloud, request("manifest", role, channels=channels[:1]))
    wrong = run(cloud, request("wrong", role, channels=channels[1:]))

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert told(cloud, "manifest")["files"] == {"train/ta/a": "1\n", "train/ta/c": "3\n"}
    assert wrong["FailureReason"].startswith(
        f"ClientError: the manifest s3://{BUCKET}/wrong.manifest must be a list that"
    )


def test_a_pipe_gives_the_data_once_an_epoch(cloud: RunningCloud, role: str) -> None:
    plain = channel(InputMode="Pipe")
    zipped = channel("zipped/", InputMode="Pipe", CompressionType="Gzip", RecordWrapperType="RecordIO")
    shuffled = channel(InputMode="Pipe", ShuffleConfig={"Seed": 5})
    jobs = [
        run(cloud, request(name, role, channels=[found], epochs=epochs))
        for name, found, epochs in (("piped", plain, "2"), ("unzipped", zipped, "1"), ("shuffled", shuffled, "6"))
    ]

    assert [job["TrainingJobStatus"] for job in jobs] == ["Completed"] * 3, [job.get("FailureReason") for job in jobs]
    assert told(cloud, "piped")["epochs"] == ["1\n2\n3\n"] * 2
    assert told(cloud, "piped")["files"] == {}
    assert told(cloud, "piped")["channels"]["train"]["TrainingInputMode"] == "Pipe"
    assert told(cloud, "unzipped")["epochs"] == [["1\n", "2\n", "3\n"]]
    epochs = told(cloud, "shuffled")["epochs"]
    assert {"".join(sorted(epoch.split())) for epoch in epochs} == {"123"}
    assert len(set(epochs)) > 1


def test_linear_learner_reads_what_the_sdk_sends_of_a_matrix(cloud: RunningCloud, role: str) -> None:
    # record_set of the SDK v2: files of recordio-protobuf, named by a manifest, divided among the instances.
    # https://github.com/aws/sagemaker-python-sdk, src/sagemaker/amazon/amazon_estimator.py (upload_numpy_to_s3_shards)
    years = np.linspace(0, 10, 200, dtype=np.float32).reshape(-1, 1)
    for number, part in enumerate((slice(0, 100), slice(100, 200))):
        stream = io.BytesIO()
        recordio.write(stream, recordio.records_of(years[part], 30 + 2 * years[part, 0]))
        cloud.client("s3", ACCOUNT).put_object(Bucket=BUCKET, Key=f"set/matrix_{number}.pbr", Body=stream.getvalue())
    manifest = [{"prefix": f"s3://{BUCKET}/set/"}, "matrix_0.pbr", "matrix_1.pbr"]
    cloud.client("s3", ACCOUNT).put_object(
        Bucket=BUCKET, Key="set/.amazon.manifest", Body=json.dumps(manifest).encode()
    )
    jobs = {}
    for mode in ("File", "Pipe"):
        sent = channel("set/.amazon.manifest", kind="ManifestFile", divided=True, InputMode=mode)
        settings: dict[str, Any] = {
            "predictor_type": "regressor",
            "feature_dim": "1",
            "mini_batch_size": "10",
            "epochs": "20",
        }
        asked = request(f"linear-{mode.lower()}", role, channels=[sent], **settings)
        asked["AlgorithmSpecification"]["TrainingImage"] = LINEAR_LEARNER
        jobs[mode] = run(cloud, asked)

    assert {job["TrainingJobStatus"] for job in jobs.values()} == {"Completed"}, [*jobs.values()]
    losses = [{item["MetricName"]: item["Value"] for item in job["FinalMetricDataList"]} for job in jobs.values()]
    assert losses[0]["train:objective_loss"] == losses[1]["train:objective_loss"]
    # Of labels between 30 and 50, whose variance is 34.
    assert losses[0]["train:mse"] < 0.1


def test_a_pipe_without_data_fails_the_job(cloud: RunningCloud, role: str) -> None:
    job = run(cloud, request("nothing", role, channels=[channel("nowhere/", InputMode="Pipe")], epochs="1"))

    assert job["FailureReason"].startswith(
        f"ClientError: Data download failed: No S3 objects found under S3 URL s3://{BUCKET}/"
    )


def test_an_interrupted_job_goes_on_from_its_checkpoints(cloud: RunningCloud, role: str) -> None:
    asked = request("goes-on", role, steps="4")
    asked["EnableManagedSpotTraining"] = True
    asked["StoppingCondition"]["MaxWaitTimeInSeconds"] = 300
    asked["CheckpointConfig"] = {"S3Uri": f"s3://{BUCKET}/steps", "LocalPath": "/opt/ml/elsewhere/deep"}
    asked["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "step", "Regex": "step=(.*?);"}]
    cloud.control("faults", {"add": {"kind": "spot_interruption", "job": "training", "line": "step=2;", "times": 1}})

    job = run(cloud, asked)

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert told(cloud, "goes-on")["steps"] == [3, 4]
    assert [(item["MetricName"], item["Value"]) for item in job["FinalMetricDataList"]] == [("step", 4)]
    kept = cloud.client("s3", ACCOUNT).get_object(Bucket=BUCKET, Key="steps/step")["Body"].read()
    assert kept == b"4"


def test_trials_are_compared_by_a_metric_of_the_jobs_own(cloud: RunningCloud, role: str) -> None:
    definition = request("unused", role, steps="1")
    for member in ("TrainingJobName", "HyperParameters"):
        del definition[member]
    definition["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "loss", "Regex": "loss=(.*?);"}]
    cloud.client("sagemaker", ACCOUNT).create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="searched",
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": {"ContinuousParameterRanges": [{"Name": "loss", "MinValue": "1", "MaxValue": "2"}]},
        },
        TrainingJobDefinition=definition,
    )

    job = tuning.ended(cloud, "searched")

    assert job["HyperParameterTuningJobStatus"] == "Completed", job.get("FailureReason")
    trials = cloud.client("sagemaker", ACCOUNT).list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="searched"
    )["TrainingJobSummaries"]
    # What the script told is what it was given.
    losses = [float(trial["TunedHyperParameters"]["loss"]) for trial in trials]
    told = [trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for trial in trials]
    assert told == pytest.approx(losses)
    best = job["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]
    assert best["Value"] == pytest.approx(min(losses))


def test_a_stopped_job_keeps_the_model_that_its_container_saved(cloud: RunningCloud, role: str) -> None:
    asked = request("stopped", role, steps="4")
    asked["CheckpointConfig"] = {"S3Uri": f"s3://{BUCKET}/stopped/"}
    client, s3 = cloud.client("sagemaker", ACCOUNT), cloud.client("s3", ACCOUNT)
    client.create_training_job(**asked)
    # Checkpoints are copied while the container runs; it waits at the second one.
    until(lambda: s3.list_objects_v2(Bucket=BUCKET, Prefix="stopped/step")["KeyCount"] or None)
    client.stop_training_job(TrainingJobName="stopped")

    job = data.ended(cloud, "stopped")

    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Stopped"
    assert archive(cloud, "stopped") == {"early.txt": "saved early"}


@needs_own_opt_ml
def test_an_entrypoint_runs_in_place_of_the_images_program(cloud: RunningCloud, role: str) -> None:
    # As the SDK v3 starts its driver from a channel.
    program = """echo "$0 $1" > /opt/ml/model/told
python3 -c "import numpy; print(numpy.ones(3).sum())" >> /opt/ml/model/told
echo "$TRAINING_JOB_NAME $PURPOSE" >> /opt/ml/model/told
"""
    cloud.client("s3", ACCOUNT).put_object(Bucket=BUCKET, Key="drivers/run.sh", Body=program.encode())
    asked = request("entered", role, channels=[channel("drivers/", name="drivers")])
    script = "/opt/ml/input/data/drivers/run.sh"
    asked["AlgorithmSpecification"] |= {
        "ContainerEntrypoint": ["/bin/bash"],
        "ContainerArguments": ["-c", f"chmod +x {script} && exec {script} one"],
    }
    asked["Environment"] = {"PURPOSE": "test"}

    job = run(cloud, asked)

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert archive(cloud, "entered") == {"told": f"{script} one\n3.0\nentered test\n"}
    assert job["AlgorithmSpecification"]["ContainerEntrypoint"] == ["/bin/bash"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"channels": [channel("chosen.manifest", kind="ManifestFile", InputMode="FastFile")]},
            "FastFile takes S3Data",
        ),
        ({"channels": [channel(CompressionType="Gzip")]}, "CompressionType is Gzip, which only InputMode Pipe takes"),
        ({"channels": [channel(RecordWrapperType="RecordIO")]}, "RecordWrapperType is RecordIO, which only InputMode"),
    ],
)
def test_what_aws_documents_of_the_modes_is_refused(
    cloud: RunningCloud, role: str, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ClientError, match=said) as raised:
        run(cloud, request("refused", role, **changes))
    assert raised.value.response["Error"]["Code"] == "ValidationException"
