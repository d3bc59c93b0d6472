"""AWS::CDK::Metadata: what the CDK CLI counts; it makes nothing on AWS either."""

from typing import Any

from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register


def _create(context: Context, _properties: Properties) -> Made:
    return Made(physical_id=context.generated_name())


def _update(_context: Context, _physical_id: str, _old: Properties, _new: Properties) -> dict[str, Any]:
    return {}


def _delete(_context: Context, _physical_id: str, _properties: Properties) -> None:
    return None


register(
    ResourceType(
        name="AWS::CDK::Metadata",
        properties=frozenset({"Analytics"}),
        create=_create,
        update=_update,
        delete=_delete,
    )
)
