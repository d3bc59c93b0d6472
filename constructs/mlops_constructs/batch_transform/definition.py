"""One scheduled batch transform as a state machine, in JSONata: from the lease to the results and their record.

The module is pure: strings in, Amazon States Language out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract import keys, run_names
from contract.calls.plan_transform import PlanTransform, TransformPlan
from contract.history import Kind
from contract.names import APP_TAG, MODEL_TAG
from mlops_constructs.network.vpc_config import VpcConfig
from mlops_constructs.states import asl, leases
from mlops_constructs.states.references import jsonata, name_of, rendered, variable

RUN_TIMEOUT_SECONDS = 24 * 3600
# Longer than any run, so that a lease never expires under a run that is alive.
_LEASE_SECONDS = RUN_TIMEOUT_SECONDS + 600
# More than any model's name has, and few enough for a key of DynamoDB (2048 bytes) and a message of SNS.
_LONGEST_MODEL = 64
_FAILED = "Notify Failure"

_MODEL = variable("model", str)
_RUN_ID = variable("run_id", str)
# Of the execution; that of a state is what the state before it gave.
_INPUT: Mapping[str, Any] = variable("input", dict)
_PLAN = variable("plan", TransformPlan)
_JOB = variable("job", str)
_LEASE = keys.TRANSFORM_LEASE.jsonata(str(_MODEL))


@dataclass(frozen=True, kw_only=True)
class BatchTransform:
    """Everything a run needs to know of its surroundings.

    Args:
        app: tag of the jobs, and how the subject of a notification begins.
        sagemaker_role_arn: role of SageMaker's jobs.
        vpc_config: network of SageMaker's jobs; None for one of SageMaker's own.
        table_name: state table.
        history_table_name: history table.
        plan_function_arn: Lambda function.
        topic_arn: failure notifications.
    """

    app: str
    sagemaker_role_arn: str
    vpc_config: VpcConfig | None
    table_name: str
    history_table_name: str
    plan_function_arn: str
    topic_arn: str


def definition(run: BatchTransform) -> dict[str, Any]:
    """The whole state machine."""
    return {
        "Comment": "Lets the approved version of one model answer its files: lease, batch transform job, history.",
        "QueryLanguage": "JSONata",
        "StartAt": "Identify Run",
        "TimeoutSeconds": RUN_TIMEOUT_SECONDS,
        "States": {**_start(run), **_job(run), **_success(run), **_failure(run)},
    }


def _start(run: BatchTransform) -> dict[str, asl.State]:
    return {
        "Identify Run": {
            "Type": "Pass",
            "Comment": "Names derive from the execution, so that a retry never collides.",
            "Assign": {
                name_of(_MODEL): (
                    # Cut, because it goes into keys and messages even when it is no model's name.
                    f"{{% $exists($states.input.model) ? $substring($string($states.input.model), 0, {_LONGEST_MODEL})"
                    " : '' %}"
                ),
                name_of(_RUN_ID): run_names.RUN_ID,
                name_of(_INPUT): jsonata("$states.input"),
            },
            "Next": "Take Lease",
        },
        "Take Lease": leases.take(
            table_name=run.table_name,
            key=_LEASE,
            lease_seconds=_LEASE_SECONDS,
            next_state="Plan Transform",
            on_busy="Who Has the Lease?",
            on_failure=_FAILED,
        ),
        **leases.take_over(
            table_name=run.table_name,
            key=_LEASE,
            lease_seconds=_LEASE_SECONDS,
            retake="Take Lease",
            next_state="Plan Transform",
            on_busy="Already Running",
            on_failure=_FAILED,
        ),
        "Already Running": {"Type": "Succeed", "Output": {"outcome": "already running", "model": rendered(_MODEL)}},
    }


def _job(run: BatchTransform) -> dict[str, asl.State]:
    tags = f"[{{'Key': '{APP_TAG}', 'Value': '{run.app}'}}, {{'Key': '{MODEL_TAG}', 'Value': {_MODEL}}}]"
    name = run_names.attempt(str(_PLAN.sagemaker_model))
    return {
        "Plan Transform": asl.invoke(
            run.plan_function_arn,
            PlanTransform(
                model=_MODEL,
                run_id=_RUN_ID,
                role=run.sagemaker_role_arn,
                network=run.vpc_config.value if run.vpc_config else {},
                input=_INPUT,
            ),
            next_state="Anything to Answer?",
            on_failure=_FAILED,
            timeout_seconds=300,
            answer=_PLAN,
        ),
        "Anything to Answer?": asl.choice(
            [(jsonata(f"{_PLAN.outcome} = 'answer'"), "Answer Files")], default="Release Lease, Nothing to Do"
        ),
        "Answer Files": asl.task(
            "sagemaker:createTransformJob.sync",
            jsonata(f"$merge([{_PLAN.job}, {{'TransformJobName': {name}, 'Tags': {tags}}}])"),
            service="sagemaker",
            next_state="Delete Model",
            on_failure=_FAILED,
            timeout_seconds=rendered(_PLAN.timeout_seconds),
            assign={name_of(_JOB): jsonata("$states.result.TransformJobName")},
        ),
        # One that stays, here or after a failure, is removed by the next run of the model.
        "Delete Model": asl.keep_failure(
            asl.task(
                "aws-sdk:sagemaker:deleteModel",
                {"ModelName": rendered(_PLAN.sagemaker_model)},
                service="sagemaker",
                next_state="Remember Files",
                on_failure="Remember Files",
                timeout_seconds=60,
            ),
            next_state="Remember Files",
        ),
        "Release Lease, Nothing to Do": leases.release(
            table_name=run.table_name, key=_LEASE, next_state="Nothing to Do"
        ),
        "Nothing to Do": {
            "Type": "Succeed",
            "Output": {"outcome": rendered(_PLAN.outcome), "model": rendered(_MODEL)},
        },
    }


def _success(run: BatchTransform) -> dict[str, asl.State]:
    row = {
        "pk": {"S": Kind.TRANSFORM.jsonata(str(_MODEL))},
        "sk": {"S": rendered(_RUN_ID)},
        "recorded_at": {"S": asl.NOW},
        "execution": {"S": asl.EXECUTION},
        "transform_job": {"S": rendered(_JOB)},
        "version": {"S": rendered(_PLAN.version)},
        "source": {"S": rendered(_PLAN.source)},
        "target": {"S": rendered(_PLAN.target)},
    }
    return {
        "Remember Files": asl.task(
            "dynamodb:putItem",
            {
                "TableName": run.table_name,
                "Item": {
                    "pk": {"S": keys.TRANSFORMED.jsonata(str(_MODEL))},
                    "digest": {"S": rendered(_PLAN.digest)},
                    "execution": {"S": asl.EXECUTION},
                    "recorded_at": {"S": asl.NOW},
                },
            },
            service="dynamodb",
            next_state="Record Success",
            on_failure=_FAILED,
            timeout_seconds=60,
        ),
        "Record Success": asl.task(
            "dynamodb:putItem",
            {
                "TableName": run.history_table_name,
                "Item": row,
                "ConditionExpression": "attribute_not_exists(pk)",
            },
            service="dynamodb",
            next_state="Release Lease",
            on_failure=_FAILED,
            timeout_seconds=60,
            # A repeated call that finds its own row.
            catches=[asl.catch(leases.CONFLICT, "Release Lease")],
        ),
        "Release Lease": leases.release(table_name=run.table_name, key=_LEASE, next_state="Files Answered"),
        "Files Answered": {
            "Type": "Succeed",
            "Output": {
                "outcome": "answered",
                "model": rendered(_MODEL),
                "version": rendered(_PLAN.version),
                "transform_job": rendered(_JOB),
                "source": rendered(_PLAN.source),
                "target": rendered(_PLAN.target),
            },
        },
    }


def _failure(run: BatchTransform) -> dict[str, asl.State]:
    notify = asl.task(
        "sns:publish",
        {
            "TopicArn": run.topic_arn,
            # A subject has at most 100 ASCII characters, and the model may be anything that somebody typed.
            "Subject": f"{{% $substring('{run.app}: batch transform of '"
            f" & $replace({_MODEL}, /[^a-zA-Z0-9-]/, '?') & ' failed', 0, 100) %}}",
            "Message": {
                "model": rendered(_MODEL),
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
        _FAILED: asl.keep_failure(notify, next_state="Record Failure"),
        "Record Failure": asl.append_failure(
            table_name=run.history_table_name,
            subject=str(_MODEL),
            moment=str(_RUN_ID),
            next_state="Release Lease After Failure",
            kind=Kind.TRANSFORM,
        ),
        "Release Lease After Failure": leases.release(
            table_name=run.table_name, key=_LEASE, next_state="Batch Transform Failed"
        ),
        "Batch Transform Failed": {
            "Type": "Fail",
            "Error": "{% $failure.Error %}",
            "Cause": "{% $failure.Cause %}",
        },
    }
