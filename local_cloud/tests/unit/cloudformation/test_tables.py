"""What an update of AWS::DynamoDB::Table asks of the indexes that stay."""

from typing import Any

import pytest

from local_cloud.cloudformation.resources import dynamodb

UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}


def _table(throughput: dict[str, int] | None) -> dict[str, Any]:
    index = {"IndexName": "i", "KeySchema": [], "Projection": {"ProjectionType": "ALL"}}
    return {"GlobalSecondaryIndexes": [{**index, **({"ProvisionedThroughput": throughput} if throughput else {})}]}


@pytest.mark.parametrize(
    ("old", "new", "updates"),
    [
        # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateGlobalSecondaryIndexAction.html:
        # capacity is what it takes, and a table that is paid for by request has none.
        (UNITS, None, []),
        (None, UNITS, [{"Update": {"IndexName": "i", "ProvisionedThroughput": UNITS}}]),
        (UNITS, UNITS, []),
    ],
)
def test_an_index_that_stays_is_told_its_capacity_if_it_has_one(
    old: dict[str, int] | None, new: dict[str, int] | None, updates: list[dict[str, Any]]
) -> None:
    assert dynamodb._index_updates(_table(old), _table(new)) == updates
