"""Faults of moto's Application Auto Scaling."""

import json
from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    policies_of_missing_targets()
    policies_outlive_their_target()
    pages_of_targets()


@patching.owner
def policies_of_missing_targets() -> None:
    """PutScalingPolicy takes a target that is not registered; AWS raises ObjectNotFoundException."""
    from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
    from moto.core.exceptions import JsonRESTError

    put = ApplicationAutoscalingBackend.put_scaling_policy

    def put_scaling_policy(self: Any, **request: Any) -> Any:
        dimension, resource_id = request["scalable_dimension"], request["resource_id"]
        if resource_id not in self.targets.get(dimension, {}):
            raise JsonRESTError(
                "ObjectNotFoundException",
                f"No scalable target found for service namespace: {request['service_namespace']}, resource ID:"
                f" {resource_id}, scalable dimension: {dimension}",
            )
        return put(self, **request)

    patching.replace(ApplicationAutoscalingBackend, "put_scaling_policy", put_scaling_policy)


@patching.owner
def policies_outlive_their_target() -> None:
    """DeregisterScalableTarget leaves the target's policies, and reports a missing one as ValidationException."""
    from moto.applicationautoscaling.exceptions import AWSValidationException
    from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
    from moto.core.exceptions import JsonRESTError

    deregister = ApplicationAutoscalingBackend.deregister_scalable_target

    def deregister_scalable_target(self: Any, namespace: str, r_id: str, dimension: str) -> None:
        try:
            deregister(self, namespace, r_id, dimension)
        except AWSValidationException as error:
            raise JsonRESTError("ObjectNotFoundException", error.message) from error
        for policy in list(self.policies.values()):
            if (policy.resource_id, policy.scalable_dimension) == (r_id, dimension):
                self.delete_scaling_policy(policy.policy_name, namespace, r_id, dimension)

    patching.replace(ApplicationAutoscalingBackend, "deregister_scalable_target", deregister_scalable_target)


@patching.owner
def pages_of_targets() -> None:
    """DescribeScalableTargets gives its second page again and again; here all targets are in one."""
    from moto.applicationautoscaling import responses

    def describe_scalable_targets(self: Any) -> str:
        self._validate_params()
        found = self.applicationautoscaling_backend.describe_scalable_targets(
            self._get_param("ServiceNamespace"), self._get_param("ResourceIds"), self._get_param("ScalableDimension")
        )
        return json.dumps({"ScalableTargets": [responses._build_target(target) for target in found]})

    patching.replace(responses.ApplicationAutoScalingResponse, "describe_scalable_targets", describe_scalable_targets)
