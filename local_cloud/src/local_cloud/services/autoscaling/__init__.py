"""Application Auto Scaling of endpoint variants: bounds are enforced, policies only kept.

Reference: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
"""

import json
from typing import Any

from local_cloud.kernel import patching
from local_cloud.kernel.services import Service


@patching.owner
def _calls() -> None:
    """Targets may be anything and change nothing; here they must exist, and instance counts stay within bounds."""
    from moto.applicationautoscaling.exceptions import AWSValidationException
    from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
    from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
    from moto.core.exceptions import JsonRESTError

    from local_cloud.services.autoscaling import targets
    from local_cloud.services.sagemaker import endpoints

    register = ApplicationAutoscalingBackend.register_scalable_target

    def register_scalable_target(
        self: Any, namespace: str, r_id: str, dimension: str, *, min_capacity: Any, max_capacity: Any, **named: Any
    ) -> Any:
        known = self.targets.get(dimension, {}).get(r_id)
        lower = known.min_capacity if known and min_capacity is None else min_capacity
        upper = known.max_capacity if known and max_capacity is None else max_capacity
        problem = targets.problem(
            self.account_id, self.region_name, namespace=namespace, resource_id=r_id, dimension=dimension
        ) or targets.wrong_bounds(lower, upper)
        if problem:
            raise AWSValidationException(problem)
        target = register(
            self, namespace, r_id, dimension, min_capacity=min_capacity, max_capacity=max_capacity, **named
        )
        targets.enforce(targets.endpoint_of(self.account_id, self.region_name, r_id))
        return target

    def list_tags_for_resource(self: Any) -> str:
        arn = self._get_param("ResourceARN")
        known = self.applicationautoscaling_backend.targets.values()
        if not any(target.arn == arn for targets_of_one in known for target in targets_of_one.values()):
            raise JsonRESTError("ResourceNotFoundException", f"The specified resource ({arn}) does not exist.")
        # RegisterScalableTarget and TagResource take no tags.
        return json.dumps({"Tags": {}})

    patching.replace(ApplicationAutoScalingResponse, "list_tags_for_resource", list_tags_for_resource)
    patching.replace(ApplicationAutoscalingBackend, "register_scalable_target", register_scalable_target)
    endpoints.after_change(targets.enforce)


def _patch() -> None:
    from local_cloud.moto_patches import applicationautoscaling as patches

    patches.install()
    _calls()


# Moto's policies make alarms of their own.
SERVICE = Service(
    name="autoscaling",
    backends=("applicationautoscaling",),
    keeps=("applicationautoscaling",),
    needs=("cloudwatch", "sagemaker"),
    patch=_patch,
)
