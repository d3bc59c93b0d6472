import time

import pytest

from contract import keys, run_names
from perennial.account import cleanup, records
from perennial.account.aws import Aws
from perennial.account.stack import Stack
from perennial.errors import OperatorError

LEASE = keys.ENDPOINT_LEASE.of("perennial-sandbox")


EVERYTHING = [
    ("scalable target", "endpoint/perennial-sandbox/variant/v"),
    ("endpoint", "perennial-sandbox"),
    ("endpoint config", "perennial-sandbox"),
    ("model", "perennial-sandbox"),
    ("alarm", "perennial-sandbox-rollback-1-errors"),
]


@pytest.mark.usefixtures("endpoint")
def test_only_what_has_the_app_s_tag_is_found(aws: Aws, stack: Stack) -> None:
    assert cleanup.find(aws, stack) == EVERYTHING


@pytest.mark.usefixtures("endpoint")
def test_nothing_of_ours_is_left_and_nothing_of_others_is_touched(aws: Aws, stack: Stack) -> None:
    assert list(cleanup.destroy(aws, stack)) == EVERYTHING
    assert cleanup.find(aws, stack) == []
    client = aws.client("sagemaker")
    assert [item["EndpointName"] for item in client.list_endpoints()["Endpoints"]] == ["perennial-sandbox-of-others"]
    assert [item["ModelName"] for item in client.list_models()["Models"]] == ["perennial-sandbox-of-others"]
    alarms = aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert {alarm["AlarmName"] for alarm in alarms} == {
        "perennial-sandbox-errors",
        "perennial-sandbox-of-others-errors",
        "perennial-sandbox-of-others-rollback-1-errors",
    }
    assert records.state(aws, "state", keys.DEPLOYMENTS.of("perennial-sandbox")) is None


@pytest.mark.usefixtures("endpoint")
def test_alarms_are_found_by_the_names_that_deployments_give(aws: Aws, stack: Stack) -> None:
    ((_, name),) = [item for item in cleanup.find(aws, stack) if item[0] == "alarm"]
    assert name.startswith(run_names.roll_back_alarm_prefix(stack.endpoint))


@pytest.mark.usefixtures("endpoint")
def test_deployments_rest_until_somebody_deploys_by_hand(aws: Aws, stack: Stack) -> None:
    list(cleanup.destroy(aws, stack))
    # Approved during the rest.
    aws.client("dynamodb").update_item(
        TableName="state",
        Key={"pk": {"S": LEASE}},
        UpdateExpression="SET named = :named",
        ExpressionAttributeValues={":named": {"L": [{"S": "arn/3"}]}},
    )
    # A second time is as good as once.
    assert list(cleanup.destroy(aws, stack)) == []
    taken = records.state(aws, "state", LEASE) or {}
    assert (taken["named"], taken["expires_at"] > time.time()) == (["arn/3"], True)
    cleanup.allow_deployments(aws, stack)
    over = records.state(aws, "state", LEASE) or {}
    assert (over["named"], over["expires_at"]) == (["arn/3"], 0)


@pytest.mark.usefixtures("endpoint")
def test_a_deployment_that_is_under_way_is_not_disturbed(aws: Aws, stack: Stack) -> None:
    lease = {"pk": {"S": LEASE}, "owner": {"S": "arn:execution"}, "expires_at": {"N": "99999999999"}}
    aws.client("dynamodb").put_item(TableName="state", Item=lease)
    with pytest.raises(OperatorError, match="a deployment to perennial-sandbox is under way"):
        list(cleanup.destroy(aws, stack))
    cleanup.allow_deployments(aws, stack)
    assert cleanup.find(aws, stack) == EVERYTHING
    assert (records.state(aws, "state", LEASE) or {})["owner"] == "arn:execution"


@pytest.mark.usefixtures("endpoint")
def test_models_that_only_answered_for_an_evaluation_go_too(aws: Aws, stack: Stack) -> None:
    client = aws.client("sagemaker")
    ours = run_names.scoring("perennial", model="salary", run_id="20260301123456-0123ab", number=1)
    like = client.describe_model(ModelName="perennial-sandbox")
    for name, tags in ((ours, [{"Key": "perennial:app", "Value": "perennial"}]), (f"{ours}-of-others", [])):
        client.create_model(
            ModelName=name,
            PrimaryContainer=like["PrimaryContainer"],
            ExecutionRoleArn=like["ExecutionRoleArn"],
            Tags=tags,
        )
    found = [name for kind, name in cleanup.find(aws, stack) if kind == "model"]
    assert sorted(found) == [ours, "perennial-sandbox"]
