"""The states that put a registered version behind the multi-model endpoint and prove that it serves.

They expect the variables ``model``, ``run_id``, ``model_package_arn``, ``training`` and ``report`` and set
``endpoint_config``.
"""

from dataclasses import dataclass
from typing import Any

from mlops_constructs import asl, leases

# SageMaker replaces the whole fleet; half an hour is its own limit for a healthy model to answer.
_POLL_SECONDS = 15
_MAX_POLLS = 240
_LEASE_SECONDS = 2 * 3600
VARIANT_NAME = "AllTraffic"
_RETRIES = "$string($states.context.Execution.RedriveCount) & $string($states.context.State.RetryCount)"


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
        table_name: state table, which keeps the lease.
        stage_function_arn: Lambda that copies the artifacts to a new prefix.
        prove_function_arn: Lambda that invokes every model once.
    """

    app: str
    endpoint_name: str
    image_uri: str
    serving_role_arn: str
    key_arn: str
    instance_type: str
    instance_count: int
    table_name: str
    stage_function_arn: str
    prove_function_arn: str

    @property
    def lease_key(self) -> str:
        """JSONata for the key of the lease that keeps deployments to one endpoint apart."""
        return f"lease#endpoint#{self.endpoint_name}"


def states(deployment: Deployment, *, next_state: str, on_failure: str) -> dict[str, asl.State]:
    """The states from ``Take Endpoint Lease`` on.

    Args:
        deployment: the surroundings.
        next_state: when the new version serves, proven.
        on_failure: otherwise, with the error in the variable ``failure``.
    """
    return {
        **_prepare(deployment, on_failure=on_failure),
        **_switch(deployment, on_failure=on_failure),
        **_prove(deployment, next_state=next_state, on_failure=on_failure),
    }


def _prepare(deployment: Deployment, *, on_failure: str) -> dict[str, asl.State]:
    tags = [
        {"Key": "perennial:app", "Value": deployment.app},
        {"Key": "perennial:deployment", "Value": "{% $run_id %}"},
    ]
    return {
        "Take Endpoint Lease": leases.take(
            table_name=deployment.table_name,
            key=deployment.lease_key,
            lease_seconds=_LEASE_SECONDS,
            next_state="Stage Deployment",
            on_busy=on_failure,
            on_failure=on_failure,
            patient=True,
        ),
        "Stage Deployment": asl.task(
            "lambda:invoke",
            {
                "FunctionName": deployment.stage_function_arn,
                "Payload": {
                    "endpoint_name": deployment.endpoint_name,
                    "deployment_id": "{% $run_id %}",
                    "model": "{% $model %}",
                    "model_package_arn": "{% $model_package_arn %}",
                    "model_data_url": "{% $training.model_data_url %}",
                    "golden_request": "{% $report.golden_request %}",
                },
            },
            service="lambda",
            next_state="Create Model",
            on_failure=on_failure,
            timeout_seconds=900,
            assign={"staged": "{% $states.result.Payload %}"},
        ),
        "Create Model": asl.task(
            "sagemaker:createModel",
            {
                "ModelName": f"{{% '{deployment.endpoint_name}-' & $run_id & '-' & {_RETRIES} %}}",
                "ExecutionRoleArn": deployment.serving_role_arn,
                "PrimaryContainer": {
                    "Image": deployment.image_uri,
                    "Mode": "MultiModel",
                    "ModelDataUrl": "{% $staged.model_data_prefix %}",
                },
                "Tags": tags,
            },
            service="sagemaker",
            next_state="Create Endpoint Config",
            on_failure=on_failure,
            timeout_seconds=60,
            assign={"serving_model": "{% $split($states.result.ModelArn, '/')[1] %}"},
        ),
        "Create Endpoint Config": asl.task(
            "sagemaker:createEndpointConfig",
            {
                "EndpointConfigName": f"{{% '{deployment.endpoint_name}-' & $run_id & '-' & {_RETRIES} %}}",
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
            on_failure=on_failure,
            timeout_seconds=60,
            assign={"endpoint_config": "{% $split($states.result.EndpointConfigArn, '/')[1] %}", "polls": 0},
        ),
    }


def _switch(deployment: Deployment, *, on_failure: str) -> dict[str, asl.State]:
    def call(action: str, arguments: dict[str, Any]) -> asl.State:
        return asl.task(
            f"sagemaker:{action}",
            {"EndpointName": deployment.endpoint_name, "EndpointConfigName": "{% $endpoint_config %}", **arguments},
            service="sagemaker",
            next_state="Wait for Endpoint",
            on_failure=on_failure,
            timeout_seconds=60,
        )

    return {
        "Endpoint Exists?": asl.choice(
            [("{% $exists($staged.previous_endpoint_config) %}", "Update Endpoint")], default="Create Endpoint"
        ),
        "Create Endpoint": call("createEndpoint", {"Tags": [{"Key": "perennial:app", "Value": deployment.app}]}),
        "Update Endpoint": call("updateEndpoint", {}),
        "Wait for Endpoint": {"Type": "Wait", "Seconds": _POLL_SECONDS, "Next": "Describe Endpoint"},
        "Describe Endpoint": asl.task(
            "aws-sdk:sagemaker:describeEndpoint",
            {"EndpointName": deployment.endpoint_name},
            service="sagemaker",
            next_state="Endpoint In Service?",
            on_failure=on_failure,
            timeout_seconds=60,
            assign={
                "endpoint": {
                    "status": "{% $states.result.EndpointStatus %}",
                    "config": "{% $states.result.EndpointConfigName %}",
                    "reason": "{% $exists($states.result.FailureReason) ? $states.result.FailureReason : '' %}",
                },
                "polls": "{% $polls + 1 %}",
            },
        ),
        # An update that AWS rolls back ends InService too, on the old config; that is a failed deployment.
        "Endpoint In Service?": asl.choice(
            [
                (
                    (
                        "{% $endpoint.status in ['Creating', 'Updating', 'SystemUpdating', 'RollingBack']"
                        f" and $polls < {_MAX_POLLS} %}}"
                    ),
                    "Wait for Endpoint",
                ),
                ("{% $endpoint.status = 'InService' and $endpoint.config = $endpoint_config %}", "Prove Deployment"),
            ],
            default="Explain Endpoint",
        ),
        "Explain Endpoint": asl.fail_with(
            "EndpointNotInService",
            f"{{% 'endpoint {deployment.endpoint_name} is ' & $endpoint.status & ' with ' & $endpoint.config"
            " & ' instead of InService with ' & $endpoint_config & ' ' & $endpoint.reason %}",
            next_state=on_failure,
        ),
    }


def _prove(deployment: Deployment, *, next_state: str, on_failure: str) -> dict[str, asl.State]:
    return {
        "Prove Deployment": asl.task(
            "lambda:invoke",
            {
                "FunctionName": deployment.prove_function_arn,
                "Payload": {
                    "endpoint_name": deployment.endpoint_name,
                    "golden_requests": "{% $staged.golden_requests %}",
                },
            },
            service="lambda",
            next_state=next_state,
            on_failure="Previous Version?",
            timeout_seconds=900,
        ),
        "Previous Version?": asl.choice(
            [("{% $exists($staged.previous_endpoint_config) %}", "Restore Previous Version")], default=on_failure
        ),
        "Restore Previous Version": _keep_failure(
            asl.task(
                "sagemaker:updateEndpoint",
                {
                    "EndpointName": deployment.endpoint_name,
                    "EndpointConfigName": "{% $staged.previous_endpoint_config %}",
                },
                service="sagemaker",
                next_state=on_failure,
                on_failure=on_failure,
                timeout_seconds=60,
            ),
            next_state=on_failure,
        ),
    }


def _keep_failure(state: asl.State, *, next_state: str) -> asl.State:
    """The proof's failure is what the run reports, even if the restore fails too."""
    return {**state, "Catch": [asl.catch("States.ALL", next_state)]}
