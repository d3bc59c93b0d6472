"""What a deployment needs to know, and the states that several of its parts use."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract import keys, run_names, shape
from contract.calls.plan_deployment import Action
from mlops_constructs.deployment.endpoint_update import UpdatePolicy
from mlops_constructs.deployment.variables import ENDPOINT_NAME, PLAN, STEM
from mlops_constructs.network.vpc_config import VpcConfig
from mlops_constructs.states import asl
from mlops_constructs.states.references import jsonata, rendered

FAILED = "Notify Failure"
RELEASE = "Release Lease"
# SageMaker has no error codes of its own for these.
ENDPOINT_CONFIG_IS_THERE = "{% $contains($failure.Cause, 'already existing endpoint configuration') %}"
ENDPOINT_IS_GONE = "{% $contains($failure.Cause, 'Could not find endpoint') %}"


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
    """Everything a deployment needs to know of its surroundings; which endpoint it is about it finds out itself.

    Args:
        app: tag of what is made at run time.
        first_endpoint: name of the account's first endpoint, whose log group and alarms are the stack's.
        serving_role_arn: role of the endpoints.
        key_arn: KMS key of the instances' volumes.
        instance_type: of each endpoint.
        instance_count: of each endpoint.
        autoscaling: None for a fixed number of instances.
        update_policy: how traffic moves.
        max_latency_ms: average answer of a minute, above which a new fleet is too slow.
        table_name: state table, which keeps the lease.
        history_table_name: history table.
        topic_arn: failures and warnings.
        find_function_arn: Lambda that tells which endpoints an execution is about.
        plan_function_arn: Lambda that compares the registry with what serves.
        stage_function_arn: Lambda that copies the artifacts to a new prefix.
        prove_function_arn: Lambda that invokes every model once.
        record_function_arn: Lambda that remembers the deployment and removes old ones.
        vpc_config: network of the endpoint; None for one of SageMaker's own.
    """

    app: str
    first_endpoint: str
    serving_role_arn: str
    key_arn: str
    instance_type: str
    instance_count: int
    autoscaling: Autoscaling | None
    update_policy: UpdatePolicy
    max_latency_ms: int
    table_name: str
    history_table_name: str
    topic_arn: str
    find_function_arn: str
    plan_function_arn: str
    stage_function_arn: str
    prove_function_arn: str
    record_function_arn: str
    vpc_config: VpcConfig | None = None

    @property
    def shape(self) -> str:
        """What a new configuration runs on, as the plan's function writes it of the one that serves."""
        instances = shape.instances(self.instance_type, self.instance_count)
        return shape.jsonata(instances, self.vpc_config.subnet_ids if self.vpc_config else ())

    @property
    def endpoint_config_name(self) -> str:
        """JSONata for the name of a deployment's endpoint configuration."""
        return run_names.endpoint_config(str(STEM))

    @property
    def roll_back_alarms(self) -> dict[str, str]:
        """JSONata for the names of the alarms that roll an update back, by what they watch; none without a wait."""
        return run_names.roll_back_alarms(str(ENDPOINT_NAME)) if self.update_policy.bakes else {}

    @property
    def retained_properties(self) -> dict[str, bool]:
        """Arguments of UpdateEndpoint that keep the number of instances that scaling arrived at."""
        return {"RetainAllVariantProperties": True} if self.autoscaling else {}

    @property
    def lease_key(self) -> str:
        """JSONata for the key of the lease that keeps deployments to one endpoint apart."""
        return keys.ENDPOINT_LEASE.jsonata(str(ENDPOINT_NAME))

    @property
    def failed_key(self) -> str:
        """JSONata for the key of the versions that failed their last proof."""
        return keys.FAILED.jsonata(str(ENDPOINT_NAME))


def planned(action: Action) -> str:
    """JSONata for whether the plan is to do something."""
    return str(jsonata(f"{PLAN.action} = '{action}'"))


def tell(deployment: Deployment, *, subject: str, message: Mapping[str, Any], next_state: str) -> asl.State:
    """Publish to the topic; what cannot be told must not stop the deployment or hide its failure."""
    return asl.keep_failure(
        asl.task(
            "sns:publish",
            {
                "TopicArn": deployment.topic_arn,
                "Subject": f"{{% $substring('{deployment.app}: {subject} at ' & {ENDPOINT_NAME}, 0, 100) %}}",
                "Message": {
                    "endpoint": rendered(ENDPOINT_NAME),
                    "execution": asl.EXECUTION,
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


def delete_endpoint(*, next_state: str, on_failure: str = FAILED) -> asl.State:
    """Delete the endpoint; its configurations and models stay.

    Args:
        next_state: when it is gone.
        on_failure: on any error, also that it was gone before: of a repeated call whose first answer was lost.
    """
    return asl.task(
        "aws-sdk:sagemaker:deleteEndpoint",
        {"EndpointName": rendered(ENDPOINT_NAME)},
        service="sagemaker",
        next_state=next_state,
        on_failure=on_failure,
        timeout_seconds=60,
    )
