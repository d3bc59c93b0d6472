"""A run that somebody stops: nothing goes on without it, and it stands in nobody's way."""

import json
from typing import Any

import pytest

from contract import keys
from tests.e2e.cloud import Account, Fleet, until

MODEL = "air-time"
# https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html
_ALIVE = {"STARTING", "RUNNING", "STOPPING"}


def test_a_stopped_run_stops_its_job_and_leaves_its_lease_to_the_next(sandbox: Account) -> None:
    # An empty file will do: how far the runs come is enough.
    place = {"Bucket": sandbox.outputs["ArtifactBucketName"], "Key": f"raw/{MODEL}/empty.csv"}
    sandbox.client("s3").put_object(**place)
    before = {item["Id"] for item in _job_runs(sandbox)}
    arn = sandbox.start("RetrainingStateMachineArn", {"model": MODEL})
    until(lambda: any(item["JobRunState"] == "RUNNING" for item in _job_runs(sandbox)), "the job to run")
    sandbox.client("stepfunctions").stop_execution(executionArn=arn, cause="the operator changed her mind")
    until(lambda: not {item["JobRunState"] for item in _job_runs(sandbox)} & _ALIVE, "the job to stop")

    assert sandbox.wait(arn).status == "ABORTED"
    assert {item["JobRunState"] for item in _job_runs(sandbox) if item["Id"] not in before} == {"STOPPED"}
    assert sandbox.leases() == [keys.MODEL_LEASE.of(MODEL)]

    following = sandbox.run(MODEL)
    sandbox.client("s3").delete_object(**place)

    assert following.status == "FAILED"
    assert "Take Over Lease" in following.states
    assert "Extract, Transform, Load" in following.states
    assert sandbox.leases() == []


@pytest.mark.parametrize("environment", ["qa", "prod"])
def test_a_stopped_deployment_is_announced(fleet: Fleet, environment: str) -> None:
    account: Account = getattr(fleet, environment)
    sqs, topic = account.client("sqs"), account.outputs["NotificationTopicArn"]
    url = sqs.create_queue(QueueName="stopped")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    account.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    arn = account.start("DeploymentStateMachineArn", {"reason": "test"})
    workflows = account.client("stepfunctions")
    workflows.stop_execution(executionArn=arn, cause="the operator changed her mind")

    until(lambda: workflows.describe_execution(executionArn=arn)["status"] == "ABORTED", "the deployment to stop")

    told: list[dict[str, Any]] = []

    def announced() -> bool:
        found = sqs.receive_message(QueueUrl=url).get("Messages", [])
        told.extend(json.loads(json.loads(message["Body"])["Message"]) for message in found)
        return any(item.get("execution") == arn for item in told)

    until(announced, f"the end of {arn} to be announced")
    assert [item["status"] for item in told if item.get("execution") == arn] == ["ABORTED"]

    # Whatever it had taken is the next one's.
    assert account.deploy().status == "SUCCEEDED"
    assert account.leases() == []


def _job_runs(sandbox: Account) -> list[dict[str, Any]]:
    client = sandbox.client("glue")
    (job,) = client.list_jobs()["JobNames"]
    return list(client.get_job_runs(JobName=job)["JobRuns"])
