"""AWS::KMS::Key and Alias."""

import json
from typing import Any

from local_cloud.cloudformation.errors import ResourceFailure
from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_list

_PENDING_DAYS = 7


def _create_key(context: Context, properties: Properties) -> Made:
    client = context.client("kms")
    key = client.create_key(
        # Without one the key has the policy that KMS gives.
        **({"Policy": json.dumps(properties["KeyPolicy"])} if "KeyPolicy" in properties else {}),
        Description=properties.get("Description", ""),
        Tags=tag_list(properties, "TagKey", "TagValue"),
    )["KeyMetadata"]
    if properties.get("EnableKeyRotation"):
        client.enable_key_rotation(KeyId=key["KeyId"])
    return Made(physical_id=key["KeyId"], attributes={"Arn": key["Arn"], "KeyId": key["KeyId"]})


def _update_key(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    client = context.client("kms")
    if "KeyPolicy" in new:
        client.put_key_policy(KeyId=physical_id, PolicyName="default", Policy=json.dumps(new["KeyPolicy"]))
    client.update_key_description(KeyId=physical_id, Description=new.get("Description", ""))
    retag(
        old,
        new,
        put=lambda tags: client.tag_resource(KeyId=physical_id, Tags=tag_list(tags, "TagKey", "TagValue")),
        drop=lambda keys: client.untag_resource(KeyId=physical_id, TagKeys=keys),
    )
    return {"Arn": context.arn("kms", f"key/{physical_id}"), "KeyId": physical_id}


def _adopt_key(context: Context, physical_id: str) -> dict[str, Any]:
    key = context.client("kms").describe_key(KeyId=physical_id)["KeyMetadata"]
    if key["KeyState"] != "Enabled":
        raise ResourceFailure(f"key {physical_id} is {key['KeyState']}; only an enabled one can be imported")
    return {"Arn": key["Arn"], "KeyId": key["KeyId"]}


def _delete_key(context: Context, physical_id: str, properties: Properties) -> None:
    context.client("kms").schedule_key_deletion(
        KeyId=physical_id, PendingWindowInDays=properties.get("PendingWindowInDays", _PENDING_DAYS)
    )


def _create_alias(context: Context, properties: Properties) -> Made:
    context.client("kms").create_alias(AliasName=properties["AliasName"], TargetKeyId=properties["TargetKeyId"])
    return Made(physical_id=properties["AliasName"])


def _update_alias(context: Context, physical_id: str, _old: Properties, new: Properties) -> dict[str, Any]:
    context.client("kms").update_alias(AliasName=physical_id, TargetKeyId=new["TargetKeyId"])
    return {}


def _delete_alias(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("kms").delete_alias(AliasName=physical_id)


register(
    ResourceType(
        name="AWS::KMS::Key",
        properties=frozenset({"KeyPolicy", "Description", "EnableKeyRotation", "PendingWindowInDays", "Tags"}),
        create=_create_key,
        update=_update_key,
        delete=_delete_key,
        identifier="KeyId",
        adopt=_adopt_key,
    )
)
register(
    ResourceType(
        name="AWS::KMS::Alias",
        properties=frozenset({"AliasName", "TargetKeyId"}),
        create_only=frozenset({"AliasName"}),
        named="AliasName",
        create=_create_alias,
        update=_update_alias,
        delete=_delete_alias,
    )
)
