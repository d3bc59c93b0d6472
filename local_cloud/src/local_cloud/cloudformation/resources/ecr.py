"""AWS::ECR::Repository."""

import json
from typing import Any

from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_list


def _create(context: Context, properties: Properties) -> Made:
    client = context.client("ecr")
    name = properties.get("RepositoryName") or context.generated_name().lower()
    request: dict[str, Any] = {"repositoryName": name, "tags": tag_list(properties)}
    if "ImageTagMutability" in properties:
        request["imageTagMutability"] = properties["ImageTagMutability"]
    if "ImageScanningConfiguration" in properties:
        request["imageScanningConfiguration"] = {
            "scanOnPush": properties["ImageScanningConfiguration"].get("ScanOnPush", False)
        }
    repository = client.create_repository(**request)["repository"]
    _policies(client, name, properties)
    return Made(physical_id=name, attributes=_attributes(repository))


def _update(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    client = context.client("ecr")
    _policies(client, physical_id, new)
    repository = client.describe_repositories(repositoryNames=[physical_id])["repositories"][0]
    arn = repository["repositoryArn"]
    retag(
        old,
        new,
        put=lambda tags: client.tag_resource(resourceArn=arn, tags=tag_list(tags)),
        drop=lambda keys: client.untag_resource(resourceArn=arn, tagKeys=keys),
    )
    return _attributes(repository)


def _policies(client: Any, name: str, properties: Properties) -> None:
    if "RepositoryPolicyText" in properties:
        client.set_repository_policy(repositoryName=name, policyText=json.dumps(properties["RepositoryPolicyText"]))
    if "LifecyclePolicy" in properties:
        client.put_lifecycle_policy(
            repositoryName=name, lifecyclePolicyText=properties["LifecyclePolicy"]["LifecyclePolicyText"]
        )


def _attributes(repository: dict[str, Any]) -> dict[str, Any]:
    return {"Arn": repository["repositoryArn"], "RepositoryUri": repository["repositoryUri"]}


def _delete(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("ecr").delete_repository(repositoryName=physical_id)


register(
    ResourceType(
        name="AWS::ECR::Repository",
        properties=frozenset(
            {
                "RepositoryName",
                "ImageTagMutability",
                "ImageScanningConfiguration",
                "RepositoryPolicyText",
                "LifecyclePolicy",
                "Tags",
            }
        ),
        create_only=frozenset({"RepositoryName"}),
        named="RepositoryName",
        create=_create,
        update=_update,
        delete=_delete,
    )
)
