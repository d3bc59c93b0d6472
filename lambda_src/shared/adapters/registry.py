"""The model registry, also from another account.

What is read of a model does not grow with its history: see docs/decisions/0051-newest-versions-and-named-ones.md.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from contract.catalogue import Approval
from shared import versions
from shared.versions import APPROVED, PENDING, Version

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListModelPackages.html: of one page
_MOST_LISTED = 100
_DENIED = {"AccessDeniedException", "AccessDenied"}


class NotReadableError(Exception):
    """The registry refuses to show a group, or has none of that name in the caller's sight."""


def candidates(client: Any, group: str, *, approval: Approval, also: Iterable[str] = ()) -> Iterator[Version]:
    """Versions of a group that may be the one to serve; nothing when the group does not exist yet.

    These are the newest approved ones, as many as `versions.WINDOW` says, and those that the caller knows otherwise: a
    list does not tell when a version was approved, so an old one that was approved again is not found by looking.
    Of those that nobody has judged only the newest may be the one. The number of calls does not grow with the history.

    Args:
        client: of SageMaker.
        group: name or ARN.
        approval: ``automatic`` also takes the newest version that nobody has judged.
        also: ARNs of versions to look at whatever their age; what is gone or was not approved is left out.

    Raises:
        NotReadableError: another account's registry denies access; AWS does not tell whether the group exists.
    """
    try:
        page = _newest(client, group, status=APPROVED)
        listed = (page or [])[: versions.WINDOW]
        if approval == "automatic":
            listed += (_newest(client, group, status=PENDING) or [])[:1]
        for arn in listed:
            yield _describe(client, arn)
        for arn in also:
            if arn in listed:
                continue
            # Denied is how some services say that a thing is gone; of a group that can be read it means that.
            found = _describe_if_there(client, arn, denied_is_gone=page is not None)
            if found is not None and found.status == APPROVED:
                yield found
    except ClientError as error:
        if _is_denied(error):
            raise NotReadableError(str(error)) from error
        raise


def newest(client: Any, group: str) -> Version | None:
    """The version of a group that was registered last, whoever judged it; None when there is none."""
    return next((_describe(client, arn) for arn in (_newest(client, group) or [])[:1]), None)


def _newest(client: Any, group: str, *, status: str | None = None) -> list[str] | None:
    """ARNs of the newest versions, newest first: those of one page; None when the group does not exist yet."""
    try:
        page = client.list_model_packages(
            ModelPackageGroupName=group,
            **({"ModelApprovalStatus": status} if status else {}),
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=_MOST_LISTED,
        )
    except ClientError as error:
        # It is nowhere written how a list refuses a group that is not there, so its words are not looked at.
        if _is_denied(error) or exists(client, group):
            raise
        return None
    summaries = page["ModelPackageSummaryList"]
    return [item["ModelPackageArn"] for item in summaries if item["ModelPackageStatus"] == "Completed"]


def exists(client: Any, group: str) -> bool:
    """Whether there is a group, by the one call whose answer is known when there is none."""
    try:
        client.describe_model_package_group(ModelPackageGroupName=group)
    except ClientError as error:
        if _is_missing(error):
            return False
        raise
    return True


def _describe(client: Any, arn: str) -> Version:
    return versions.from_description(client.describe_model_package(ModelPackageName=arn))


def _describe_if_there(client: Any, arn: str, *, denied_is_gone: bool) -> Version | None:
    try:
        return _describe(client, arn)
    except ClientError as error:
        if _is_missing(error) or (denied_is_gone and _is_denied(error)):
            return None
        raise


def _is_missing(error: ClientError) -> bool:
    # The service has no error code of its own for this; the words are those that other clients match too, as
    # https://github.com/aws-controllers-k8s/sagemaker-controller does.
    return "does not exist" in error.response["Error"]["Message"]


def _is_denied(error: ClientError) -> bool:
    return error.response["Error"]["Code"] in _DENIED


def ensure_group(client: Any, name: str, *, description: str, tags: Mapping[str, str], policy: str | None) -> None:
    """Make a group if it is not there, and let others read it.

    Args:
        client: of SageMaker.
        name: of the group.
        description: for people.
        tags: by name.
        policy: resource policy in JSON, None when nobody else reads it.
    """
    if not exists(client, name):
        client.create_model_package_group(
            ModelPackageGroupName=name,
            ModelPackageGroupDescription=description,
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
    if policy is not None:
        client.put_model_package_group_policy(ModelPackageGroupName=name, ResourcePolicy=policy)


def register(client: Any, request: Mapping[str, Any]) -> str:
    """CreateModelPackage; returns the ARN."""
    return str(client.create_model_package(**request)["ModelPackageArn"])


def version(client: Any, arn: str) -> Version:
    """One version."""
    return _describe(client, arn)
