"""The states that bring the planned versions behind the endpoint: stage, switch, prove, record, scale."""

from typing import Any

from contract import run_names
from contract.calls.prove_deployment import ProveDeployment
from contract.calls.record_deployment import RecordDeployment
from contract.calls.stage_deployment import RollBackAlarms, StageDeployment
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
    DEPLOYMENT_ID,
    MODEL_DATA_PREFIX,
    PLAN,
    SERVING_MODEL,
    TARGET,
)
from mlops_constructs.states import asl
from mlops_constructs.states.references import answered, given, jsonata, name_of, rendered


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
                endpoint_name=deployment.endpoint_name,
                deployment_id=DEPLOYMENT_ID,
                versions=PLAN.versions,
                alarm_prefix=run_names.roll_back_alarm_prefix(deployment.endpoint_name),
                model_data_prefix=jsonata(f"$exists({serving}) ? {given(serving).model_data_prefix} : ''"),
                roll_back=_roll_back(deployment) if deployment.roll_back_alarms else None,
                families=PLAN.families,
            ),
            next_state="Create Model",
            on_failure=FAILED,
            timeout_seconds=900,
            assign={name_of(MODEL_DATA_PREFIX): rendered(answered(StageDeployment).model_data_prefix)},
        ),
        "Create Model": asl.task(
            "sagemaker:createModel",
            {
                "ModelName": run_names.serving_model(deployment.endpoint_name),
                "ExecutionRoleArn": deployment.serving_role_arn,
                "PrimaryContainer": {
                    "Image": deployment.image_uri,
                    "Mode": "MultiModel",
                    "ModelDataUrl": rendered(MODEL_DATA_PREFIX),
                },
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
            [(jsonata(f"$exists({serving})"), "Update Endpoint")], default="Create Endpoint"
        ),
    }


def switch(deployment: Deployment) -> dict[str, asl.State]:
    """Create, update or restore the endpoint and wait for its end."""

    def call(action: str, arguments: dict[str, Any]) -> asl.State:
        return asl.task(
            f"sagemaker:{action}",
            {
                "EndpointName": deployment.endpoint_name,
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
                {"EndpointName": deployment.endpoint_name},
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
            deployment.endpoint_name,
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
            f"{{% 'endpoint {deployment.endpoint_name} is ' & $endpoint.status & ' with ' & $endpoint.config"
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
                endpoint_name=deployment.endpoint_name,
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
                endpoint_name=deployment.endpoint_name,
                deployment_id=DEPLOYMENT_ID,
                recorded_at=asl.NOW,
                execution=asl.EXECUTION,
                action=PLAN.action,
                changes=PLAN.changes,
                alarm_prefix=run_names.roll_back_alarm_prefix(deployment.endpoint_name),
                serving=TARGET,
                unapproved=PLAN.unapproved,
            ),
            next_state="Anything to Scale?" if scale else RELEASE,
            on_failure=FAILED,
            timeout_seconds=900,
        ),
        **(_scale(deployment.endpoint_name, scale) if scale else {}),
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


def after_record(deployment: Deployment) -> str:
    """Also of a deployment that changes nothing, so that changed limits arrive."""
    return "Register Scalable Target" if deployment.autoscaling else RELEASE


def _scale(endpoint_name: str, scale: Autoscaling) -> dict[str, asl.State]:
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint_name}/variant/{VARIANT}",
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
                "PolicyName": f"{endpoint_name}-invocations",
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
