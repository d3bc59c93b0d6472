"""Small state machines in JSONata, run through StartExecution."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.step_functions import machines
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role

TABLE = "items"
PUT = "arn:aws:states:::dynamodb:putItem"


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    cloud.client("dynamodb", ACCOUNT).create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    statement = {
        "Effect": "Allow",
        "Action": "dynamodb:PutItem",
        "Resource": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{TABLE}",
    }
    return make_role(cloud, "states", [statement], trust={"Service": "states.amazonaws.com"})


def _put(key: str, **more: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": PUT,
        "Arguments": {
            "TableName": TABLE,
            "Item": {"pk": {"S": key}},
            "ConditionExpression": "attribute_not_exists(pk)",
        },
        "TimeoutSeconds": 600,
        **more,
    }


def test_variables_choices_and_maps_are_evaluated(cloud: RunningCloud, role: str) -> None:
    square = {"Type": "Pass", "Output": "{% $states.input * $states.input %}", "End": True}
    states = {
        "Assign": {
            "Type": "Pass",
            "Assign": {"numbers": "{% $range(1, $states.input.last, 1) %}", "name": "{% $states.input.name %}"},
            "Next": "Choose",
        },
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $count($numbers) > 3 %}", "Next": "Square"}],
            "Default": "Too Few",
        },
        "Square": {
            "Type": "Map",
            "Items": "{% $numbers %}",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "Multiply",
                "States": {"Multiply": square},
            },
            "Output": {"sum": "{% $sum($states.result) %}", "name": "{% $name %}"},
            "End": True,
        },
        "Too Few": {"Type": "Fail", "Error": "TooFew", "Cause": "{% 'only ' & $string($count($numbers)) %}"},
    }
    execution, _ = machines.run(cloud, role, "evaluated", states, {"last": 4, "name": 'it\'s "quoted"'})
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    assert json.loads(execution["output"]) == {"sum": 1 + 4 + 9 + 16, "name": 'it\'s "quoted"'}
    execution, _ = machines.run(cloud, role, "too-few", states, {"last": 2, "name": ""})
    assert (execution["status"], execution["error"], execution["cause"]) == ("FAILED", "TooFew", "only 2")


def test_an_error_is_retried_and_then_caught(cloud: RunningCloud, role: str) -> None:
    conflict = "DynamoDB.ConditionalCheckFailedException"
    retry = {"ErrorEquals": [conflict], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1}
    caught = {"ErrorEquals": [conflict], "Assign": {"failure": "{% $states.errorOutput %}"}, "Next": "Caught"}
    states = {
        "First": _put("same", Next="Second"),
        "Second": _put("same", Retry=[retry], Catch=[caught], End=True),
        "Caught": {"Type": "Succeed", "Output": {"error": "{% $failure.Error %}"}},
    }
    execution, events = machines.run(cloud, role, "caught", states)
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    assert json.loads(execution["output"]) == {"error": conflict}
    failures = [event for event in events if event["type"] == "TaskFailed"]
    assert [event["taskFailedEventDetails"]["error"] for event in failures] == [conflict] * 3


def test_a_missing_grant_fails_the_state_and_is_named(cloud: RunningCloud, role: str) -> None:
    states = {
        "Get": {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:getItem",
            "Arguments": {"TableName": TABLE, "Key": {"pk": {"S": "a"}}},
            "End": True,
        }
    }
    execution, _ = machines.run(cloud, role, "denied", states)
    # DynamoDB's model has no such error, so that it has the SDK's general name.
    assert (execution["status"], execution["error"]) == ("FAILED", "DynamoDB.AmazonDynamoDBException")
    for part in ("assumed-role/states/", "dynamodb:GetItem", f"table/{TABLE}", "Error Code: AccessDeniedException;"):
        assert part in execution["cause"]


def test_an_expression_that_gives_nothing_fails_the_state(cloud: RunningCloud, role: str) -> None:
    # https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    states = {"Nothing": {"Type": "Pass", "Output": "{% $states.input.missing %}", "End": True}}
    execution, _ = machines.run(cloud, role, "nothing", states)
    assert (execution["status"], execution["error"]) == ("FAILED", "States.QueryEvaluationError")


def test_a_role_that_does_not_trust_the_service_runs_nothing(cloud: RunningCloud) -> None:
    role_arn = make_role(cloud, "untrusting", [], trust={"Service": "glue.amazonaws.com"})
    client = cloud.client("stepfunctions", ACCOUNT)
    definition = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
    with pytest.raises(client.exceptions.ClientError, match="untrusting"):
        client.create_state_machine(name="untrusting", definition=json.dumps(definition), roleArn=role_arn)


def test_what_is_refused_has_its_code(cloud: RunningCloud, role: str) -> None:
    client = cloud.client("stepfunctions", ACCOUNT)
    machine = machines.create(cloud, role, "refusing", {"Done": {"Type": "Succeed"}})
    for call, arguments, code in (
        (client.start_execution, {"stateMachineArn": machine, "input": "{"}, "InvalidExecutionInput"),
        (client.create_state_machine, {"name": "no", "roleArn": role, "definition": "{}"}, "InvalidDefinition"),
    ):
        with pytest.raises(ClientError) as refused:
            call(**arguments)
        assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ({"Type": "Fail"}, {"redriveCount": 0, "redriveStatus": "REDRIVABLE"}),
        (
            {"Type": "Succeed"},
            {
                "redriveCount": 0,
                "redriveStatus": "NOT_REDRIVABLE",
                "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
            },
        ),
    ],
    ids=["failed", "succeeded"],
)
def test_an_execution_tells_whether_it_can_be_redriven(
    cloud: RunningCloud, role: str, state: dict[str, Any], told: dict[str, Any]
) -> None:
    execution, _ = machines.run(cloud, role, f"redrive-{state['Type']}", {"Only": state})
    assert {key: value for key, value in execution.items() if key.startswith("redrive")} == told


def test_a_name_belongs_to_one_definition(cloud: RunningCloud, role: str) -> None:
    states = {"Done": {"Type": "Succeed"}}
    machine = machines.create(cloud, role, "once", states)

    assert machines.create(cloud, role, "once", states) == machine
    with pytest.raises(ClientError, match="StateMachineAlreadyExists"):
        machines.create(cloud, role, "once", {"Done": {"Type": "Fail"}})


def test_a_state_must_lead_to_one_that_exists(cloud: RunningCloud, role: str) -> None:
    with pytest.raises(ClientError, match=r"InvalidDefinition.*MISSING_TRANSITION_TARGET.*/States/A/Next"):
        machines.create(cloud, role, "astray", {"A": {"Type": "Pass", "Next": "B"}})


@pytest.mark.parametrize(
    ("states", "codes", "location"),
    [
        ({"A": {"Type": "Pass", "End": True}}, [], None),
        ({"A": {"Type": "Pass", "Next": "B"}}, ["MISSING_TRANSITION_TARGET"], "/States/A/Next"),
        ({"A": {"Type": "Pass"}}, ["SCHEMA_VALIDATION_FAILED"], "/States/A"),
        ({"A": {"Type": "Pass", "End": True, "Parameters": {"x.$": "no path"}}}, ["SCHEMA_VALIDATION_FAILED"], None),
    ],
)
def test_a_definition_is_validated_as_it_would_be_made(
    cloud: RunningCloud, states: dict[str, Any], codes: list[str], location: str | None
) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html"""
    definition = json.dumps({"StartAt": "A", "States": states})
    told = cloud.client("stepfunctions", ACCOUNT).validate_state_machine_definition(definition=definition)
    assert (told["result"], told["truncated"]) == ("FAIL" if codes else "OK", False)
    assert [(each["severity"], each["code"]) for each in told["diagnostics"]] == [("ERROR", code) for code in codes]
    assert location in (None, *(each.get("location") for each in told["diagnostics"]))


def test_diagnostics_end_where_the_caller_says(cloud: RunningCloud) -> None:
    client = cloud.client("stepfunctions", ACCOUNT)
    astray = {name: {"Type": "Pass", "Next": "nowhere"} for name in ("A", "B", "C")}
    definition = json.dumps({"StartAt": "A", "States": astray})
    for most, shown, truncated in ((2, 2, True), (3, 3, False), (0, 3, False)):
        told = client.validate_state_machine_definition(definition=definition, maxResults=most)
        assert (len(told["diagnostics"]), told["truncated"]) == (shown, truncated)
    assert (
        client.validate_state_machine_definition(definition="{")["diagnostics"][0]["code"] == "INVALID_JSON_DESCRIPTION"
    )


def test_a_definition_that_only_aws_runs_is_not_called_valid(cloud: RunningCloud) -> None:
    client = cloud.client("stepfunctions", ACCOUNT)
    task = {"Type": "Task", "Resource": f"arn:aws:states:us-east-1:{ACCOUNT}:activity:a", "End": True}
    definition = json.dumps({"StartAt": "A", "States": {"A": task}})
    for more, named in (({}, "activities"), ({"type": "EXPRESS"}, "EXPRESS")):
        with pytest.raises(ClientError, match=rf"NotEmulated.*{named}"):
            client.validate_state_machine_definition(definition=definition, **more)
