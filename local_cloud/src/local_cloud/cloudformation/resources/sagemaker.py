"""AWS::SageMaker::ModelPackageGroup."""

import json
from typing import Any

from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_list


def _create(context: Context, properties: Properties) -> Made:
    client = context.client("sagemaker")
    request = {
        key: properties[key] for key in ("ModelPackageGroupName", "ModelPackageGroupDescription") if key in properties
    }
    arn = client.create_model_package_group(**request, Tags=tag_list(properties))["ModelPackageGroupArn"]
    _policy(client, properties)
    return Made(physical_id=arn, attributes={"ModelPackageGroupArn": arn})


def _update(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    client = context.client("sagemaker")
    _policy(client, new)
    retag(
        old,
        new,
        put=lambda tags: client.add_tags(ResourceArn=physical_id, Tags=tag_list(tags)),
        drop=lambda keys: client.delete_tags(ResourceArn=physical_id, TagKeys=keys),
    )
    return {"ModelPackageGroupArn": physical_id}


def _policy(client: Any, properties: Properties) -> None:
    policy = properties.get("ModelPackageGroupPolicy")
    if policy:
        client.put_model_package_group_policy(
            ModelPackageGroupName=properties["ModelPackageGroupName"], ResourcePolicy=json.dumps(policy)
        )


def _delete(context: Context, physical_id: str, _properties: Properties) -> None:
    name = physical_id.rsplit("/", maxsplit=1)[-1]
    context.client("sagemaker").delete_model_package_group(ModelPackageGroupName=name)


register(
    ResourceType(
        name="AWS::SageMaker::ModelPackageGroup",
        properties=frozenset(
            {"ModelPackageGroupName", "ModelPackageGroupDescription", "ModelPackageGroupPolicy", "Tags"}
        ),
        create_only=frozenset({"ModelPackageGroupName", "ModelPackageGroupDescription"}),
        named="ModelPackageGroupName",
        create=_create,
        update=_update,
        delete=_delete,
    )
)
