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
from mlops_constructs.states import asl, leases, model_runs
from mlops_constructs.states.model_runs import FAILED, MODEL, RUN_ID
from mlops_constructs.states.references import jsonata, name_of, rendered, variable

# Of the execution; that of a state is what the state before it gave.
_INPUT: Mapping[str, Any] = variable("input", dict)
_PLAN = variable("plan", TransformPlan)
_JOB = variable("job", str)
_LEASE = keys.TRANSFORM_LEASE.jsonata(str(MODEL))


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
        "TimeoutSeconds": model_runs.TIMEOUT_SECONDS,
        "States": {**_start(run), **_job(run), **_success(run), **_failure(run)},
    }


def _start(run: BatchTransform) -> dict[str, asl.State]:
    return {
        "Identify Run": {
            "Type": "Pass",
            "Comment": "Names derive from the execution, so that a retry never collides.",
            "Assign": {
                name_of(MODEL): model_runs.MODEL_GIVEN,
                name_of(RUN_ID): run_names.RUN_ID,
                name_of(_INPUT): jsonata("$states.input"),
            },
            "Next": "Take Lease",
        },
        **model_runs.under_lease(table_name=run.table_name, key=_LEASE, next_state="Plan Transform"),
    }


def _job(run: BatchTransform) -> dict[str, asl.State]:
    tags = f"[{{'Key': '{APP_TAG}', 'Value': '{run.app}'}}, {{'Key': '{MODEL_TAG}', 'Value': {MODEL}}}]"
    name = run_names.attempt(str(_PLAN.sagemaker_model))
    return {
        "Plan Transform": asl.invoke(
            run.plan_function_arn,
            PlanTransform(
                model=MODEL,
                run_id=RUN_ID,
                role=run.sagemaker_role_arn,
                network=run.vpc_config.value if run.vpc_config else {},
                input=_INPUT,
            ),
            next_state="Anything to Answer?",
            on_failure=FAILED,
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
            on_failure=FAILED,
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
            "Output": {"outcome": rendered(_PLAN.outcome), "model": rendered(MODEL)},
        },
    }


def _success(run: BatchTransform) -> dict[str, asl.State]:
    row = {
        "pk": {"S": Kind.TRANSFORM.jsonata(str(MODEL))},
        "sk": {"S": rendered(RUN_ID)},
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
                    "pk": {"S": keys.TRANSFORMED.jsonata(str(MODEL))},
                    "digest": {"S": rendered(_PLAN.digest)},
                    "execution": {"S": asl.EXECUTION},
                    "recorded_at": {"S": asl.NOW},
                },
            },
            service="dynamodb",
            next_state="Record Success",
            on_failure=FAILED,
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
            on_failure=FAILED,
            timeout_seconds=60,
            # A repeated call that finds its own row.
            catches=[asl.catch(leases.CONFLICT, "Release Lease")],
        ),
        "Release Lease": leases.release(table_name=run.table_name, key=_LEASE, next_state="Files Answered"),
        "Files Answered": {
            "Type": "Succeed",
            "Output": {
                "outcome": "answered",
                "model": rendered(MODEL),
                "version": rendered(_PLAN.version),
                "transform_job": rendered(_JOB),
                "source": rendered(_PLAN.source),
                "target": rendered(_PLAN.target),
            },
        },
    }


def _failure(run: BatchTransform) -> dict[str, asl.State]:
    return {
        **model_runs.failure(
            subject=f"{run.app}: batch transform of",
            topic_arn=run.topic_arn,
            table_name=run.table_name,
            history_table_name=run.history_table_name,
            key=_LEASE,
            next_state="Batch Transform Failed",
            kind=Kind.TRANSFORM,
        ),
        "Batch Transform Failed": {
            "Type": "Fail",
            "Error": "{% $failure.Error %}",
            "Cause": "{% $failure.Cause %}",
        },
    }
