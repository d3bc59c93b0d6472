"""A lease has one owner at a time, whatever the order of takers, releases and time; against moto's DynamoDB."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from contract import keys
from mlops_constructs.states import leases
from tests.unit.mlops_constructs import machine

pytestmark = pytest.mark.security("hostile input")
SECONDS = 100
TAKE = leases.take(
    table_name="t", key=keys.MODEL_LEASE.of("m"), lease_seconds=SECONDS, next_state="n", on_busy="b", on_failure="f"
)["Arguments"]
RELEASE = leases.release(table_name="t", key=keys.MODEL_LEASE.of("m"), next_state="n")["Arguments"]


STEPS = st.lists(
    st.tuples(st.sampled_from(["take", "take", "release"]), st.sampled_from("abc"), st.sampled_from([0, 1, 50, 101])),
    max_size=8,
)


def _allowed(call: Any, request: dict[str, Any]) -> bool:
    try:
        call(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True


@settings(max_examples=6)
@given(STEPS)
def test_a_lease_has_one_owner_at_a_time(steps: list[tuple[str, str, int]]) -> None:
    keys: Any = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
    owner, until, now = None, 0.0, 1_000_000
    with mock_aws():
        client = boto3.client("dynamodb", **keys)
        client.create_table(
            TableName="t",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        )
        for action, who, seconds in steps:
            now += seconds
            context = {"states": {"context": {"Execution": {"Id": who}}}}
            request = machine.evaluate(TAKE if action == "take" else RELEASE, context, timestamp=now)
            if action == "take":
                allowed = _allowed(client.put_item, request)
                assert allowed == (owner in {None, who} or until < now)
                owner, until = (who, now + SECONDS) if allowed else (owner, until)
            else:
                assert _allowed(client.delete_item, request) == (owner == who)
                owner = None if owner == who else owner
