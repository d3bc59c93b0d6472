"""The states that bring the planned versions behind the endpoint: stage, switch, prove, record, scale."""

from typing import Any

from contract import run_names
from contract.names import APP_TAG, DEPLOYMENT_TAG, VARIANT
from mlops_constructs.deployment import endpoint_update
from mlops_constructs.deployment.surroundings import (
    ENDPOINT_CONFIG_IS_THERE,
    FAILED,
    RELEASE,
    Autoscaling,
    Deployment,
)
from mlops_constructs.states import asl


def stage(deployment: Deployment) -> dict[str, asl.State]:
    """From ``Stage Deployment`` to the choice of how to switch."""
    tags = _tags(deployment)
    model_name = run_names.serving_model(deployment.endpoint_name)
    create_config = asl.task(
        "sagemaker:createEndpointConfig",
        {
            "EndpointConfigName": deployment.endpoint_config_name,
            "KmsKeyId": deployment.key_arn,
            "ProductionVariants": [
                {
                    "VariantName": VARIANT,
                    "ModelName": "{% $serving_model %}",
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
        "Stage Deployment": asl.task(
            "lambda:invoke",
            {
                "FunctionName": deployment.stage_function_arn,
                "Payload": {
                    "endpoint_name": deployment.endpoint_name,
                    "deployment_id": "{% $deployment_id %}",
                    "versions": "{% $plan.versions %}",
                    "model_data_prefix": "{% $exists($plan.serving) ? $plan.serving.model_data_prefix : '' %}",
                    "alarm_prefix": run_names.roll_back_alarm_prefix(deployment.endpoint_name),
                    **({"roll_back": _roll_back(deployment)} if deployment.roll_back_alarms else {}),
                },
            },
            service="lambda",
            next_state="Create Model",
            on_failure=FAILED,
            timeout_seconds=900,
            assign={"model_data_prefix": "{% $states.result.Payload.model_data_prefix %}"},
        ),
        "Create Model": asl.task(
            "sagemaker:createModel",
            {
                "ModelName": model_name,
                "ExecutionRoleArn": deployment.serving_role_arn,
                "PrimaryContainer": {
                    "Image": deployment.image_uri,
                    "Mode": "MultiModel",
                    "ModelDataUrl": "{% $model_data_prefix %}",
                },
                **({"VpcConfig": deployment.vpc_config.value} if deployment.vpc_config else {}),
                "Tags": tags,
            },
            service="sagemaker",
            next_state="Create Endpoint Config",
            on_failure=FAILED,
            timeout_seconds=60,
            assign={
                "serving_model": "{% $split($states.result.ModelArn, '/')[1] %}",
                "target": {
                    "deployment_id": "{% $deployment_id %}",
                    "endpoint_config": deployment.endpoint_config_name,
                    "serving_model": "{% $split($states.result.ModelArn, '/')[1] %}",
                    "versions": "{% $plan.versions %}",
                    "model_data_prefix": "{% $model_data_prefix %}",
                    "shape": deployment.shape,
                },
            },
        ),
        "Create Endpoint Config": create_config,
        # Its name is this deployment's alone: an earlier try made it, and its answer was lost.
        "Was Endpoint Config There?": asl.choice([(ENDPOINT_CONFIG_IS_THERE, "Endpoint Exists?")], default=FAILED),
        "Endpoint Exists?": asl.choice(
            [("{% $exists($plan.serving) %}", "Update Endpoint")], default="Create Endpoint"
        ),
    }


def switch(deployment: Deployment) -> dict[str, asl.State]:
    """Create, update or restore the endpoint and wait for its end."""

    def call(action: str, arguments: dict[str, Any]) -> asl.State:
        return asl.task(
            f"sagemaker:{action}",
            {
                "EndpointName": deployment.endpoint_name,
                "EndpointConfigName": "{% $target.endpoint_config %}",
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
                        "{% $target.endpoint_config in [$states.result.EndpointConfigName,"
                        " $states.result.PendingDeploymentSummary.EndpointConfigName] %}"
                    ),
                },
            ),
            next_state=FAILED,
        ),
        "Did It Take Effect?": asl.choice([("{% $taken %}", "Wait for Endpoint")], default=FAILED),
        **endpoint_update.wait(
            deployment.endpoint_name,
            wanted_config="$target.endpoint_config",
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
            " & ' instead of InService with ' & $target.endpoint_config & ' ' & $endpoint.reason %}",
            next_state="Remember Failure",
        ),
    }


def prove(deployment: Deployment) -> dict[str, asl.State]:
    """From ``Prove Deployment`` to the release of the lease."""
    scale = deployment.autoscaling
    return {
        "Prove Deployment": asl.task(
            "lambda:invoke",
            {
                "FunctionName": deployment.prove_function_arn,
                "Payload": {
                    "endpoint_name": deployment.endpoint_name,
                    "model_data_prefix": "{% $model_data_prefix %}",
                },
            },
            service="lambda",
            next_state="Record Deployment",
            on_failure="Something to Go Back to?",
            timeout_seconds=900,
        ),
        "Record Deployment": asl.task(
            "lambda:invoke",
            {
                "FunctionName": deployment.record_function_arn,
                "Payload": {
                    "endpoint_name": deployment.endpoint_name,
                    "run_id": "{% $deployment_id %}",
                    "recorded_at": "{% $now() %}",
                    "execution": "{% $states.context.Execution.Id %}",
                    "action": "{% $plan.action %}",
                    "changes": "{% $plan.changes %}",
                    "unapproved": "{% [$plan.unapproved] %}",
                    "serving": "{% $target %}",
                    "alarm_prefix": run_names.roll_back_alarm_prefix(deployment.endpoint_name),
                },
            },
            service="lambda",
            next_state="Anything to Scale?" if scale else RELEASE,
            on_failure=FAILED,
            timeout_seconds=900,
        ),
        **(_scale(deployment.endpoint_name, scale) if scale else {}),
    }


def _tags(deployment: Deployment) -> list[dict[str, str]]:
    return [
        {"Key": APP_TAG, "Value": deployment.app},
        {"Key": DEPLOYMENT_TAG, "Value": "{% $deployment_id %}"},
    ]


def _roll_back(deployment: Deployment) -> dict[str, Any]:
    """What the function needs to make the alarms that watch the new fleet."""
    return {
        "alarms": deployment.roll_back_alarms,
        "endpoint_config": deployment.endpoint_config_name,
        "variant_name": VARIANT,
        "max_latency_ms": deployment.max_latency_ms,
        "tags": {tag["Key"]: tag["Value"] for tag in _tags(deployment)},
    }


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
        "Anything to Scale?": asl.choice(
            [("{% $plan.action = 'removed' %}", RELEASE)], default="Register Scalable Target"
        ),
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
