"""What only the deployment state machine does."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract import keys
from contract.calls.plan_deployment import Action
from mlops_constructs.deployment import endpoint_update
from mlops_constructs.deployment.endpoint_update import UpdatePolicy
from tests.unit.mlops_constructs import machine, requests
from tests.unit.mlops_constructs.machine import plan

MACHINE = machine.deployment()
STATES = MACHINE["States"]
SCALED = machine.deployment(autoscaling=machine.SCALE)["States"]
POLLS = endpoint_update.max_polls(machine.POLICY)
_CONFLICT = "DynamoDB.ConditionalCheckFailedException"


@pytest.mark.parametrize(("value", "meant"), [({}, False), ({"force": True}, True), ({"force": False}, False)])
def test_only_force_tries_again_what_failed(value: dict[str, Any], meant: bool) -> None:
    found = machine.identify(MACHINE, value)
    payload = machine.evaluate(STATES["Plan Deployment"]["Arguments"]["Payload"], found)
    assert payload["force"] is meant


def test_a_deployment_that_finds_another_one_asks_it_to_look_again_and_ends() -> None:
    assert STATES["Take Lease"]["Catch"][0] == {"ErrorEquals": [_CONFLICT], "Next": "Who Has the Lease?"}
    ask = STATES["Ask to Look Again"]
    assert requests.request(ask, {"named": []})["UpdateExpression"] == "ADD requests :one"
    assert ask["Next"] == "Under Way"
    assert STATES["Under Way"]["Type"] == "Succeed"
    # It ended meanwhile.
    assert ask["Catch"][0] == {"ErrorEquals": [_CONFLICT], "Next": "Take Lease"}


@pytest.mark.parametrize("suffix", ["", " After Failure"])
def test_whoever_asked_meanwhile_makes_it_look_again(suffix: str) -> None:
    release, read = STATES[f"Release Lease{suffix}"], STATES[f"Read Requests{suffix}"]
    assert release["Arguments"]["ConditionExpression"] == "#owner = :owner AND requests = :seen"
    assert release["Catch"][0] == {"ErrorEquals": [_CONFLICT], "Next": f"Read Requests{suffix}"}
    assert read["Next"] == f"Time to Look Again{suffix}?"
    assert read["Catch"] == [{"ErrorEquals": ["States.ALL"], "Next": release["Next"]}]
    assert (
        machine.after(MACHINE, f"Read Requests{suffix}", {"named": []}, {"Attributes": {"requests": {"N": "3"}}})[
            "requests"
        ]
        == 3
    )


_VERSION = "arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-m"


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ({}, []),
        # As the rule on approvals starts it: tests/infrastructure/test_approval_events.py.
        ({"reason": "approval", "model_package": f"{_VERSION}/3"}, [f"{_VERSION}/3"]),
        ({"model_package": [f"{_VERSION}/3", f"{_VERSION}/4"]}, [f"{_VERSION}/3", f"{_VERSION}/4"]),
    ],
)
def test_a_plan_looks_at_the_version_that_was_approved_or_rejected(value: dict[str, Any], meant: list[str]) -> None:
    found = machine.identify(MACHINE, value)
    taken = machine.after(MACHINE, "Take Lease", found, {})
    assert machine.evaluate(STATES["Plan Deployment"]["Arguments"]["Payload"], taken)["named"] == meant
    # It is remembered then.
    planned = machine.after(MACHINE, "Plan Deployment", taken, {"Payload": plan()})
    assert machine.evaluate(STATES["Plan Deployment"]["Arguments"]["Payload"], planned)["named"] == []


@pytest.mark.parametrize("named", [[], ["a"], ["a", "b"]])
def test_whoever_asks_leaves_in_the_lease_what_it_is_about(named: list[str]) -> None:
    ask = requests.request(STATES["Ask to Look Again"], {"named": named})
    values = ask["ExpressionAttributeValues"]
    assert ask["UpdateExpression"] == "ADD requests :one" + (", named :named" if named else "")
    assert values.get(":named") == ({"SS": named} if named else None)
    assert (values[":one"], set(values) - {":named"}) == ({"N": "1"}, {":one", ":now"})


@pytest.mark.parametrize("suffix", ["", " After Failure"])
@pytest.mark.parametrize(
    ("before", "kept", "after"),
    [([], None, []), ([], ["a"], ["a"]), (["a"], ["a"], ["a"]), (["b"], ["a"], ["a", "b"]), (["b"], None, ["b"])],
)
def test_the_owner_reads_what_they_asked_about(
    suffix: str, before: list[str], kept: list[str] | None, after: list[str]
) -> None:
    item = {"requests": {"N": "1"}, **({"named": {"SS": kept}} if kept else {})}
    found = machine.after(MACHINE, f"Read Requests{suffix}", {"named": before}, {"Attributes": item})
    assert sorted(found["named"]) == after


@pytest.mark.parametrize("state", ["Take Lease", "Take Over Lease"])
def test_a_new_lease_keeps_what_the_one_before_was_asked_about(state: str) -> None:
    # The owner died, or left it to the schedule: what asked it has ended long ago.
    assert STATES[state]["Arguments"]["ReturnValues"] == "ALL_OLD"
    found = machine.after(MACHINE, state, {"named": ["a"]}, {"Attributes": {"named": {"SS": ["a", "b"]}}})
    assert sorted(found["named"]) == ["a", "b"]
    assert machine.after(MACHINE, state, {"named": []}, {})["named"] == []


@pytest.mark.parametrize("suffix", ["", " After Failure"])
@pytest.mark.parametrize(("minutes", "again"), [(1, True), (119, True), (121, False)])
def test_an_execution_does_not_look_again_until_its_history_is_full(suffix: str, minutes: int, again: bool) -> None:
    started = (datetime.now(UTC) - timedelta(minutes=minutes)).timestamp() * 1000
    leave = f"Leave It to the Schedule{suffix}"
    following = machine.choose(STATES[f"Time to Look Again{suffix}?"], {"started": started})
    assert following == ("Plan Deployment" if again else leave)
    # The lease is over, but it goes on naming what was asked about.
    arguments = STATES[leave]["Arguments"]
    assert arguments["UpdateExpression"] == "SET expires_at = :over"
    assert arguments["ExpressionAttributeValues"][":over"] == {"N": "0"}
    assert arguments["ConditionExpression"] == "#owner = :owner AND expires_at > :over"
    assert STATES[leave]["Next"] == STATES[f"Release Lease{suffix}"]["Next"]


def test_the_lease_begins_without_requests() -> None:
    found = machine.identify(MACHINE, {})
    item = machine.evaluate(STATES["Take Lease"]["Arguments"]["Item"], found)
    assert item["requests"] == {"N": "0"}
    assert found["requests"] == 0


def test_a_second_look_has_names_of_its_own() -> None:
    ids = [machine.deploy(MACHINE, looks=looks)["deployment_id"] for looks in (1, 2, 3)]
    assert len(set(ids)) == 3
    assert ids[1:] == [f"{ids[0]}-1", f"{ids[0]}-2"]


def test_an_endpoint_that_changes_by_itself_is_waited_for() -> None:
    busy = STATES["Plan Deployment"]["Retry"][0]
    assert busy["ErrorEquals"] == ["EndpointBusyError"]
    # As long as the longest start of an endpoint.
    assert busy["IntervalSeconds"] * busy["MaxAttempts"] >= 3600


@pytest.mark.parametrize(("unapproved", "following"), [([], "What to Do?"), (["a"], "Warn of Unapproved Models")])
def test_what_serves_without_approval_is_told_loudly(unapproved: list[str], following: str) -> None:
    found = {"plan": plan("up to date", unapproved=unapproved)}
    assert machine.choose(STATES["Anything Unapproved?"], found) == following
    assert STATES["Warn of Unapproved Models"]["Next"] == "What to Do?"


_FAILED_ENDPOINT = {**plan()["serving"], "status": "Failed"}


@pytest.mark.parametrize(
    ("answer", "following"),
    [
        (plan("up to date"), "Release Lease"),
        (plan("nothing to serve"), "Release Lease"),
        (plan("known to fail"), "Explain Known Failure"),
        (plan("restored"), "Restore Deployment"),
        (plan("removed"), "Delete Endpoint"),
        (plan("deployed"), "Stage Deployment"),
        (plan("deployed", serving=_FAILED_ENDPOINT), "Delete Failed Endpoint"),
        (plan("known to fail", serving=_FAILED_ENDPOINT), "Explain Known Failure"),
        (plan("nothing to serve", serving=_FAILED_ENDPOINT), "Release Lease"),
    ],
)
def test_every_plan_is_followed(answer: dict[str, Any], following: str) -> None:
    assert machine.choose(STATES["What to Do?"], {"plan": answer}) == following


def test_a_first_plan_without_an_endpoint_is_followed() -> None:
    first = plan("deployed")
    del first["serving"]
    assert machine.choose(STATES["What to Do?"], {"plan": first}) == "Stage Deployment"
    found = machine.deploy(MACHINE, answer=first)
    payload = machine.evaluate(STATES["Stage Deployment"]["Arguments"]["Payload"], found)
    assert payload["model_data_prefix"] == ""
    assert machine.choose(STATES["Endpoint Exists?"], found) == "Create Endpoint"
    assert machine.choose(STATES["Something to Go Back to?"], found) == "Delete Unproven Endpoint"


def test_an_endpoint_that_exists_is_updated_and_can_go_back() -> None:
    found = machine.deploy(MACHINE)
    assert machine.choose(STATES["Endpoint Exists?"], found) == "Update Endpoint"
    assert machine.choose(STATES["Something to Go Back to?"], found) == "Restore Previous Deployment"
    back = machine.evaluate(STATES["Restore Previous Deployment"]["Arguments"], found)
    assert back["EndpointConfigName"] == "before"


def test_a_roll_back_copies_and_creates_nothing() -> None:
    restore = {
        "deployment_id": "o",
        "endpoint_config": "old",
        "serving_model": "old",
        "versions": {},
        "model_data_prefix": "s3://artifacts/deployments/old/",
        "shape": "ml.m5.large x 2",
    }
    found = machine.find(MACHINE, machine.identify(MACHINE, {}))
    found = machine.after(MACHINE, "Restore Deployment", {**found, "plan": plan("restored", restore=restore)})
    assert found["target"] == restore
    assert found["model_data_prefix"] == "s3://artifacts/deployments/old/"
    assert STATES["Restore Deployment"]["Next"] == "Restore Endpoint"
    request = machine.evaluate(STATES["Restore Endpoint"]["Arguments"], found)
    assert request["EndpointConfigName"] == "old"
    # A way back must not fail for its alarms.
    assert "DeploymentConfig" not in request


@pytest.mark.parametrize(
    ("status", "config", "polls", "following"),
    [
        *((status, "old", 1, "Wait for Endpoint") for status in ("Creating", "Updating", "SystemUpdating")),
        ("RollingBack", "new", 1, "Wait for Endpoint"),
        ("Updating", "new", POLLS - 1, "Wait for Endpoint"),
        ("Updating", "new", POLLS, "Explain Endpoint"),
        ("InService", "new", 1, "Prove Deployment"),
        ("InService", "new", POLLS, "Prove Deployment"),
        # AWS rolled the update back.
        ("InService", "old", 1, "Explain Endpoint"),
        ("Failed", "new", 1, "Explain Endpoint"),
        ("OutOfService", "new", 1, "Explain Endpoint"),
        ("UpdateRollbackFailed", "new", 1, "Explain Endpoint"),
        ("Deleting", "new", 1, "Explain Endpoint"),
    ],
)
def test_a_deployment_is_done_when_the_endpoint_serves_the_new_configuration(
    status: str, config: str, polls: int, following: str
) -> None:
    found = {"endpoint": {"status": status, "config": config}, "polls": polls, "target": {"endpoint_config": "new"}}
    assert machine.choose(STATES["Endpoint In Service?"], found) == following


@pytest.mark.parametrize(
    ("status", "ways_back", "following"),
    [
        ("InService", 1, "Restore Previous Deployment"),
        ("InService", 2, "Restore Previous Deployment"),
        ("InService", 3, "Explain Failed Roll-back"),
        # SageMaker does not update what is Failed.
        ("Failed", 1, "Explain Failed Roll-back"),
    ],
)
def test_a_roll_back_is_tried_three_times(status: str, ways_back: int, following: str) -> None:
    found = {"endpoint": {"status": status, "config": "new"}, "ways_back": ways_back}
    assert machine.choose(STATES["Go Back Again?"], found) == following


@pytest.mark.parametrize(
    ("answer", "following"),
    [
        ({"EndpointConfigName": "new"}, "Wait for Endpoint"),
        ({"EndpointConfigName": "old", "PendingDeploymentSummary": {"EndpointConfigName": "new"}}, "Wait for Endpoint"),
        ({"EndpointConfigName": "old"}, "Notify Failure"),
    ],
)
@pytest.mark.parametrize("call", ["Create Endpoint", "Update Endpoint", "Restore Endpoint"])
def test_a_call_that_took_effect_without_an_answer_is_waited_for(
    call: str, answer: dict[str, Any], following: str
) -> None:
    assert STATES[call]["Catch"][-1]["Next"] == "Look at Endpoint"
    found = machine.after(MACHINE, "Look at Endpoint", {"target": {"endpoint_config": "new"}}, answer)
    assert machine.choose(STATES["Did It Take Effect?"], found) == following


@pytest.mark.parametrize(("cause", "gone"), [('Could not find endpoint "e".', True), ("Rate exceeded", False)])
def test_an_endpoint_that_is_gone_already_is_deleted(cause: str, gone: bool) -> None:
    found = {"failure": {"Error": "SageMaker.SageMakerException", "Cause": cause}}
    assert machine.choose(STATES["Was Endpoint Gone?"], found) == ("Record Deployment" if gone else "Notify Failure")
    following = "Plan Deployment" if gone else "Notify Failure"
    assert machine.choose(STATES["Was Failed Endpoint Gone?"], found) == following


@pytest.mark.parametrize(
    ("status", "config", "following"),
    [
        ("Updating", "new", "Wait for Roll-back"),
        ("InService", "before", "Remember Failure"),
        ("InService", "new", "Go Back Again?"),
        ("Failed", "before", "Go Back Again?"),
    ],
)
def test_a_roll_back_is_done_when_the_endpoint_serves_what_it_served(status: str, config: str, following: str) -> None:
    found = {"endpoint": {"status": status, "config": config}, "polls": 1, "plan": plan()}
    assert machine.choose(STATES["Rolled Back?"], found) == following


def test_a_silent_roll_back_of_aws_tells_both_configurations() -> None:
    endpoint = {"status": "InService", "config": "old", "reason": "alarm errors"}
    failure = machine.evaluate(
        STATES["Explain Endpoint"]["Assign"]["failure"],
        {"endpoint": endpoint, "endpoint_name": "perennial-sandbox", "target": {"endpoint_config": "new"}},
    )
    assert failure["Error"] == "EndpointNotInService"
    for said in ("perennial-sandbox is InService with old", "InService with new", "alarm errors"):
        assert said in failure["Cause"]
    assert STATES["Explain Endpoint"]["Next"] == "Remember Failure"


def test_a_failed_proof_goes_back_and_keeps_its_own_error() -> None:
    assert STATES["Prove Deployment"]["Catch"][-1]["Next"] == "Something to Go Back to?"
    (catch,) = STATES["Restore Previous Deployment"]["Catch"]
    # Whether the call took effect is seen at the endpoint.
    assert (catch["Next"], "failure" in catch["Assign"]) == ("Wait for Roll-back", False)
    for name in ("Describe Rolled-back Endpoint", "Delete Unproven Endpoint"):
        assert STATES[name]["Catch"] == [{"ErrorEquals": ["States.ALL"], "Next": "Remember Failure"}], name
    found = {"failure": {"Error": "DeploymentNotProvenError", "Cause": "c"}, "endpoint": {"status": "s", "config": "x"}}
    told = machine.evaluate(STATES["Explain Failed Roll-back"]["Assign"]["failure"], found)
    assert told["Error"] == "RollBackFailed"
    assert told["Cause"].startswith("c; ")


@pytest.mark.parametrize(("kind", "states"), [("fixed", STATES), ("scaled", SCALED)])
@pytest.mark.parametrize("action", ["removed", "deployed"])
def test_what_follows_a_record_is_scaled_if_it_is_there(kind: str, states: dict[str, Any], action: Action) -> None:
    name = states["Record Deployment"]["Next"]
    if kind == "scaled":
        name = machine.choose(states[name], {"plan": plan(action)})
    assert name == ("Register Scalable Target" if (kind, action) == ("scaled", "deployed") else "Release Lease")


def test_the_removal_of_an_endpoint_is_recorded() -> None:
    answer = plan("removed", versions={}, changes={"m": "2 -> none"}, unapproved=["m"])
    found = machine.identify(MACHINE, {})
    found = machine.after(
        MACHINE, "Plan Deployment", {**found, "target": {"of": "an earlier look"}}, {"Payload": answer}
    )
    assert STATES["Delete Endpoint"]["Next"] == "Record Deployment"
    payload = machine.evaluate(STATES["Record Deployment"]["Arguments"]["Payload"], found)
    assert (payload["action"], payload["changes"], payload["unapproved"], payload["serving"]) == (
        "removed",
        {"m": "2 -> none"},
        ["m"],
        {},
    )


@pytest.mark.parametrize("states", [STATES, SCALED])
def test_what_follows_a_proof_is_recorded(states: dict[str, Any]) -> None:
    assert states["Prove Deployment"]["Next"] == "Record Deployment"
    name = states["Record Deployment"]["Next"]
    if states[name]["Type"] == "Choice":
        name = states[name]["Default"]
    while name != "Release Lease":
        # Only what scales comes in between.
        assert "applicationautoscaling" in states[name]["Resource"]
        name = states[name]["Next"]


def test_scaling_survives_an_update_and_a_roll_back() -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpoint.html
    for name in ("Update Endpoint", "Restore Endpoint", "Restore Previous Deployment"):
        assert SCALED[name]["Arguments"]["RetainAllVariantProperties"] is True
        assert "RetainAllVariantProperties" not in STATES[name]["Arguments"]


def test_without_scaling_nothing_is_registered() -> None:
    assert "Register Scalable Target" not in STATES
    assert SCALED["Register Scalable Target"]["Arguments"]["MinCapacity"] == 2
    assert SCALED["Register Scalable Target"]["Arguments"]["MaxCapacity"] == 8
    target = SCALED["Put Scaling Policy"]["Arguments"]["TargetTrackingScalingPolicyConfiguration"]
    assert target["TargetValue"] == 1000


def test_an_update_has_the_configured_policy() -> None:
    policy = UpdatePolicy(type="linear", step_percent=25, wait_seconds=60)
    built = machine.deployment(policy=policy)
    states, found = built["States"], machine.deploy(built)
    arguments = machine.evaluate(states["Update Endpoint"]["Arguments"], found)
    alarms = [f"perennial-sandbox-rollback-{found['deployment_id']}-{kind}" for kind in ("errors", "latency")]
    assert arguments["DeploymentConfig"] == endpoint_update.deployment_config(policy, alarms=alarms)
    # Going back is not watched by the alarms that may have caused it.
    assert "DeploymentConfig" not in states["Restore Previous Deployment"]["Arguments"]


def test_an_update_is_watched_by_the_alarms_that_were_made_for_its_configuration() -> None:
    found = machine.deploy(MACHINE)
    payload = machine.evaluate(STATES["Stage Deployment"]["Arguments"]["Payload"], found)
    update = machine.evaluate(STATES["Update Endpoint"]["Arguments"], found)
    config = machine.evaluate(STATES["Create Endpoint Config"]["Arguments"], found)
    named = [alarm["AlarmName"] for alarm in update["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]]
    assert named == list(payload["roll_back"]["alarms"].values())
    assert set(payload["roll_back"]["alarms"]) == {"errors", "latency"}
    assert payload["roll_back"]["endpoint_config"] == config["EndpointConfigName"] == update["EndpointConfigName"]
    assert payload["roll_back"]["variant_name"] == config["ProductionVariants"][0]["VariantName"]
    assert payload["roll_back"]["tags"] == {tag["Key"]: tag["Value"] for tag in config["Tags"]}
    # SageMaker takes at most ten: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AutoRollbackConfig.html
    assert len(named) <= 10
    recorded = machine.evaluate(STATES["Record Deployment"]["Arguments"]["Payload"], found)
    assert recorded["alarm_prefix"] == payload["alarm_prefix"]
    assert all(name.startswith(payload["alarm_prefix"]) for name in named)


def test_an_update_that_waits_for_nothing_has_no_alarms() -> None:
    built = machine.deployment(policy=UpdatePolicy())
    found = machine.deploy(built)
    payload = machine.evaluate(built["States"]["Stage Deployment"]["Arguments"]["Payload"], found)
    assert "roll_back" not in payload
    update = machine.evaluate(built["States"]["Update Endpoint"]["Arguments"], found)
    assert "AutoRollbackConfiguration" not in update["DeploymentConfig"]


@pytest.mark.parametrize(
    ("cause", "following"),
    [
        # SageMaker's wording: https://github.com/awslabs/spot-tagging-bot-for-digital-assets/issues/2
        ('Cannot create already existing endpoint configuration "arn:aws:sagemaker:...".', "Endpoint Exists?"),
        ('Cannot create already existing model "arn:aws:sagemaker:...".', "Notify Failure"),
        ("Rate exceeded", "Notify Failure"),
    ],
)
def test_a_configuration_that_an_earlier_try_made_is_taken(cause: str, following: str) -> None:
    assert STATES["Create Endpoint Config"]["Catch"][-1]["Next"] == "Was Endpoint Config There?"
    found = {"failure": {"Error": "SageMaker.AmazonSageMakerException", "Cause": cause}}
    assert machine.choose(STATES["Was Endpoint Config There?"], found) == following


def test_a_configuration_has_one_name_in_every_try_of_one_deployment() -> None:
    found = machine.deploy(MACHINE)
    names = {
        machine.evaluate(
            STATES["Create Endpoint Config"]["Arguments"]["EndpointConfigName"],
            {**found, "states": {**found["states"], "context": machine.context(retry_count=retries)}},
        )
        for retries in range(3)
    }
    assert names == {f"perennial-sandbox-{found['deployment_id']}"}
    later = machine.deploy(MACHINE, looks=2)
    assert later["target"]["endpoint_config"] not in names


@pytest.mark.parametrize("subject", ["Notify Failure", "Warn of Unapproved Models"])
def test_subjects_are_what_sns_takes(subject: str) -> None:
    # At most 100 ASCII characters: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    built = machine.deployment(app=machine.LONGEST_APP)
    found = machine.deploy(built, endpoint=f"{machine.LONGEST_APP}-sandbox-{machine.LONGEST_MODEL}")
    text = machine.evaluate(built["States"][subject]["Arguments"]["Subject"], found)
    assert len(text) <= 100
    assert text.isascii()


def test_the_failed_versions_are_remembered_as_they_are_compared() -> None:
    found = machine.deploy(MACHINE)
    item = requests.request(STATES["Remember Failure"], found)["Item"]
    assert item["pk"] == {"S": keys.FAILED.of("perennial-sandbox")}
    assert json.loads(item["versions"]["S"]) == found["plan"]["versions"]
