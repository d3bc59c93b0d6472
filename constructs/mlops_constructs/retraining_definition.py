"""One retraining run as a state machine, in JSONata: from the lease to the registered version.

What deploys the version is in `deployment_definition`. The module is pure: strings in, Amazon States Language out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlops_constructs import asl, deployment_definition, leases
from mlops_constructs.deployment_definition import Deployment

RUN_TIMEOUT_SECONDS = 6 * 3600
# Longer than any run, so that a lease never expires under a run that is alive.
_LEASE_SECONDS = RUN_TIMEOUT_SECONDS + 600
_MODEL_LEASE = "{% 'lease#' & $model %}"
_RETRIES = "$string($states.context.Execution.RedriveCount) & $string($states.context.State.RetryCount)"
ACCURACY_TOO_LOW = "ModelAccuracyTooLow"


@dataclass(frozen=True, kw_only=True)
class Retraining:
    """Everything a run needs to know of its surroundings.

    Args:
        app: prefix of the names of jobs and package groups.
        models: per model name what the states read: ``job_name``, ``hyperparameters``, ``resource_config``,
            ``stopping_condition``, ``spot``, ``gate`` (``metric`` and ``threshold``) and ``etl_timeout_seconds``,
            ``training_timeout_seconds``.
        gate_title: name of the gate's Choice state.
        bucket_name: artifact bucket.
        key_arn: KMS key of everything that is written.
        table_name: state table.
        image_uri: XGBoost image, for training and serving.
        training_role_arn: role of training jobs.
        results_function_arn: Lambda that reads a training job's metrics.
        topic_arn: failure notifications.
        deployment: how a registered version is served.
    """

    app: str
    models: Mapping[str, Mapping[str, Any]]
    gate_title: str
    bucket_name: str
    key_arn: str
    table_name: str
    image_uri: str
    training_role_arn: str
    results_function_arn: str
    topic_arn: str
    deployment: Deployment


def definition(run: Retraining) -> dict[str, Any]:
    """The whole state machine."""
    return {
        "Comment": "Retrains one model: lease, ETL, training, quality gate, registry, endpoint.",
        "QueryLanguage": "JSONata",
        "StartAt": "Identify Run",
        "TimeoutSeconds": RUN_TIMEOUT_SECONDS,
        "States": {
            **_start(run),
            **_data(run),
            **_training(run),
            **_registry(run),
            **deployment_definition.states(run.deployment, next_state="Record Success", on_failure="Notify Failure"),
            **_success(run),
            **_failure(run),
        },
    }


def _start(run: Retraining) -> dict[str, asl.State]:
    return {
        "Identify Run": {
            "Type": "Pass",
            "Comment": "Names derive from the execution, so that a retry never collides.",
            "Assign": {
                "model": "{% $exists($states.input.model) ? $string($states.input.model) : '' %}",
                "run_id": (
                    "{% $fromMillis($toMillis($states.context.Execution.StartTime),"
                    " '[Y0001][M01][D01][H01][m01][s01]')"
                    " & '-' & $substring($hash($states.context.Execution.Id, 'SHA-256'), 0, 6) %}"
                ),
            },
            "Next": "Known Model?",
        },
        "Known Model?": asl.choice(
            [(f"{{% $model in {_literal(sorted(run.models))} %}}", "Load Configuration")], default="Unknown Model"
        ),
        "Unknown Model": asl.fail_with(
            "UnknownModel",
            f"{{% 'no model named ' & $string($model) & ' is configured, choose one of ' & "
            f"$join({_literal(sorted(run.models))}, ', ') %}}",
            next_state="Notify Failure",
        ),
        "Load Configuration": {
            "Type": "Pass",
            "Comment": "The models' configuration is part of the deployed definition.",
            "Assign": {
                "config": f"{{% $lookup({_literal(run.models)}, $model) %}}",
                "run_uri": f"{{% 's3://{run.bucket_name}/runs/' & $model & '/' & $run_id & '/' %}}",
                "run_key": "{% 'runs/' & $model & '/' & $run_id & '/' %}",
            },
            "Next": "Take Lease",
        },
        "Take Lease": leases.take(
            table_name=run.table_name,
            key=_MODEL_LEASE,
            lease_seconds=_LEASE_SECONDS,
            next_state="Extract, Transform, Load",
            on_busy="Already Running",
            on_failure="Notify Failure",
            patient=False,
        ),
        "Already Running": {"Type": "Succeed", "Output": {"outcome": "already running", "model": "{% $model %}"}},
    }


def _data(run: Retraining) -> dict[str, asl.State]:
    return {
        "Extract, Transform, Load": asl.task(
            "glue:startJobRun.sync",
            {
                "JobName": "{% $config.job_name %}",
                "Arguments": {
                    "--source": f"{{% 's3://{run.bucket_name}/raw/' & $model & '/' %}}",
                    "--destination": "{% $run_uri %}",
                },
            },
            service="glue",
            next_state="Read Report",
            on_failure="Notify Failure",
            timeout_seconds="{% $config.etl_timeout_seconds %}",
        ),
        "Read Report": asl.task(
            "aws-sdk:s3:getObject",
            {"Bucket": run.bucket_name, "Key": "{% $run_key & 'report.json' %}"},
            service="s3",
            next_state="Read Last Success",
            on_failure="Notify Failure",
            timeout_seconds=60,
            assign={"report": "{% $parse($states.result.Body) %}"},
        ),
        "Read Last Success": asl.task(
            "dynamodb:getItem",
            {"TableName": run.table_name, "Key": {"pk": {"S": "{% 'model#' & $model %}"}}, "ConsistentRead": True},
            service="dynamodb",
            next_state="Data changed?",
            on_failure="Notify Failure",
            timeout_seconds=60,
            assign={
                "last_fingerprint": (
                    "{% $exists($states.result.Item.fingerprint.S) ? $states.result.Item.fingerprint.S : '' %}"
                )
            },
        ),
        "Data changed?": asl.choice(
            [("{% $report.fingerprint != $last_fingerprint %}", "Model Training")],
            default="Release Lease, Nothing New",
        ),
        "Release Lease, Nothing New": leases.release(
            table_name=run.table_name, key=_MODEL_LEASE, next_state="Nothing New"
        ),
        "Nothing New": {
            "Type": "Succeed",
            "Output": {"outcome": "nothing new", "model": "{% $model %}", "fingerprint": "{% $report.fingerprint %}"},
        },
    }


def _training(run: Retraining) -> dict[str, asl.State]:
    return {
        "Model Training": asl.task(
            "sagemaker:createTrainingJob.sync",
            {
                "TrainingJobName": f"{{% '{run.app}-' & $model & '-' & $run_id & '-' & {_RETRIES} %}}",
                "AlgorithmSpecification": {"TrainingImage": run.image_uri, "TrainingInputMode": "File"},
                "RoleArn": run.training_role_arn,
                "HyperParameters": "{% $config.hyperparameters %}",
                "InputDataConfig": [_channel("train"), _channel("validation")],
                "OutputDataConfig": {
                    "S3OutputPath": f"{{% 's3://{run.bucket_name}/models/' & $model %}}",
                    "KmsKeyId": run.key_arn,
                },
                "ResourceConfig": "{% $config.resource_config %}",
                "StoppingCondition": "{% $config.stopping_condition %}",
                "EnableManagedSpotTraining": "{% $config.spot %}",
                "RetryStrategy": {"MaximumRetryAttempts": 2},
                "Tags": [
                    {"Key": "perennial:app", "Value": run.app},
                    {"Key": "perennial:model", "Value": "{% $model %}"},
                ],
            },
            service="sagemaker",
            next_state="Query Training Results",
            on_failure="Notify Failure",
            timeout_seconds="{% $config.training_timeout_seconds %}",
            assign={"training_job": "{% $states.result.TrainingJobName %}"},
        ),
        "Query Training Results": asl.task(
            "lambda:invoke",
            {
                "FunctionName": run.results_function_arn,
                "Payload": {"training_job_name": "{% $training_job %}", "metric": "{% $config.gate.metric %}"},
            },
            service="lambda",
            next_state=run.gate_title,
            on_failure="Notify Failure",
            timeout_seconds=120,
            assign={"training": "{% $states.result.Payload %}"},
        ),
        run.gate_title: asl.choice(
            [("{% $training.value > $config.gate.threshold %}", "Save Model")], default="Explain Gate"
        ),
        "Explain Gate": asl.fail_with(
            ACCURACY_TOO_LOW,
            "{% $config.gate.metric & ' of ' & $training_job & ' is ' & $string($training.value)"
            " & ', it must be greater than ' & $string($config.gate.threshold) %}",
            next_state="Notify Failure",
        ),
    }


def _registry(run: Retraining) -> dict[str, asl.State]:
    return {
        "Save Model": asl.task(
            "aws-sdk:sagemaker:createModelPackage",
            {
                "ModelPackageGroupName": f"{{% '{run.app}-' & $model %}}",
                "ModelPackageDescription": "{% 'from ' & $training_job %}",
                "ModelApprovalStatus": "Approved",
                "ClientToken": "{% $run_id %}",
                "InferenceSpecification": {
                    "Containers": [{"Image": run.image_uri, "ModelDataUrl": "{% $training.model_data_url %}"}],
                    "SupportedContentTypes": ["text/csv"],
                    "SupportedResponseMIMETypes": ["text/csv"],
                },
                "CustomerMetadataProperties": {
                    "metric": "{% $config.gate.metric %}",
                    "value": "{% $string($training.value) %}",
                    "threshold": "{% $string($config.gate.threshold) %}",
                    "data_fingerprint": "{% $report.fingerprint %}",
                    "training_job": "{% $training_job %}",
                    "execution": "{% $states.context.Execution.Id %}",
                },
            },
            service="sagemaker",
            next_state="Take Endpoint Lease",
            on_failure="Notify Failure",
            timeout_seconds=60,
            assign={"model_package_arn": "{% $states.result.ModelPackageArn %}"},
        ),
    }


def _success(run: Retraining) -> dict[str, asl.State]:
    return {
        "Record Success": asl.task(
            "dynamodb:putItem",
            {
                "TableName": run.table_name,
                "Item": {
                    "pk": {"S": "{% 'model#' & $model %}"},
                    "fingerprint": {"S": "{% $report.fingerprint %}"},
                    "model_package_arn": {"S": "{% $model_package_arn %}"},
                    "training_job": {"S": "{% $training_job %}"},
                    "metric": {"S": "{% $config.gate.metric %}"},
                    "value": {"N": "{% $string($training.value) %}"},
                    "threshold": {"N": "{% $string($config.gate.threshold) %}"},
                    "endpoint_config": {"S": "{% $endpoint_config %}"},
                    "execution": {"S": "{% $states.context.Execution.Id %}"},
                    "recorded_at": {"S": "{% $now() %}"},
                },
            },
            service="dynamodb",
            next_state="Release Endpoint Lease",
            on_failure="Notify Failure",
            timeout_seconds=60,
        ),
        "Release Endpoint Lease": leases.release(
            table_name=run.table_name, key=run.deployment.lease_key, next_state="Release Lease"
        ),
        "Release Lease": leases.release(table_name=run.table_name, key=_MODEL_LEASE, next_state="Model Deployed"),
        "Model Deployed": {
            "Type": "Succeed",
            "Output": {
                "outcome": "deployed",
                "model": "{% $model %}",
                "model_package_arn": "{% $model_package_arn %}",
                "training_job": "{% $training_job %}",
                "metric": "{% $config.gate.metric %}",
                "value": "{% $training.value %}",
                "threshold": "{% $config.gate.threshold %}",
                "endpoint_config": "{% $endpoint_config %}",
                "report": "{% $run_uri & 'report.json' %}",
            },
        },
    }


def _failure(run: Retraining) -> dict[str, asl.State]:
    notify = asl.task(
        "sns:publish",
        {
            "TopicArn": run.topic_arn,
            "Subject": f"{{% $substring('{run.app}: retraining of ' & $model & ' failed', 0, 100) %}}",
            "Message": {
                "model": "{% $model %}",
                "execution": "{% $states.context.Execution.Id %}",
                "error": "{% $failure.Error %}",
                "cause": "{% $failure.Cause %}",
            },
        },
        service="sns",
        next_state="Release Endpoint Lease After Failure",
        on_failure="Release Endpoint Lease After Failure",
        timeout_seconds=60,
    )
    # The run fails with its own error, not with that of a notification that could not be sent.
    notify["Catch"] = [asl.catch("States.ALL", "Release Endpoint Lease After Failure")]
    return {
        "Notify Failure": notify,
        "Release Endpoint Lease After Failure": leases.release(
            table_name=run.table_name, key=run.deployment.lease_key, next_state="Release Lease After Failure"
        ),
        "Release Lease After Failure": leases.release(
            table_name=run.table_name, key=_MODEL_LEASE, next_state="Gate Failed?"
        ),
        "Gate Failed?": asl.choice(
            [(f"{{% $failure.Error = '{ACCURACY_TOO_LOW}' %}}", "Model Accuracy Too Low")], default="Retraining Failed"
        ),
        "Model Accuracy Too Low": _fail(),
        "Retraining Failed": _fail(),
    }


def _fail() -> asl.State:
    return {"Type": "Fail", "Error": "{% $failure.Error %}", "Cause": "{% $failure.Cause %}"}


def _channel(name: str) -> dict[str, Any]:
    return {
        "ChannelName": name,
        "ContentType": "text/csv",
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3Uri": f"{{% $run_uri & '{name}/' %}}",
                "S3DataDistributionType": "FullyReplicated",
            }
        },
    }


def _literal(value: Mapping[str, Any] | Sequence[Any] | str | float | bool) -> str:
    """JSONata source of a value; strings in single quotes, since the expression itself stands in a JSON string."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSONata has no escape for a single quote of its own.
        escaped = value.replace("\\", "\\\\").replace("'", "\\u0027")
        return f"'{escaped}'"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_literal(key)}: {_literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    return repr(value)
