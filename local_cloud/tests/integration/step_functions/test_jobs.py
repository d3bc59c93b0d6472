"""Jobs that a ``.sync`` task started and nobody waits for any more are stopped.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
"""

import functools
from typing import Any

import pytest

from integration.step_functions import machines
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.sagemaker import data
from local_cloud.testing.waiting import until

BUCKET = "scripts-of-jobs"
ENDLESS = "import time\nwhile True:\n    time.sleep(0.1)\n"
TRUST = {"Service": "states.amazonaws.com"}


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    """Of the state machines; it prepares what their jobs need, too."""
    data.upload(cloud)
    training_role = data.role(cloud, "training")
    s3, glue = cloud.client("s3", ACCOUNT), cloud.client("glue", ACCOUNT)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="endless.py", Body=ENDLESS.encode())
    reading = {"Effect": "Allow", "Action": ["s3:*", "logs:*"], "Resource": "*"}
    glue.create_job(
        Name="endless",
        Role=make_role(cloud, "glue", [reading], trust={"Service": "glue.amazonaws.com"}),
        Command={"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": f"s3://{BUCKET}/endless.py"},
        GlueVersion="5.1",
        ExecutionProperty={"MaxConcurrentRuns": 5},
    )
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": ["glue:*", "sagemaker:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": training_role},
    ]
    return make_role(cloud, "waiting", statements, trust=TRUST)


def _glue(**more: Any) -> machines.States:
    arguments = {"JobName": "endless"}
    return {
        "Job": {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "Arguments": arguments, **more}
    }


def _last_run(cloud: RunningCloud) -> dict[str, Any] | None:
    runs = cloud.client("glue", ACCOUNT).get_job_runs(JobName="endless")["JobRuns"]
    return max(runs, key=lambda run: run["StartedOn"]) if runs else None


def _stopped_run(cloud: RunningCloud) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        run = _last_run(cloud)
        return run if run and run["JobRunState"] == "STOPPED" else None

    return until(look)


def test_a_job_run_is_stopped_when_its_task_times_out(cloud: RunningCloud, role: str) -> None:
    caught = [{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}]
    states = {**_glue(TimeoutSeconds=3, Catch=caught, End=True), "Caught": {"Type": "Succeed"}}
    execution, events = machines.run(cloud, role, "times-out", states)
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    assert _stopped_run(cloud)
    kinds = [event["type"] for event in machines.events(cloud, execution["executionArn"])]
    assert "TaskTimedOut" in kinds
    assert "TaskSucceeded" not in kinds
    assert events[-1]["type"] == "ExecutionSucceeded"


def test_a_job_run_is_stopped_with_its_execution(cloud: RunningCloud, role: str) -> None:
    execution = machines.start(cloud, machines.create(cloud, role, "is-stopped", _glue(End=True)))
    machines.entered(cloud, execution, "TaskSubmitted")
    cloud.client("stepfunctions", ACCOUNT).stop_execution(executionArn=execution)
    assert machines.ended(cloud, execution)["status"] == "ABORTED"
    assert _stopped_run(cloud)
    assert [event["type"] for event in machines.events(cloud, execution)][-2:] == ["TaskSubmitted", "ExecutionAborted"]


def test_a_job_run_is_stopped_when_the_whole_execution_times_out(cloud: RunningCloud, role: str) -> None:
    machine = machines.create(cloud, role, "whole", _glue(End=True), TimeoutSeconds=3)
    execution = machines.start(cloud, machine)
    assert machines.ended(cloud, execution)["status"] == "TIMED_OUT"
    assert _stopped_run(cloud)


def _is_training(client: Any, name: str) -> bool | None:
    try:
        job = client.describe_training_job(TrainingJobName=name)
    except client.exceptions.ClientError:
        return None
    return job["SecondaryStatus"] == "Training" or None


def test_every_training_job_of_a_map_is_stopped(cloud: RunningCloud, role: str) -> None:
    given = {
        "AlgorithmSpecification": {"TrainingImage": data.IMAGE, "TrainingInputMode": "File"},
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/training",
        "HyperParameters": {**data.HYPERPARAMETERS, "num_round": 1000000},
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "ContentType": "text/csv",
                "DataSource": {
                    "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{data.BUCKET}/data/train/"},
                },
            }
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{data.BUCKET}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 300},
    }
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
        "Arguments": {"TrainingJobName": "{% 'mapped-' & $string($states.input) %}", **given},
        "End": True,
    }
    processor = {"StartAt": "Train", "States": {"Train": task}}
    states = {"Map": {"Type": "Map", "Items": [1, 2], "ItemProcessor": processor, "End": True}}
    execution, names = machines.start(cloud, machines.create(cloud, role, "mapped", states)), ("mapped-1", "mapped-2")
    client = cloud.client("sagemaker", ACCOUNT)
    for name in names:
        until(functools.partial(_is_training, client, name))
    cloud.client("stepfunctions", ACCOUNT).stop_execution(executionArn=execution)
    assert machines.ended(cloud, execution)["status"] == "ABORTED"
    ended = [data.ended(cloud, name) for name in names]
    assert [job["TrainingJobStatus"] for job in ended] == ["Stopped", "Stopped"], ended


def test_a_failing_branch_stops_the_others_and_is_caught(cloud: RunningCloud, role: str) -> None:
    failing = {
        "StartAt": "Submitted",
        "States": {
            "Submitted": {"Type": "Wait", "Seconds": 2, "Next": "Fail"},
            "Fail": {"Type": "Fail", "Error": "Broken", "Cause": "on purpose"},
        },
    }
    branches = [{"StartAt": "Job", "States": _glue(End=True)}, failing]
    caught = [{"ErrorEquals": ["Broken"], "Output": "{% $states.errorOutput %}", "Next": "Caught"}]
    states = {
        "Parallel": {"Type": "Parallel", "Branches": branches, "Catch": caught, "End": True},
        "Caught": {"Type": "Succeed", "Output": "{% $states.input.Error %}"},
    }
    execution, _ = machines.run(cloud, role, "branches", states)
    assert (execution["status"], execution.get("output")) == ("SUCCEEDED", '"Broken"')
    assert _stopped_run(cloud)


def test_a_parallel_gives_its_branches_results_in_their_order(cloud: RunningCloud, role: str) -> None:
    slow = {
        "StartAt": "Wait",
        "States": {
            "Wait": {"Type": "Wait", "Seconds": 1, "Next": "A"},
            "A": {"Type": "Pass", "Output": "a", "End": True},
        },
    }
    fast = {"StartAt": "B", "States": {"B": {"Type": "Pass", "Output": "b", "End": True}}}
    states = {
        "Parallel": {
            "Type": "Parallel",
            "Branches": [slow, fast],
            "Output": "{% $join($states.result, '-') %}",
            "End": True,
        }
    }
    execution, _ = machines.run(cloud, role, "in-order", states)
    assert execution["output"] == '"a-b"'
