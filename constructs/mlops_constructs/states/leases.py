"""States that take and release an expiring lease: a DynamoDB conditional write.

A lease has the execution as its owner and an expiry in epoch seconds, so that a run that died frees it by itself.
Whoever finds it taken may ask its owner to look again; the owner cannot let go of it without having seen that. With the
question comes what it is about, kept in the lease until somebody reads it: the variable ``named`` of both.
Reference: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html#WorkingWithItems.ConditionalUpdate
"""

from mlops_constructs.states import asl

CONFLICT = "DynamoDB.ConditionalCheckFailedException"
_TIMEOUT_SECONDS = 60
_NAMES = {"#owner": "owner"}
_OWNER = {":owner": {"S": asl.EXECUTION}}
# What the variable holds and what an item has; an expression of one value would not be a list.
_NAMED = "{{% [$distinct($append($named, {item}.named.SS))] %}}"
_NOW = {":now": {"N": "{% $string($floor($millis() / 1000)) %}"}}


def take(*, table_name: str, key: str, lease_seconds: int, next_state: str, on_busy: str, on_failure: str) -> asl.State:
    """Take a lease that is free, expired or already ours.

    Args:
        table_name: the state table.
        key: the lease's key, may be JSONata.
        lease_seconds: after this time the lease is free again.
        next_state: when it is ours.
        on_busy: when somebody else has it.
        on_failure: on any other error.
    """
    return asl.task(
        "dynamodb:putItem",
        {
            "TableName": table_name,
            "Item": {
                "pk": {"S": key},
                "owner": {"S": asl.EXECUTION},
                "expires_at": {"N": f"{{% $string($floor($millis() / 1000) + {lease_seconds}) %}}"},
                "requests": {"N": "0"},
            },
            "ConditionExpression": "attribute_not_exists(pk) OR expires_at < :now OR #owner = :owner",
            "ExpressionAttributeNames": _NAMES,
            "ExpressionAttributeValues": {**_NOW, **_OWNER},
        },
        service="dynamodb",
        next_state=next_state,
        on_failure=on_failure,
        timeout_seconds=_TIMEOUT_SECONDS,
        catches=[asl.catch(CONFLICT, on_busy)],
    )


def take_over(
    *, table_name: str, key: str, lease_seconds: int, retake: str, next_state: str, on_busy: str, on_failure: str
) -> dict[str, asl.State]:
    """States from ``Who Has the Lease?`` on: an execution that was stopped or timed out could not release its lease.

    Args:
        table_name: the state table.
        key: the lease's key, may be JSONata.
        lease_seconds: after this time the lease is free again.
        retake: state that takes the lease, when it is free by now.
        next_state: when it is ours.
        on_busy: when its owner still runs.
        on_failure: on any other error.
    """
    describe = asl.task(
        "aws-sdk:sfn:describeExecution",
        {"ExecutionArn": "{% $lease_owner %}"},
        service="sfn",
        next_state="Does It Run?",
        on_failure=on_busy,
        timeout_seconds=_TIMEOUT_SECONDS,
        assign={"lease_owner_status": "{% $states.result.Status %}"},
    )
    over = take(
        table_name=table_name,
        key=key,
        lease_seconds=lease_seconds,
        next_state=next_state,
        on_busy=retake,
        on_failure=on_failure,
    )
    over["Arguments"] |= {
        "ConditionExpression": "#owner = :dead",
        "ExpressionAttributeValues": {":dead": {"S": "{% $lease_owner %}"}},
    }
    return {
        "Who Has the Lease?": asl.task(
            "dynamodb:getItem",
            {"TableName": table_name, "Key": {"pk": {"S": key}}, "ConsistentRead": True},
            service="dynamodb",
            next_state="Is It Still Held?",
            on_failure=on_failure,
            timeout_seconds=_TIMEOUT_SECONDS,
            assign={
                "lease_owner": "{% $exists($states.result.Item.owner.S) ? $states.result.Item.owner.S : '' %}",
            },
        ),
        "Is It Still Held?": asl.choice([("{% $lease_owner = '' %}", retake)], default="Look at Its Owner"),
        # Whoever cannot be looked at counts as alive: two owners would be worse than a late one.
        "Look at Its Owner": asl.keep_failure(describe, next_state=on_busy),
        "Does It Run?": asl.choice([("{% $lease_owner_status = 'RUNNING' %}", on_busy)], default="Take Over Lease"),
        "Take Over Lease": over,
    }


def keeping_names(state: asl.State) -> asl.State:
    """Let a state that takes a lease read what the lease before it still names, which the new one does not keep."""
    return {
        **state,
        "Arguments": {**state["Arguments"], "ReturnValues": "ALL_OLD"},
        "Assign": {**state.get("Assign", {}), "named": _NAMED.format(item="$states.result.Attributes")},
    }


def release(*, table_name: str, key: str, next_state: str) -> asl.State:
    """Release a lease if it is ours; whatever happens the run goes on, since the lease expires by itself."""
    state = asl.task(
        "dynamodb:deleteItem",
        {
            "TableName": table_name,
            "Key": {"pk": {"S": key}},
            "ConditionExpression": "#owner = :owner",
            "ExpressionAttributeNames": _NAMES,
            "ExpressionAttributeValues": _OWNER,
        },
        service="dynamodb",
        next_state=next_state,
        on_failure=next_state,
        timeout_seconds=_TIMEOUT_SECONDS,
    )
    return asl.keep_failure(state, next_state=next_state)


def expire(*, table_name: str, key: str, next_state: str) -> asl.State:
    """Let a lease be over if it is ours, whoever asked; what it names is there for the next one."""
    state = asl.task(
        "dynamodb:updateItem",
        {
            "TableName": table_name,
            "Key": {"pk": {"S": key}},
            "UpdateExpression": "SET expires_at = :over",
            "ConditionExpression": "#owner = :owner AND expires_at > :over",
            "ExpressionAttributeNames": _NAMES,
            "ExpressionAttributeValues": {**_OWNER, ":over": {"N": "0"}},
        },
        service="dynamodb",
        next_state=next_state,
        on_failure=next_state,
        timeout_seconds=_TIMEOUT_SECONDS,
    )
    return asl.keep_failure(state, next_state=next_state)


def request(*, table_name: str, key: str, next_state: str, on_free: str, on_failure: str) -> asl.State:
    """Ask the lease's owner to look again before it ends, at what the variable ``named`` lists.

    Args:
        table_name: the state table.
        key: the lease's key.
        next_state: when the owner will.
        on_free: when nobody has the lease any more.
        on_failure: on any other error.
    """
    return asl.task(
        "dynamodb:updateItem",
        {
            "TableName": table_name,
            "Key": {"pk": {"S": key}},
            # A set of strings may not be empty.
            "UpdateExpression": "{% 'ADD requests :one' & ($count($named) > 0 ? ', named :named' : '') %}",
            "ConditionExpression": "attribute_exists(pk) AND expires_at >= :now",
            "ExpressionAttributeValues": (
                "{% $merge([{':one': {'N': '1'}, ':now': {'N': $string($floor($millis() / 1000))}},"
                " $count($named) > 0 ? {':named': {'SS': [$named]}} : {}]) %}"
            ),
        },
        service="dynamodb",
        next_state=next_state,
        on_failure=on_failure,
        timeout_seconds=_TIMEOUT_SECONDS,
        catches=[asl.catch(CONFLICT, on_free)],
    )


def release_unless_requested(*, table_name: str, key: str, next_state: str, on_requested: str) -> asl.State:
    """Release our lease, unless somebody asked since the variable ``requests`` was read.

    Args:
        table_name: the state table.
        key: the lease's key.
        next_state: when it is free, or cannot be released.
        on_requested: when somebody asked, or the lease is not ours any more.
    """
    state = asl.task(
        "dynamodb:deleteItem",
        {
            "TableName": table_name,
            "Key": {"pk": {"S": key}},
            "ConditionExpression": "#owner = :owner AND requests = :seen",
            "ExpressionAttributeNames": _NAMES,
            "ExpressionAttributeValues": {**_OWNER, ":seen": {"N": "{% $string($requests) %}"}},
        },
        service="dynamodb",
        next_state=next_state,
        on_failure=next_state,
        timeout_seconds=_TIMEOUT_SECONDS,
    )
    state["Catch"] = [asl.catch(CONFLICT, on_requested), asl.catch("States.ALL", next_state)]
    return state


def read_requests(*, table_name: str, key: str, next_state: str, otherwise: str) -> asl.State:
    """Set the variables ``requests``, their number so far, and ``named``, if the lease is still ours.

    Args:
        table_name: the state table.
        key: the lease's key.
        next_state: when it is ours.
        otherwise: when it is not, or cannot be read.
    """
    # An update that changes nothing: it checks the owner and returns the item in one step.
    state = asl.task(
        "dynamodb:updateItem",
        {
            "TableName": table_name,
            "Key": {"pk": {"S": key}},
            "UpdateExpression": "SET #owner = :owner",
            "ConditionExpression": "#owner = :owner",
            "ExpressionAttributeNames": _NAMES,
            "ExpressionAttributeValues": _OWNER,
            "ReturnValues": "ALL_NEW",
        },
        service="dynamodb",
        next_state=next_state,
        on_failure=otherwise,
        timeout_seconds=_TIMEOUT_SECONDS,
        assign={
            "requests": "{% $number($states.result.Attributes.requests.N) %}",
            "named": _NAMED.format(item="$states.result.Attributes"),
        },
    )
    return asl.keep_failure(state, next_state=otherwise)
