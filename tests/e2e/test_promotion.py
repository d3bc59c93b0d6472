"""Train, approve, promote, reject, roll back: three accounts, while clients go on asking."""

import json
import threading
import time
from dataclasses import dataclass, field

import pytest

from tests.e2e.cloud import Account, Fleet, Run

MODELS = ("flight-delay", "temperature-tomorrow")
REQUESTS = 2000


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer of the endpoint: when it was asked for, when it came, and which version gave it."""

    asked: float
    answered: float
    model: str
    version: int


@dataclass(kw_only=True)
class Story:
    """What happened while version 2 was approved and rejected again.

    Args:
        approved: when version 2 was approved.
        rolled_back: when the last account served version 1 again.
        rejected: when version 2 was rejected.
        answers: of prod's endpoint.
        failures: requests that were not answered.
        digests: of version 2's artifact, as each account served it.
        watched: alarms that could have rolled back prod's update to version 2.
        prefixes: what each account kept under deployments/ before and after the roll-back.
    """

    approved: float = 0.0
    rejected: float = 0.0
    rolled_back: float = 0.0
    answers: list[Answer] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    watched: list[str] = field(default_factory=list)
    objects: dict[str, tuple[set[str], set[str]]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def story(promoted: Fleet, warm: Run) -> Story:
    told = Story()
    enough, done = threading.Event(), threading.Event()
    threads = [
        threading.Thread(target=_ask, args=(promoted, model, told, done), name=f"client-{model}") for model in MODELS
    ]
    for thread in threads:
        thread.start()
    try:
        told.approved = time.monotonic()
        promoted.judge("flight-delay", 2, "Approved")
        promoted.expect("flight-delay", 2)
        told.watched = _watched(promoted.prod)
        told.digests = {account.stack: account.digest("flight-delay") for account in promoted.all}
        before = {account.stack: _objects(account) for account in promoted.all}
        told.rejected = time.monotonic()
        promoted.judge("flight-delay", 2, "Rejected")
        promoted.expect("flight-delay", 1)
        told.rolled_back = time.monotonic()
        told.objects = {account.stack: (before[account.stack], _objects(account)) for account in promoted.all}
        while len(told.answers) < REQUESTS and not told.failures:
            enough.wait(0.2)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    return told


def test_qa_and_prod_serve_the_approved_version_to_the_byte(promoted: Fleet, story: Story) -> None:
    registered = promoted.package("flight-delay", 2)["CustomerMetadataProperties"]["digest"]

    assert story.digests == dict.fromkeys(("PerennialSandbox", "PerennialQa", "PerennialProd"), registered)


def test_a_rejection_brings_the_previous_version_back_everywhere(promoted: Fleet, story: Story) -> None:
    registered = promoted.package("flight-delay", 1)["CustomerMetadataProperties"]["digest"]

    assert [account.versions()["flight-delay"] for account in promoted.all] == [1, 1, 1]
    assert {account.digest("flight-delay") for account in promoted.all} == {registered}


def test_the_way_back_copies_nothing(story: Story) -> None:
    for stack in ("PerennialQa", "PerennialProd"):
        before, after = story.objects[stack]
        assert after == before, stack


def test_no_request_fails_while_versions_change(story: Story) -> None:
    assert story.failures == []
    assert len(story.answers) >= REQUESTS


def test_an_update_is_watched_by_alarms_of_its_own_which_go_with_it(promoted: Fleet, story: Story) -> None:
    prod = promoted.prod
    prod.settle()
    deployed = prod.history("deployment", prod.outputs["EndpointName"])[1]
    config = deployed["endpoint_config"]["S"]
    start = config.replace(f"{prod.outputs['EndpointName']}-", f"{prod.outputs['EndpointName']}-rollback-")
    left = prod.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{prod.outputs['EndpointName']}-rollback-")

    assert story.watched == [f"{start}-errors", f"{start}-latency"]
    assert left["MetricAlarms"] == []


def test_every_answer_is_of_a_version_that_was_approved_then(story: Story) -> None:
    second = [answer for answer in story.answers if (answer.model, answer.version) == ("flight-delay", 2)]

    assert second, "no client saw version 2"
    assert min(answer.answered for answer in second) > story.approved
    # Until the way back has ended, its last requests may still be under way.
    assert max(answer.asked for answer in second) < story.rolled_back
    assert {answer.version for answer in story.answers if answer.asked > story.rolled_back} == {1}


def test_approvals_are_recorded_as_one_update(promoted: Fleet, story: Story) -> None:
    rows = promoted.prod.history("deployment", promoted.prod.outputs["EndpointName"])

    assert [row["action"]["S"] for row in rows[:2]] == ["restored", "deployed"]
    assert rows[0]["changes"]["M"] == {"flight-delay": {"S": "2 -> 1"}}


def test_the_second_tuning_job_starts_warm(promoted: Fleet, cold: Run, warm: Run) -> None:
    newest, oldest = promoted.sandbox.history("tuning", "flight-delay")
    description = promoted.sandbox.client("sagemaker").describe_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=warm.output["tuning_job"]
    )

    assert oldest["warm_start"]["M"]["parents"]["L"] == []
    assert "cold start" in oldest["warm_start"]["M"]["reason"]["S"]
    assert description["WarmStartConfig"] == {
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": cold.output["tuning_job"]}],
        # Another month is other data.
        "WarmStartType": "TransferLearning",
    }
    assert newest["trial_count"]["N"] == "6"


def test_a_candidate_is_compared_with_the_champion(promoted: Fleet, warm: Run) -> None:
    evaluation = json.loads(promoted.sandbox.read(warm.output["evaluation"]))

    assert evaluation["champion"]["metrics"]["auc"] > 0.5
    assert evaluation["difference"]["interval"][0] <= evaluation["difference"]["value"]
    assert "the champion's is" in warm.output["reason"]


def _watched(account: Account) -> list[str]:
    endpoint = account.client("sagemaker").describe_endpoint(EndpointName=account.outputs["EndpointName"])
    return [alarm["AlarmName"] for alarm in endpoint["LastDeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]]


def _ask(fleet: Fleet, model: str, told: Story, done: threading.Event) -> None:
    """Ask prod in a loop, and tell the versions apart by their golden answers."""
    known = {version: _golden(fleet, model, version) for version in ((1, 2) if model == "flight-delay" else (1,))}
    line = known[1][0]
    client = fleet.prod.client("sagemaker-runtime")
    expected = {version: _own_answer(fleet, model, version, line) for version in known}
    while not done.is_set():
        asked = time.monotonic()
        try:
            response = client.invoke_endpoint(
                EndpointName=fleet.prod.outputs["EndpointName"],
                TargetModel=f"{model}.tar.gz",
                ContentType="text/csv",
                Accept="text/csv",
                Body=line,
            )
            value = float(response["Body"].read())
        except Exception as error:  # noqa: BLE001  # whatever it is, it is a failed request
            told.failures.append(f"{model}: {error}")
            return
        nearest = min(expected, key=lambda version: abs(expected[version] - value))
        if abs(expected[nearest] - value) > 1e-6:
            told.failures.append(f"{model}: {value} is the answer of no version: {expected}")
            return
        told.answers.append(Answer(asked=asked, answered=time.monotonic(), model=model, version=nearest))


def _golden(fleet: Fleet, model: str, version: int) -> tuple[str, float]:
    uri = fleet.package(model, version)["CustomerMetadataProperties"]["evaluation"]
    golden = json.loads(fleet.sandbox.read(uri))["golden"]
    return golden["request"], golden["answer"]


def _own_answer(fleet: Fleet, model: str, version: int, line: str) -> float:
    """What a version answers, by xgboost itself."""
    import io
    import tarfile

    import numpy as np
    import xgboost

    package = fleet.package(model, version)
    artifact = fleet.sandbox.read(package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"])
    with tarfile.open(fileobj=io.BytesIO(artifact)) as archive:
        member = archive.extractfile("xgboost-model")
        assert member is not None
        booster = xgboost.Booster()
        booster.load_model(bytearray(member.read()))
    row = np.array([[float(value) if value else np.nan for value in line.split(",")]])
    return float(booster.predict(xgboost.DMatrix(row))[0])


def _objects(account: Account) -> set[str]:
    pages = account.client("s3").get_paginator("list_objects_v2")
    found = pages.paginate(Bucket=account.outputs["ArtifactBucketName"], Prefix="deployments/")
    return {f"{item['Key']} {item['LastModified']}" for page in found for item in page.get("Contents", [])}
