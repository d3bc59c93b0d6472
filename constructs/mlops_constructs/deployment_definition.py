"""One deployment as a state machine, in JSONata: from the registry's wish to an endpoint that is proven to serve it.

What is under way is never disturbed: a deployment that finds another one asks it to look again and ends, so that any
number of approvals becomes one or two endpoint updates. The module is pure: strings in, Amazon States Language out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlops_constructs import asl, endpoint_update, leases
from mlops_constructs.endpoint_update import UpdatePolicy

VARIANT_NAME = "AllTraffic"
_FAILED = "Notify Failure"
_RELEASE = "Release Lease"
# A deployment looks again for everybody who asked meanwhile; this bounds how long one execution goes on.
_TIMEOUT_SECONDS = 20 * 3600


@dataclass(frozen=True, kw_only=True)
class Autoscaling:
    """Target tracking of the endpoint's instances.

    Args:
        min_count: instances at least.
        max_count: instances at most.
        invocations_per_instance: a minute.
    """

    min_count: int
    max_count: int
    invocations_per_instance: int


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """Everything a deployment needs to know of its surroundings.

    Args:
        app: tag of what is made at run time.
        endpoint_name: the multi-model endpoint.
        image_uri: serving image.
        serving_role_arn: role of the endpoint.
        key_arn: KMS key of the instances' volumes.
        instance_type: of the endpoint.
        instance_count: of the endpoint.
        autoscaling: None for a fixed number of instances.
        update_policy: how traffic moves.
        table_name: state table, which keeps the lease.
        topic_arn: failures and warnings.
        plan_function_arn: Lambda that compares the registry with what serves.
        stage_function_arn: Lambda that copies the artifacts to a new prefix.
        prove_function_arn: Lambda that invokes every model once.
        record_function_arn: Lambda that remembers the deployment and removes old ones.
    """

    app: str
    endpoint_name: str
    image_uri: str
    serving_role_arn: str
    key_arn: str
    instance_type: str
    instance_count: int
    autoscaling: Autoscaling | None
    update_policy: UpdatePolicy
    table_name: str
    topic_arn: str
    plan_function_arn: str
    stage_function_arn: str
    prove_function_arn: str
    record_function_arn: str

    @property
    def lease_key(self) -> str:
        """Key of the lease that keeps deployments to one endpoint apart."""
        return f"lease#endpoint#{self.endpoint_name}"

    @property
    def failed_key(self) -> str:
        """Key of the versions that failed their last proof."""
        return f"failed#{self.endpoint_name}"


def definition(deployment: Deployment) -> dict[str, Any]:
    """The whole state machine."""
    return {
        "Comment": "Makes the endpoint serve the newest approved version of every model.",
        "QueryLanguage": "JSONata",
        "StartAt": "Identify Deployment",
        "TimeoutSeconds": _TIMEOUT_SECONDS,
        "States": {
            **_start(deployment),
            **_decide(deployment),
            **_stage(deployment),
            **_switch(deployment),
            **_prove(deployment),
            **_roll_back(deployment),
            **_end(deployment),
        },
    }


def _start(deployment: Deployment) -> dict[str, asl.State]:
    return {
        "Identify Deployment": {
            "Type": "Pass",
            "Comment": "Names derive from the execution, so that a retry never collides.",
            "Assign": {
                "run_id": asl.RUN_ID,
                "force": "{% $states.input.force = true %}",
                "requests": 0,
                "looks": 0,
            },
            "Next": "Take Lease",
        },
        "Take Lease": leases.take(
            table_name=deployment.table_name,
            key=deployment.lease_key,
            lease_seconds=_TIMEOUT_SECONDS + 600,
            next_state="Plan Deployment",
            on_busy="Ask to Look Again",
            on_failure=_FAILED,
        ),
        "Ask to Look Again": leases.request(
            table_name=deployment.table_name,
            key=deployment.lease_key,
            next_state="Under Way",
            on_free="Take Lease",
            on_failure=_FAILED,
        ),
        "Under Way": {
            "Type": "Succeed",
            "Output": {"outcome": "under way", "endpoint": deployment.endpoint_name},
        },
    }


def _decide(deployment: Deployment) -> dict[str, asl.State]:
    plan = asl.task(
        "lambda:invoke",
        {
            "FunctionName": deployment.plan_function_arn,
            "Payload": {"endpoint_name": deployment.endpoint_name, "force": "{% $force %}"},
        },
        service="lambda",
        next_state="Anything Unapproved?",
        on_failure=_FAILED,
        timeout_seconds=900,
        assign={
            "plan": "{% $states.result.Payload %}",
            # A later look in the same execution needs names of its own.
            "deployment_id": "{% $run_id & ($looks = 0 ? '' : '-' & $string($looks)) %}",
            "looks": "{% $looks + 1 %}",
        },
        retries=[
            {"ErrorEquals": ["EndpointBusyError"], "IntervalSeconds": 30, "BackoffRate": 1, "MaxAttempts": 120},
        ],
    )
    return {
        "Plan Deployment": plan,
        "Anything Unapproved?": asl.choice(
            [("{% $count($plan.unapproved) > 0 %}", "Warn of Unapproved Models")], default="What to Do?"
        ),
        "Warn of Unapproved Models": _tell(
            deployment,
            subject="models serve without an approved version",
            message={"unapproved": "{% $plan.unapproved %}"},
            next_state="What to Do?",
        ),
        "What to Do?": asl.choice(
            [
                ("{% $plan.action in ['up to date', 'nothing to serve'] %}", _RELEASE),
                ("{% $plan.action = 'known to fail' %}", "Explain Known Failure"),
                ("{% $exists($plan.serving) and $plan.serving.status = 'Failed' %}", "Delete Failed Endpoint"),
                ("{% $plan.action = 'restored' %}", "Restore Deployment"),
                ("{% $plan.action = 'removed' %}", "Delete Endpoint"),
            ],
            default="Stage Deployment",
        ),
        "Explain Known Failure": asl.fail_with(
            "KnownToFail",
            "{% 'these versions failed their last deployment: ' & $string($plan.versions)"
            " & '; reject or approve another version, or start with the input {\"force\": true}' %}",
            next_state=_FAILED,
        ),
        # SageMaker does not update an endpoint whose creation failed.
        "Delete Failed Endpoint": _delete_endpoint(deployment, next_state="Plan Deployment"),
        "Delete Endpoint": _delete_endpoint(deployment, next_state=_RELEASE),
        "Restore Deployment": {
            "Type": "Pass",
            "Comment": "An earlier deployment served exactly this, and all of it still exists.",
            "Assign": {
                "target": "{% $plan.restore %}",
                "model_data_prefix": "{% $plan.restore.model_data_prefix %}",
            },
            "Next": "Update Endpoint",
        },
    }


def _stage(deployment: Deployment) -> dict[str, asl.State]:
    tags = [
        {"Key": "perennial:app", "Value": deployment.app},
        {"Key": "perennial:deployment", "Value": "{% $deployment_id %}"},
    ]
    name = f"{{% '{deployment.endpoint_name}-' & $deployment_id & '-' & {asl.RETRIES} %}}"
    return {
        "Stage Deployment": asl.task(
            "lambda:invoke",
            {
                "FunctionName": deployment.stage_function_arn,
                "Payload": {
                    "deployment_id": "{% $deployment_id %}",
                    "versions": "{% $plan.versions %}",
                    "model_data_prefix": "{% $exists($plan.serving) ? $plan.serving.model_data_prefix : '' %}",
                },
            },
            service="lambda",
            next_state="Create Model",
            on_failure=_FAILED,
            timeout_seconds=900,
            assign={"model_data_prefix": "{% $states.result.Payload.model_data_prefix %}"},
        ),
        "Create Model": asl.task(
            "sagemaker:createModel",
            {
                "ModelName": name,
                "ExecutionRoleArn": deployment.serving_role_arn,
                "PrimaryContainer": {
                    "Image": deployment.image_uri,
                    "Mode": "MultiModel",
                    "ModelDataUrl": "{% $model_data_prefix %}",
                },
                "Tags": tags,
            },
            service="sagemaker",
            next_state="Create Endpoint Config",
            on_failure=_FAILED,
            timeout_seconds=60,
            assign={"serving_model": "{% $split($states.result.ModelArn, '/')[1] %}"},
        ),
        "Create Endpoint Config": asl.task(
            "sagemaker:createEndpointConfig",
            {
                "EndpointConfigName": name,
                "KmsKeyId": deployment.key_arn,
                "ProductionVariants": [
                    {
                        "VariantName": VARIANT_NAME,
                        "ModelName": "{% $serving_model %}",
                        "InstanceType": deployment.instance_type,
                        "InitialInstanceCount": deployment.instance_count,
                    }
                ],
                "Tags": tags,
            },
            service="sagemaker",
            next_state="Endpoint Exists?",
            on_failure=_FAILED,
            timeout_seconds=60,
            assign={
                "target": {
                    "deployment_id": "{% $deployment_id %}",
                    "endpoint_config": "{% $split($states.result.EndpointConfigArn, '/')[1] %}",
                    "serving_model": "{% $serving_model %}",
                    "versions": "{% $plan.versions %}",
                    "model_data_prefix": "{% $model_data_prefix %}",
                    "shape": f"{deployment.instance_type} x {deployment.instance_count}",
                },
            },
        ),
        "Endpoint Exists?": asl.choice(
            [("{% $exists($plan.serving) %}", "Update Endpoint")], default="Create Endpoint"
        ),
    }


def _switch(deployment: Deployment) -> dict[str, asl.State]:
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
            on_failure=_FAILED,
            timeout_seconds=60,
            assign={"polls": 0},
        )

    update: dict[str, Any] = {"DeploymentConfig": endpoint_update.deployment_config(deployment.update_policy)}
    if deployment.autoscaling:
        # The number of instances that scaling arrived at survives the update.
        update["RetainAllVariantProperties"] = True
    return {
        "Create Endpoint": call("createEndpoint", {"Tags": [{"Key": "perennial:app", "Value": deployment.app}]}),
        "Update Endpoint": call("updateEndpoint", update),
        **endpoint_update.wait(
            deployment.endpoint_name,
            wanted_config="$target.endpoint_config",
            names=("Wait for Endpoint", "Describe Endpoint", "Endpoint In Service?"),
            max_polls=endpoint_update.max_polls(deployment.update_policy),
            next_state="Prove Deployment",
            otherwise="Explain Endpoint",
            on_failure=_FAILED,
        ),
        # An update that AWS rolls back ends InService too, on the old config; that is a failed deployment.
        "Explain Endpoint": asl.fail_with(
            "EndpointNotInService",
            f"{{% 'endpoint {deployment.endpoint_name} is ' & $endpoint.status & ' with ' & $endpoint.config"
            " & ' instead of InService with ' & $target.endpoint_config & ' ' & $endpoint.reason %}",
            next_state="Remember Failure",
        ),
    }


def _prove(deployment: Deployment) -> dict[str, asl.State]:
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
            next_state="Register Scalable Target" if scale else "Record Deployment",
            on_failure="Something to Go Back to?",
            timeout_seconds=900,
        ),
        **(_scale(deployment.endpoint_name, scale) if scale else {}),
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
                    "serving": "{% $target %}",
                },
            },
            service="lambda",
            next_state=_RELEASE,
            on_failure=_FAILED,
            timeout_seconds=900,
        ),
    }


def _scale(endpoint_name: str, scale: Autoscaling) -> dict[str, asl.State]:
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint_name}/variant/{VARIANT_NAME}",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    return {
        "Register Scalable Target": asl.task(
            "aws-sdk:applicationautoscaling:registerScalableTarget",
            {**target, "MinCapacity": scale.min_count, "MaxCapacity": scale.max_count},
            service="applicationautoscaling",
            next_state="Put Scaling Policy",
            on_failure=_FAILED,
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
            next_state="Record Deployment",
            on_failure=_FAILED,
            timeout_seconds=60,
        ),
    }


def _roll_back(deployment: Deployment) -> dict[str, asl.State]:
    back = asl.task(
        "sagemaker:updateEndpoint",
        {
            "EndpointName": deployment.endpoint_name,
            "EndpointConfigName": "{% $plan.serving.endpoint_config %}",
            **({"RetainAllVariantProperties": True} if deployment.autoscaling else {}),
        },
        service="sagemaker",
        next_state="Wait for Roll-back",
        on_failure="Remember Failure",
        timeout_seconds=60,
        assign={"polls": 0},
    )
    remember = asl.task(
        "dynamodb:putItem",
        {
            "TableName": deployment.table_name,
            "Item": {"pk": {"S": deployment.failed_key}, "versions": {"S": "{% $string($plan.versions) %}"}},
        },
        service="dynamodb",
        next_state=_FAILED,
        on_failure=_FAILED,
        timeout_seconds=60,
    )
    waiting = endpoint_update.wait(
        deployment.endpoint_name,
        wanted_config="$plan.serving.endpoint_config",
        names=("Wait for Roll-back", "Describe Rolled-back Endpoint", "Rolled Back?"),
        max_polls=endpoint_update.max_polls(UpdatePolicy()),
        next_state="Remember Failure",
        otherwise="Explain Failed Roll-back",
        on_failure="Remember Failure",
    )
    waiting["Describe Rolled-back Endpoint"] = asl.keep_failure(
        waiting["Describe Rolled-back Endpoint"], next_state="Remember Failure"
    )
    return {
        "Something to Go Back to?": asl.choice(
            [("{% $exists($plan.serving) %}", "Restore Previous Deployment")], default="Delete Unproven Endpoint"
        ),
        # The proof's failure is what the run reports, even if the way back fails too.
        "Restore Previous Deployment": asl.keep_failure(back, next_state="Remember Failure"),
        **waiting,
        "Explain Failed Roll-back": {
            "Type": "Pass",
            "Assign": {
                "failure": {
                    "Error": "RollBackFailed",
                    "Cause": "{% $failure.Cause & '; and the endpoint did not go back: it is ' & $endpoint.status"
                    " & ' with ' & $endpoint.config %}",
                }
            },
            "Next": "Remember Failure",
        },
        # What was never proven must not serve.
        "Delete Unproven Endpoint": asl.keep_failure(
            _delete_endpoint(deployment, next_state="Remember Failure"), next_state="Remember Failure"
        ),
        "Remember Failure": asl.keep_failure(remember, next_state=_FAILED),
    }


def _end(deployment: Deployment) -> dict[str, asl.State]:
    def look_again(suffix: str, next_state: str) -> dict[str, asl.State]:
        release, read = f"Release Lease{suffix}", f"Read Requests{suffix}"
        return {
            release: leases.release_unless_requested(
                table_name=deployment.table_name, key=deployment.lease_key, next_state=next_state, on_requested=read
            ),
            read: leases.read_requests(
                table_name=deployment.table_name,
                key=deployment.lease_key,
                next_state="Plan Deployment",
                otherwise=next_state,
            ),
        }

    return {
        _FAILED: _tell(
            deployment,
            subject="deployment failed",
            message={"error": "{% $failure.Error %}", "cause": "{% $failure.Cause %}"},
            next_state="Release Lease After Failure",
        ),
        **look_again(" After Failure", "Deployment Failed"),
        "Deployment Failed": {"Type": "Fail", "Error": "{% $failure.Error %}", "Cause": "{% $failure.Cause %}"},
        **look_again("", "Done"),
        "Done": {
            "Type": "Succeed",
            "Output": {
                "outcome": "{% $plan.action %}",
                "endpoint": deployment.endpoint_name,
                "versions": "{% $plan.versions %}",
                "changes": "{% $plan.changes %}",
                "unapproved": "{% $plan.unapproved %}",
                "deployment_id": "{% $deployment_id %}",
            },
        },
    }


def _tell(deployment: Deployment, *, subject: str, message: Mapping[str, Any], next_state: str) -> asl.State:
    """Publish to the topic; what cannot be told must not stop the deployment or hide its failure."""
    return asl.keep_failure(
        asl.task(
            "sns:publish",
            {
                "TopicArn": deployment.topic_arn,
                "Subject": f"{deployment.app}: {subject} at {deployment.endpoint_name}"[:100],
                "Message": {
                    "endpoint": deployment.endpoint_name,
                    "execution": "{% $states.context.Execution.Id %}",
                    **message,
                },
            },
            service="sns",
            next_state=next_state,
            on_failure=next_state,
            timeout_seconds=60,
        ),
        next_state=next_state,
    )


def _delete_endpoint(deployment: Deployment, *, next_state: str) -> asl.State:
    return asl.task(
        "aws-sdk:sagemaker:deleteEndpoint",
        {"EndpointName": deployment.endpoint_name},
        service="sagemaker",
        next_state=next_state,
        on_failure=_FAILED,
        timeout_seconds=60,
    )
