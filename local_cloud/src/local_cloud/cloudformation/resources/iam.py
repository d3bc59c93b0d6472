"""AWS::IAM::Role, Policy and ManagedPolicy."""

import contextlib
import json
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_list

# What a role gets that says nothing.
_HOUR_SECONDS = 3600


def _create_role(context: Context, properties: Properties) -> Made:
    client = context.client("iam")
    name = properties.get("RoleName") or context.generated_name()
    request = {
        key: properties[key]
        for key in ("Path", "Description", "MaxSessionDuration", "PermissionsBoundary")
        if key in properties
    }
    role = client.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps(properties["AssumeRolePolicyDocument"]),
        Tags=tag_list(properties),
        **request,
    )["Role"]
    _attach(client, name, {}, properties)
    return Made(physical_id=name, attributes={"Arn": role["Arn"], "RoleId": role["RoleId"]})


def _update_role(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    client = context.client("iam")
    client.update_assume_role_policy(RoleName=physical_id, PolicyDocument=json.dumps(new["AssumeRolePolicyDocument"]))
    retag(
        old,
        new,
        put=lambda tags: client.tag_role(RoleName=physical_id, Tags=tag_list(tags)),
        drop=lambda keys: client.untag_role(RoleName=physical_id, TagKeys=keys),
    )
    if new.get("PermissionsBoundary"):
        client.put_role_permissions_boundary(RoleName=physical_id, PermissionsBoundary=new["PermissionsBoundary"])
    elif old.get("PermissionsBoundary"):
        client.delete_role_permissions_boundary(RoleName=physical_id)
    _attach(client, physical_id, old, new)
    _bound(client, physical_id, old.get("PermissionsBoundary"), new.get("PermissionsBoundary"))
    client.update_role(
        RoleName=physical_id,
        Description=new.get("Description", ""),
        MaxSessionDuration=int(new.get("MaxSessionDuration", _HOUR_SECONDS)),
    )
    role = client.get_role(RoleName=physical_id)["Role"]
    return {"Arn": role["Arn"], "RoleId": role["RoleId"]}


def _attach(client: Any, name: str, old: Properties, new: Properties) -> None:
    before = {policy["PolicyName"] for policy in old.get("Policies", [])}
    after = {policy["PolicyName"]: policy["PolicyDocument"] for policy in new.get("Policies", [])}
    for policy in before - set(after):
        client.delete_role_policy(RoleName=name, PolicyName=policy)
    for policy, document in after.items():
        client.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
    managed_before, managed_after = set(old.get("ManagedPolicyArns", [])), set(new.get("ManagedPolicyArns", []))
    for arn in managed_before - managed_after:
        client.detach_role_policy(RoleName=name, PolicyArn=arn)
    for arn in managed_after - managed_before:
        client.attach_role_policy(RoleName=name, PolicyArn=arn)


def _bound(client: Any, name: str, old: str | None, new: str | None) -> None:
    if new and new != old:
        client.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=new)
    if old and not new:
        client.delete_role_permissions_boundary(RoleName=name)


def _delete_role(context: Context, physical_id: str, properties: Properties) -> None:
    client = context.client("iam")
    _attach(client, physical_id, properties, {})
    client.delete_role(RoleName=physical_id)


def _create_policy(context: Context, properties: Properties) -> Made:
    _update_policy(context, properties["PolicyName"], {}, properties)
    return Made(physical_id=properties["PolicyName"])


def _update_policy(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    client = context.client("iam")
    for role in set(old.get("Roles", [])) - set(new.get("Roles", [])):
        client.delete_role_policy(RoleName=role, PolicyName=physical_id)
    for role in new.get("Roles", []):
        client.put_role_policy(RoleName=role, PolicyName=physical_id, PolicyDocument=json.dumps(new["PolicyDocument"]))
    return {}


def _delete_policy(context: Context, physical_id: str, properties: Properties) -> None:
    client = context.client("iam")
    for role in properties.get("Roles", []):
        with contextlib.suppress(client.exceptions.NoSuchEntityException):
            client.delete_role_policy(RoleName=role, PolicyName=physical_id)


def _create_managed_policy(context: Context, properties: Properties) -> Made:
    client = context.client("iam")
    request = {key: properties[key] for key in ("Path", "Description") if key in properties}
    arn = client.create_policy(
        PolicyName=properties.get("ManagedPolicyName") or context.generated_name(most=128),
        PolicyDocument=json.dumps(properties["PolicyDocument"]),
        **request,
    )["Policy"]["Arn"]
    for role in properties.get("Roles", []):
        client.attach_role_policy(RoleName=role, PolicyArn=arn)
    return Made(physical_id=arn, attributes={"PolicyArn": arn})


def _update_managed_policy(context: Context, physical_id: str, _old: Properties, new: Properties) -> dict[str, Any]:
    client = context.client("iam")
    version = client.create_policy_version(
        PolicyArn=physical_id, PolicyDocument=json.dumps(new["PolicyDocument"]), SetAsDefault=True
    )["PolicyVersion"]["VersionId"]
    for other in client.list_policy_versions(PolicyArn=physical_id)["Versions"]:
        if other["VersionId"] != version:
            client.delete_policy_version(PolicyArn=physical_id, VersionId=other["VersionId"])
    return {"PolicyArn": physical_id}


def _delete_managed_policy(context: Context, physical_id: str, properties: Properties) -> None:
    client = context.client("iam")
    for role in properties.get("Roles", []):
        with contextlib.suppress(ClientError):
            client.detach_role_policy(RoleName=role, PolicyArn=physical_id)
    client.delete_policy(PolicyArn=physical_id)


register(
    ResourceType(
        name="AWS::IAM::Role",
        properties=frozenset(
            {
                "RoleName",
                "Path",
                "Description",
                "MaxSessionDuration",
                "PermissionsBoundary",
                "AssumeRolePolicyDocument",
                "Policies",
                "ManagedPolicyArns",
                "Tags",
            }
        ),
        create_only=frozenset({"RoleName", "Path"}),
        named="RoleName",
        create=_create_role,
        update=_update_role,
        delete=_delete_role,
    )
)
register(
    ResourceType(
        name="AWS::IAM::Policy",
        properties=frozenset({"PolicyName", "PolicyDocument", "Roles"}),
        create_only=frozenset({"PolicyName"}),
        create=_create_policy,
        update=_update_policy,
        delete=_delete_policy,
    )
)
register(
    ResourceType(
        name="AWS::IAM::ManagedPolicy",
        properties=frozenset({"ManagedPolicyName", "Path", "Description", "PolicyDocument", "Roles"}),
        create_only=frozenset({"ManagedPolicyName", "Path", "Description", "Roles"}),
        named="ManagedPolicyName",
        create=_create_managed_policy,
        update=_update_managed_policy,
        delete=_delete_managed_policy,
    )
)
