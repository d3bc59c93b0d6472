"""States that take and release an expiring lease: a DynamoDB conditional write.

A lease has the execution as its owner and an expiry in epoch seconds, so that a run that died frees it by itself.
Reference: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html#WorkingWithItems.ConditionalUpdate
"""

from mlops_constructs import asl

CONFLICT = "DynamoDB.ConditionalCheckFailedException"
_TIMEOUT_SECONDS = 60
_NAMES = {"#owner": "owner"}


def take(
    *, table_name: str, key: str, lease_seconds: int, next_state: str, on_busy: str, on_failure: str, patient: bool
) -> asl.State:
    """Take a lease that is free, expired or already ours.

    Args:
        table_name: the state table.
        key: JSONata for the lease's key.
        lease_seconds: after this time the lease is free again.
        next_state: when it is ours.
        on_busy: when somebody else has it.
        on_failure: on any other error.
        patient: wait up to about an hour for it first.
    """
    waiting = {"ErrorEquals": [CONFLICT], "IntervalSeconds": 15, "BackoffRate": 1.5, "MaxDelaySeconds": 120}
    return asl.task(
        "dynamodb:putItem",
        {
            "TableName": table_name,
            "Item": {
                "pk": {"S": key},
                "owner": {"S": "{% $states.context.Execution.Id %}"},
                "expires_at": {"N": f"{{% $string($floor($millis() / 1000) + {lease_seconds}) %}}"},
            },
            "ConditionExpression": "attribute_not_exists(pk) OR expires_at < :now OR #owner = :owner",
            "ExpressionAttributeNames": _NAMES,
            "ExpressionAttributeValues": {
                ":now": {"N": "{% $string($floor($millis() / 1000)) %}"},
                ":owner": {"S": "{% $states.context.Execution.Id %}"},
            },
        },
        service="dynamodb",
        next_state=next_state,
        on_failure=on_failure,
        timeout_seconds=_TIMEOUT_SECONDS,
        retries=[{**waiting, "MaxAttempts": 35}] if patient else [],
        catches=[asl.catch(CONFLICT, on_busy)] if on_busy != on_failure else [],
    )


def release(*, table_name: str, key: str, next_state: str) -> asl.State:
    """Release a lease if it is ours; whatever happens the run goes on, since the lease expires by itself."""
    state = asl.task(
        "dynamodb:deleteItem",
        {
            "TableName": table_name,
            "Key": {"pk": {"S": key}},
            "ConditionExpression": "#owner = :owner",
            "ExpressionAttributeNames": _NAMES,
            "ExpressionAttributeValues": {":owner": {"S": "{% $states.context.Execution.Id %}"}},
        },
        service="dynamodb",
        next_state=next_state,
        on_failure=next_state,
        timeout_seconds=_TIMEOUT_SECONDS,
    )
    # Not the general catcher: an earlier failure in the variable `failure` must survive.
    state["Catch"] = [asl.catch("States.ALL", next_state)]
    return state
