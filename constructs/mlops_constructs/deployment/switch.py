"""The states that bring the planned versions behind the endpoint: stage, switch, prove, record, scale."""

from collections.abc import Sequence
from typing import Any

from contract import run_names
from contract.calls.prove_deployment import ProveDeployment
from contract.calls.record_deployment import RecordDeployment
from contract.calls.stage_deployment import RollBackAlarms, StageDeployment, Watch
from contract.names import APP_TAG, DEPLOYMENT_TAG, VARIANT
from contract.retained import Retained
from mlops_constructs.deployment import endpoint_update
from mlops_constructs.deployment.surroundings import (
    ENDPOINT_CONFIG_IS_THERE,
    FAILED,
    RELEASE,
    Autoscaling,
    Deployment,
    planned,
)
from mlops_constructs.deployment.variables import (
    CONTAINER,
    DEPLOYMENT_ID,
    ENDPOINT_NAME,
    MODEL_DATA_PREFIX,
    PLAN,
    SERVING_MODEL,
    STEM,
    TARGET,
)
from mlops_constructs.states import asl
from mlops_constructs.states.references import answered, given, jsonata, name_of, rendered

# https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
LOG_GROUP_PREFIX = "/aws/sagemaker/Endpoints/"
# As the stack keeps all logs: half a year.
_LOG_DAYS = 180
_ALARM_PREFIX = jsonata(f"{ENDPOINT_NAME} & '{run_names.roll_back_alarm_prefix('')}'")


def stage(deployment: Deployment) -> dict[str, asl.State]:
    """From ``Stage Deployment`` to the choice of how to switch."""
    tags = _tags(deployment)
    serving, made = PLAN.serving, "$split($states.result.ModelArn, '/')[1]"
    target = Retained(
        deployment_id=DEPLOYMENT_ID,
        endpoint_config=deployment.endpoint_config_name,
        serving_model=jsonata(made),
        versions=PLAN.versions,
        model_data_prefix=MODEL_DATA_PREFIX,
        shape=deployment.shape,
        container=PLAN.container,
    )
    create_config = asl.task(
        "sagemaker:createEndpointConfig",
        {
            "EndpointConfigName": deployment.endpoint_config_name,
            "KmsKeyId": deployment.key_arn,
            "ProductionVariants": [
                {
                    "VariantName": VARIANT,
                    "ModelName": rendered(SERVING_MODEL),
                    "InstanceType": deployment.instance_type,
                    "InitialInstanceCount": deployment.instance_count,
                }
            ],
            "Tags": tags,
        },
        service="sagemaker",
        next_state="Endpoint Exists?",
        on_failure="Was Endpoint Config There?",
        timeout_seconds=60,
    )
    return {
        "Stage Deployment": asl.invoke(
            deployment.stage_function_arn,
            StageDeployment(
                endpoint_name=ENDPOINT_NAME,
                deployment_id=DEPLOYMENT_ID,
                versions=PLAN.versions,
                alarm_prefix=_ALARM_PREFIX,
                model_data_prefix=jsonata(f"$exists({serving}) ? {given(serving).model_data_prefix} : ''"),
                container=PLAN.container,
                watch=_watch(deployment),
                roll_back=_roll_back(deployment) if deployment.roll_back_alarms else None,
            ),
            next_state="Create Model",
            on_failure=FAILED,
            timeout_seconds=900,
            assign={
                name_of(MODEL_DATA_PREFIX): rendered(answered(StageDeployment).model_data_prefix),
                name_of(CONTAINER): rendered(answered(StageDeployment).container),
            },
        ),
        "Create Model": asl.task(
            "sagemaker:createModel",
            {
                "ModelName": run_names.serving_model(str(STEM)),
                "ExecutionRoleArn": deployment.serving_role_arn,
                "PrimaryContainer": rendered(CONTAINER),
                **({"VpcConfig": deployment.vpc_config.value} if deployment.vpc_config else {}),
                "Tags": tags,
            },
            service="sagemaker",
            next_state="Create Endpoint Config",
            on_failure=FAILED,
            timeout_seconds=60,
            assign={name_of(SERVING_MODEL): jsonata(made), name_of(TARGET): rendered(target)},
        ),
        "Create Endpoint Config": create_config,
        # Its name is this deployment's alone: an earlier try made it, and its answer was lost.
        "Was Endpoint Config There?": asl.choice([(ENDPOINT_CONFIG_IS_THERE, "Endpoint Exists?")], default=FAILED),
        "Endpoint Exists?": asl.choice(
            [
                (jsonata(f"$exists({serving})"), "Update Endpoint"),
                (jsonata(f"{ENDPOINT_NAME} = '{deployment.first_endpoint}'"), "Create Endpoint"),
            ],
            default="Create Log",
        ),
        **_log(deployment),
    }


def _log(deployment: Deployment) -> dict[str, asl.State]:
    """The log group of a further endpoint, before SageMaker makes it, without an end and with a key of AWS.

    The stack has that of the first one. A group outlives its endpoint until its last line ends, and is taken up again.
    Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
    """
    group = {"LogGroupName": jsonata(f"'{LOG_GROUP_PREFIX}' & {ENDPOINT_NAME}")}

    def call(action: str, arguments: dict[str, Any], next_state: str, catches: Sequence[asl.State] = ()) -> asl.State:
        return asl.task(
            f"aws-sdk:cloudwatchlogs:{action}",
            {**group, **arguments},
            service="cloudwatchlogs",
            next_state=next_state,
            on_failure=FAILED,
            timeout_seconds=60,
            catches=catches,
        )

    there = asl.catch("CloudWatchLogs.ResourceAlreadyExistsException", "Keep Log")
    made = {"KmsKeyId": deployment.key_arn, "Tags": {APP_TAG: deployment.app}}
    return {
        "Create Log": call("createLogGroup", made, "Keep Log", [there]),
        "Keep Log": call("putRetentionPolicy", {"RetentionInDays": _LOG_DAYS}, "Create Endpoint"),
    }


def switch(deployment: Deployment) -> dict[str, asl.State]:
    """Create, update or restore the endpoint and wait for its end."""

    def call(action: str, arguments: dict[str, Any]) -> asl.State:
        return asl.task(
            f"sagemaker:{action}",
            {
                "EndpointName": rendered(ENDPOINT_NAME),
                "EndpointConfigName": rendered(TARGET.endpoint_config),
                **arguments,
            },
            service="sagemaker",
            next_state="Wait for Endpoint",
            # A call may have taken effect although its answer was lost; then it must not be left to itself.
            on_failure="Look at Endpoint",
            timeout_seconds=60,
            assign={"polls": 0},
        )

    retain = deployment.retained_properties
    alarms = deployment.roll_back_alarms.values()
    update = {"DeploymentConfig": endpoint_update.deployment_config(deployment.update_policy, alarms=alarms), **retain}
    return {
        "Create Endpoint": call("createEndpoint", {"Tags": [{"Key": APP_TAG, "Value": deployment.app}]}),
        "Update Endpoint": call("updateEndpoint", update),
        # All at once and without alarms: what was proven once needs no watch, and a way back must not fail.
        "Restore Endpoint": call("updateEndpoint", retain),
        "Look at Endpoint": asl.keep_failure(
            asl.task(
                "aws-sdk:sagemaker:describeEndpoint",
                {"EndpointName": rendered(ENDPOINT_NAME)},
                service="sagemaker",
                next_state="Did It Take Effect?",
                on_failure=FAILED,
                timeout_seconds=60,
                assign={
                    "polls": 0,
                    # An update under way is pending, a creation under way is not.
                    "taken": (
                        f"{{% {TARGET.endpoint_config} in [$states.result.EndpointConfigName,"
                        " $states.result.PendingDeploymentSummary.EndpointConfigName] %}"
                    ),
                },
            ),
            next_state=FAILED,
        ),
        "Did It Take Effect?": asl.choice([("{% $taken %}", "Wait for Endpoint")], default=FAILED),
        **endpoint_update.wait(
            wanted_config=str(TARGET.endpoint_config),
            names=("Wait for Endpoint", "Describe Endpoint", "Endpoint In Service?"),
            max_polls=endpoint_update.max_polls(deployment.update_policy),
            next_state="Prove Deployment",
            otherwise="Explain Endpoint",
            on_failure=FAILED,
        ),
        # An update that AWS rolls back ends InService too, on the old config; that is a failed deployment.
        "Explain Endpoint": asl.fail_with(
            "EndpointNotInService",
            f"{{% 'endpoint ' & {ENDPOINT_NAME} & ' is ' & $endpoint.status & ' with ' & $endpoint.config"
            f" & ' instead of InService with ' & {TARGET.endpoint_config} & ' ' & $endpoint.reason %}}",
            next_state="Remember Failure",
        ),
    }


def prove(deployment: Deployment) -> dict[str, asl.State]:
    """From ``Prove Deployment`` to the release of the lease."""
    scale = deployment.autoscaling
    return {
        "Prove Deployment": asl.invoke(
            deployment.prove_function_arn,
            ProveDeployment(
                endpoint_name=ENDPOINT_NAME,
                deployment_id=DEPLOYMENT_ID,
                model_data_prefix=MODEL_DATA_PREFIX,
            ),
            next_state="Record Deployment",
            on_failure="Something to Go Back to?",
            timeout_seconds=900,
        ),
        "Record Deployment": asl.invoke(
            deployment.record_function_arn,
            RecordDeployment(
                endpoint_name=ENDPOINT_NAME,
                deployment_id=DEPLOYMENT_ID,
                recorded_at=asl.NOW,
                execution=asl.EXECUTION,
                action=PLAN.action,
                changes=PLAN.changes,
                alarm_prefix=_ALARM_PREFIX,
                serving=TARGET,
                unapproved=PLAN.unapproved,
            ),
            next_state="Anything to Scale?" if scale else RELEASE,
            on_failure=FAILED,
            timeout_seconds=900,
        ),
        **(_scale(scale) if scale else {}),
    }


def _tags(deployment: Deployment) -> list[dict[str, str]]:
    return [
        {"Key": APP_TAG, "Value": deployment.app},
        {"Key": DEPLOYMENT_TAG, "Value": rendered(DEPLOYMENT_ID)},
    ]


def _roll_back(deployment: Deployment) -> RollBackAlarms:
    """What the function needs to make the alarms that watch the new fleet."""
    return RollBackAlarms(
        alarms=deployment.roll_back_alarms,
        endpoint_config=deployment.endpoint_config_name,
        variant_name=VARIANT,
        max_latency_ms=deployment.max_latency_ms,
        tags={tag["Key"]: tag["Value"] for tag in _tags(deployment)},
    )


def _watch(deployment: Deployment) -> Watch:
    """What the function needs to make the alarms of a further endpoint."""
    return Watch(
        topic_arn=deployment.topic_arn,
        variant_name=VARIANT,
        max_latency_ms=deployment.max_latency_ms,
        tags={APP_TAG: deployment.app},
    )


def after_record(deployment: Deployment) -> str:
    """Also of a deployment that changes nothing, so that changed limits arrive."""
    return "Register Scalable Target" if deployment.autoscaling else RELEASE


def _scale(scale: Autoscaling) -> dict[str, asl.State]:
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": jsonata(f"'endpoint/' & {ENDPOINT_NAME} & '/variant/{VARIANT}'"),
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    return {
        "Anything to Scale?": asl.choice([(planned("removed"), RELEASE)], default="Register Scalable Target"),
        "Register Scalable Target": asl.task(
            "aws-sdk:applicationautoscaling:registerScalableTarget",
            {**target, "MinCapacity": scale.min_count, "MaxCapacity": scale.max_count},
            service="applicationautoscaling",
            next_state="Put Scaling Policy",
            on_failure=FAILED,
            timeout_seconds=60,
        ),
        "Put Scaling Policy": asl.task(
            "aws-sdk:applicationautoscaling:putScalingPolicy",
            {
                **target,
                "PolicyName": jsonata(f"{ENDPOINT_NAME} & '-invocations'"),
                "PolicyType": "TargetTrackingScaling",
                "TargetTrackingScalingPolicyConfiguration": {
                    "TargetValue": scale.invocations_per_instance,
                    "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
                },
            },
            service="applicationautoscaling",
            next_state=RELEASE,
            on_failure=FAILED,
            timeout_seconds=60,
        ),
    }
