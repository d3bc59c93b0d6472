"""Condition keys that tell of the resource a call works on.

References:
    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-aws.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
"""

from collections.abc import Mapping

from moto.iam.models import iam_backends

from local_cloud.kernel.services import backends
from local_cloud.services.iam.requests import Request, key_arn, pipeline_name

# The calls that AWS tells the boundary of, the role's own or the one it is to get.
_BOUND_CALLS = frozenset(
    {
        "AttachRolePolicy",
        "CreateRole",
        "DeleteRolePermissionsBoundary",
        "DeleteRolePolicy",
        "DetachRolePolicy",
        "PutRolePermissionsBoundary",
        "PutRolePolicy",
    }
)


def of(request: Request) -> dict[str, str]:
    """Values by key in lower case.

    ``aws:ResourceTag`` of a KMS key, a pipeline (its stages and actions have no tags of their own) and a build project,
    ``iam:PermissionsBoundary`` of a role, ``iam:PolicyARN`` of what it is to get.
    """
    if request.service == "kms":
        return _key_tags(request)
    if request.service == "codepipeline":
        return _pipeline_tags(request)
    if request.service == "codebuild":
        return _project_tags(request)
    if request.service == "iam" and request.operation in _BOUND_CALLS:
        policy = request.text("PolicyArn")
        return _boundary(request) | ({"iam:policyarn": policy} if policy else {})
    return {}


def _key_tags(request: Request) -> dict[str, str]:
    arn = key_arn(request.text("KeyId"), account_id=request.account_id, region=request.region)
    if not arn:
        return {}
    region, account_id, key_id = *arn.split(":")[3:5], arn.rpartition("/")[2]
    backend = backends("kms")[account_id][region]
    if key_id not in backend.keys:
        return {}
    return _resource_tags({tag["TagKey"]: tag["TagValue"] for tag in backend.list_resource_tags(key_id)["Tags"]})


def _pipeline_tags(request: Request) -> dict[str, str]:
    name = pipeline_name(request) or request.text("resourceArn").rpartition(":")[2].partition("/")[0]
    pipeline = backends("codepipeline")[request.account_id][request.region].pipelines.get(name)
    return _resource_tags(pipeline.tags) if pipeline else {}


def _project_tags(request: Request) -> dict[str, str]:
    name = request.text("projectName") or request.text("name")
    project = backends("codebuild")[request.account_id][request.region].codebuild_projects.get(name)
    tags = project.project_metadata.get("tags") or [] if project else []
    return _resource_tags({tag["key"]: tag["value"] for tag in tags})


def _resource_tags(tags: Mapping[str, str]) -> dict[str, str]:
    return {f"aws:resourcetag/{key.lower()}": str(value) for key, value in tags.items()}


def _boundary(request: Request) -> dict[str, str]:
    given = request.text("PermissionsBoundary")
    if not given:
        roles = list(iam_backends[request.account_id]["aws"].roles.values())
        role = next((item for item in roles if item.name == request.text("RoleName")), None)
        given = str(getattr(role, "permissions_boundary_arn", None) or "")
    return {"iam:permissionsboundary": given} if given else {}
