"""What every run about one model has: the model's name, a lease that keeps runs apart, and the way that failures go."""

from contract.history import Kind
from mlops_constructs.states import asl, leases
from mlops_constructs.states.references import rendered, variable

MODEL = variable("model", str)
RUN_ID = variable("run_id", str)
TIMEOUT_SECONDS = 24 * 3600
FAILED = "Notify Failure"
# Longer than any run, so that a lease never expires under a run that is alive.
_LEASE_SECONDS = TIMEOUT_SECONDS + 600
# More than any model's name has, and few enough for a key of DynamoDB (2048 bytes) and a message of SNS.
_LONGEST_MODEL = 64
# The model that an input names; cut, because it goes into keys and messages even when it is no model's name.
MODEL_GIVEN = (
    f"{{% $exists($states.input.model) ? $substring($string($states.input.model), 0, {_LONGEST_MODEL}) : '' %}}"
)


def under_lease(*, table_name: str, key: str, next_state: str) -> dict[str, asl.State]:
    """``Take Lease``, and what happens when somebody has it: one who runs is left alone, a dead one taken over from.

    Args:
        table_name: state table.
        key: of the lease.
        next_state: under the lease.
    """
    return {
        "Take Lease": leases.take(
            table_name=table_name,
            key=key,
            lease_seconds=_LEASE_SECONDS,
            next_state=next_state,
            on_busy="Who Has the Lease?",
            on_failure=FAILED,
        ),
        **leases.take_over(
            table_name=table_name,
            key=key,
            lease_seconds=_LEASE_SECONDS,
            retake="Take Lease",
            next_state=next_state,
            on_busy="Already Running",
            on_failure=FAILED,
        ),
        "Already Running": {"Type": "Succeed", "Output": {"outcome": "already running", "model": rendered(MODEL)}},
    }


def failure(
    *,
    subject: str,
    topic_arn: str,
    table_name: str,
    history_table_name: str,
    key: str,
    next_state: str,
    kind: Kind = Kind.FAILURE,
) -> dict[str, asl.State]:
    """`FAILED`, which tells people, then the history row and the release of the lease.

    Args:
        subject: how the notification's begins, before the model's name.
        topic_arn: failure notifications.
        table_name: state table.
        history_table_name: history table.
        key: of the lease.
        next_state: after the release.
        kind: of the history row.
    """
    notify = asl.task(
        "sns:publish",
        {
            "TopicArn": topic_arn,
            # A subject has at most 100 ASCII characters, and the model may be anything that somebody typed.
            "Subject": f"{{% $substring('{subject} '"
            f" & $replace({MODEL}, /[^a-zA-Z0-9-]/, '?') & ' failed', 0, 100) %}}",
            "Message": {
                "model": rendered(MODEL),
                "execution": asl.EXECUTION,
                "error": "{% $failure.Error %}",
                "reason": f"{{% {asl.reason()} %}}",
                "log": "{% 'python -m perennial log ' & $states.context.Execution.Id %}",
            },
        },
        service="sns",
        next_state="Record Failure",
        on_failure="Record Failure",
        timeout_seconds=60,
    )
    return {
        # The run fails with its own error, not with that of a notification that could not be sent.
        FAILED: asl.keep_failure(notify, next_state="Record Failure"),
        "Record Failure": asl.append_failure(
            table_name=history_table_name,
            subject=str(MODEL),
            moment=str(RUN_ID),
            next_state="Release Lease After Failure",
            kind=kind,
        ),
        "Release Lease After Failure": leases.release(table_name=table_name, key=key, next_state=next_state),
    }
