"""What must never go unnoticed: an update that AWS rolls back without a word, and a model that answers wrongly."""

import json
from typing import Any

import pytest

from tests.e2e.cloud import REGION, Account, Fleet, Run, until

MODEL = "temperature-tomorrow"


@pytest.fixture(scope="module")
def candidate(promoted: Fleet) -> Run:
    """Version 2 of the untuned model, from the same data, not approved."""
    run = promoted.sandbox.run(MODEL, force=True)
    assert run.status == "SUCCEEDED", run.cause
    assert run.output["version"] == 2
    promoted.expect(MODEL, 2, (promoted.sandbox,))
    return run


@pytest.fixture(scope="module")
def inbox(promoted: Fleet) -> str:
    """URL of a queue that is subscribed to QA's topic."""
    sqs = promoted.qa.client("sqs")
    url = sqs.create_queue(QueueName="operator")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    promoted.qa.client("sns").subscribe(
        TopicArn=promoted.qa.outputs["NotificationTopicArn"], Protocol="sqs", Endpoint=arn
    )
    return str(url)


def test_a_silent_roll_back_is_noticed(promoted: Fleet, candidate: Run, inbox: str) -> None:
    qa = promoted.qa
    place = {"account_id": qa.account_id, "region": REGION, "endpoint_name": qa.outputs["EndpointName"]}
    qa.cloud.control("endpoint_faults", {**place, "silent_rollbacks": 1})
    count = len(qa.executions("DeploymentStateMachineArn"))
    promoted.judge(MODEL, 2, "Approved")
    run = _next_run(qa, count)

    assert (run.status, run.error) == ("FAILED", "EndpointNotInService")
    assert "instead of InService with" in run.cause
    assert qa.versions()[MODEL] == 1
    _await_messages(qa, inbox, "EndpointNotInService")
    assert qa.leases() == []

    # Nobody tries the same again by itself; by hand it goes on.
    assert _deploy(qa).error == "KnownToFail"
    _await_messages(qa, inbox, "KnownToFail")
    assert qa.deploy(force=True).output["outcome"] == "deployed"
    assert qa.versions()[MODEL] == 2


def test_a_model_that_answers_wrongly_is_taken_back(promoted: Fleet, candidate: Run, inbox: str) -> None:
    qa, sandbox = promoted.qa, promoted.sandbox
    third = sandbox.run(MODEL, force=True)
    assert third.status == "SUCCEEDED", third.cause
    promoted.expect(MODEL, 3, (sandbox,))
    _tamper(sandbox, third.output["evaluation"])
    served = qa.versions()[MODEL]
    count = len(qa.executions("DeploymentStateMachineArn"))
    promoted.judge(MODEL, 3, "Approved")
    run = _next_run(qa, count)

    assert (run.status, run.error) == ("FAILED", "DeploymentNotProvenError")
    assert "the registered version answers" in run.cause
    assert run.states.index("Restore Previous Deployment") < run.states.index("Rolled Back?")
    assert qa.versions()[MODEL] == served
    _await_messages(qa, inbox, "DeploymentNotProvenError")
    promoted.judge(MODEL, 3, "Rejected")
    promoted.prod.settle()


def test_an_artifact_that_was_changed_is_refused(promoted: Fleet, inbox: str) -> None:
    sandbox, qa = promoted.sandbox, promoted.qa
    run = sandbox.run(MODEL, force=True)
    version = run.output["version"]
    promoted.expect(MODEL, version, (sandbox,))
    package = promoted.package(MODEL, version)
    artifact = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    bucket, _, key = artifact.removeprefix("s3://").partition("/")
    sandbox.client("s3").put_object(Bucket=bucket, Key=key, Body=b"something else")
    served = qa.versions()
    count = len(qa.executions("DeploymentStateMachineArn"))
    promoted.judge(MODEL, version, "Approved")
    failed = _next_run(qa, count)
    promoted.judge(MODEL, version, "Rejected")

    assert failed.error == "DigestMismatchError"
    assert package["CustomerMetadataProperties"]["digest"] in failed.cause
    assert qa.versions() == served


def test_without_an_approved_version_the_model_goes_on_serving_with_an_alarm(promoted: Fleet, inbox: str) -> None:
    qa = promoted.qa
    statuses = {
        int(item["ModelPackageVersion"]): item["ModelApprovalStatus"]
        for item in promoted.sandbox.client("sagemaker").list_model_packages(
            ModelPackageGroupName=f"perennial-{MODEL}"
        )["ModelPackageSummaryList"]
    }
    approved = [version for version, status in statuses.items() if status == "Approved"]
    qa.settle()
    served = qa.versions()
    for version in approved:
        promoted.judge(MODEL, version, "Rejected")
    run = _deploy(qa)
    _await_messages(qa, inbox, "models serve without an approved version", "perennial-qa-unapproved")
    for version in approved:
        promoted.judge(MODEL, version, "Approved")

    assert run.status == "SUCCEEDED", run.cause
    assert run.output["unapproved"] == [MODEL]
    assert qa.versions() == served
    (alarm,) = qa.client("cloudwatch").describe_alarms(AlarmNames=["perennial-qa-unapproved"])["MetricAlarms"]
    until(lambda: _is_in_alarm(qa, alarm["AlarmName"]), "the alarm on unapproved models")


def _deploy(account: Account) -> Run:
    """A deployment by hand that no other one was in the way of."""
    runs: list[Run] = []

    def deployed() -> bool:
        account.settle()
        runs.append(account.deploy())
        return runs[-1].output.get("outcome") != "under way"

    until(deployed, "a deployment of our own")
    return runs[-1]


def _is_in_alarm(account: Account, name: str) -> bool:
    found = account.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    return bool(found["StateValue"] == "ALARM")


def _next_run(account: Account, count: int) -> Run:
    """The deployment that an event starts, when there were ``count`` before."""
    until(lambda: len(account.executions("DeploymentStateMachineArn")) > count, "an event to start a deployment")
    runs = account.settle()[: len(account.executions("DeploymentStateMachineArn")) - count]
    return next(run for run in reversed(runs) if run.output.get("outcome") != "under way")


def _tamper(account: Account, uri: str) -> None:
    evaluation: dict[str, Any] = json.loads(account.read(uri))
    evaluation["golden"]["answer"] += 1.0
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    account.client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(evaluation).encode())


def _await_messages(account: Account, url: str, *texts: str) -> None:
    """Wait for notifications that hold these texts, in any order, and drop all others."""
    missing = set(texts)

    def receive() -> bool:
        for message in account.client("sqs").receive_message(QueueUrl=url).get("Messages", []):
            account.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            missing.difference_update([text for text in missing if text in message["Body"]])
        return not missing

    until(receive, f"notifications about {texts}")
