"""The model registry: groups and versions, also another account's by ARN, and the events of their changes.

Whether a caller may reach another account's group was decided before, by both its own policies and the group's.
"""

import json
import threading
from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker.exceptions import AWSValidationException, ConflictException

from local_cloud.kernel import patching
from local_cloud.services.iam import policy
from local_cloud.services.sagemaker import listings, registry_events

# Versions are counted, so only one is made at a time.
_creating = threading.Lock()
_CREATE = (
    "ModelPackageName",
    "ModelPackageDescription",
    "InferenceSpecification",
    "ValidationSpecification",
    "SourceAlgorithmSpecification",
    "CertifyForMarketplace",
    "Tags",
    "ModelApprovalStatus",
    "MetadataProperties",
    "ModelMetrics",
    "ClientToken",
    "CustomerMetadataProperties",
    "DriftCheckBaselines",
    "Domain",
    "Task",
    "SamplePayloadUrl",
    "AdditionalInferenceSpecifications",
)
_CARD_STATUSES = ("Draft", "PendingReview", "Approved", "Archived")
_UPDATE = (
    "ModelApprovalStatus",
    "ApprovalDescription",
    "CustomerMetadataProperties",
    "CustomerMetadataPropertiesToRemove",
    "AdditionalInferenceSpecificationsToAdd",
)


@patching.owner
def install() -> None:
    """Versions are found in the caller's account only, tell nobody of their changes, and groups have no policies."""
    from moto.sagemaker.responses import SageMakerResponse

    for call in (
        create_model_package,
        update_model_package,
        describe_model_package,
        list_model_packages,
        delete_model_package,
        describe_model_package_group,
        delete_model_package_group,
        put_model_package_group_policy,
        get_model_package_group_policy,
        delete_model_package_group_policy,
    ):
        patching.replace(SageMakerResponse, call.__name__, call)


def create_model_package(self: Any) -> ActionResult:
    """CreateModelPackage, as a method of moto's response class like all calls below."""
    card = self._get_param("ModelCard")
    _check_card(card)
    group = self._get_param("ModelPackageGroupName")
    backend, name = _locate(self, group) if group else (self.sagemaker_backend, None)
    with _creating:
        known = set(backend.model_packages)
        arn = backend.create_model_package(
            model_package_group_name=name, **{_snake(key): self._get_param(key) for key in _CREATE}
        )
    if arn not in known:
        backend.model_packages[arn].model_card = card
        registry_events.emit(backend.model_packages[arn], account_id=backend.account_id, region=backend.region_name)
    return ActionResult({"ModelPackageArn": arn})


def update_model_package(self: Any) -> ActionResult:
    """UpdateModelPackage; each call is an event, also one that changes nothing."""
    backend, package = _package(self, self._get_param("ModelPackageArn"))
    backend.update_model_package(
        model_package_arn=package.arn, **{_snake(key): self._get_param(key) for key in _UPDATE}
    )
    registry_events.emit(package, account_id=backend.account_id, region=backend.region_name)
    return ActionResult({"ModelPackageArn": package.arn})


def describe_model_package(self: Any) -> ActionResult:
    """DescribeModelPackage by name or ARN."""
    _, package = _package(self, self._get_param("ModelPackageName"))
    card = getattr(package, "model_card", None)
    return ActionResult(package.gen_response_object() | ({"ModelCard": card} if card else {}))


def list_model_packages(self: Any) -> ActionResult:
    """ListModelPackages: of one group, or those of the account, which are those without versions unless told."""
    group, kind = self._get_param("ModelPackageGroupName"), self._get_param("ModelPackageType") or "Unversioned"
    if group:
        packages = _versions(*_locate(self, group))
    else:
        packages = [
            package
            for package in list(self.sagemaker_backend.model_packages.values())
            if kind == "Both" or (package.model_package_version is not None) == (kind == "Versioned")
        ]
    return listings.answer(self, listings.MODEL_PACKAGES, (package.gen_response_object() for package in packages))


def delete_model_package(self: Any) -> EmptyResult:
    """DeleteModelPackage."""
    backend, package = _package(self, self._get_param("ModelPackageName"))
    del backend.model_packages[package.arn]
    backend.model_package_name_mapping.pop(package.arn, None)
    return EmptyResult()


def describe_model_package_group(self: Any) -> ActionResult:
    """DescribeModelPackageGroup by name or ARN."""
    backend, name = _locate(self, self._get_param("ModelPackageGroupName"))
    return ActionResult(backend.describe_model_package_group(name).gen_response_object())


def delete_model_package_group(self: Any) -> EmptyResult:
    """DeleteModelPackageGroup: only of an empty group."""
    backend, name = _locate(self, self._get_param("ModelPackageGroupName"))
    backend.describe_model_package_group(name)
    if any(package.model_package_group_name == name for package in backend.model_packages.values()):
        raise ConflictException(f"Model Package Group {name} cannot be deleted because it contains Model Packages.")
    del backend.model_package_groups[name]
    return EmptyResult()


def put_model_package_group_policy(self: Any) -> ActionResult:
    """PutModelPackageGroupPolicy."""
    group = _group(self)
    text = str(self._get_param("ResourcePolicy"))
    try:
        document = policy.check(text)
    except policy.MalformedPolicyError as error:
        raise AWSValidationException(f"Invalid resource policy: {error}") from error
    for statement in policy.statements(document):
        lacking = {"Effect", "Principal", "Action", "Resource"} - set(statement)
        if lacking:
            raise AWSValidationException(f"Invalid resource policy: a statement lacks {', '.join(sorted(lacking))}")
    group.resource_policy = text
    return ActionResult({"ModelPackageGroupArn": group.arn})


def get_model_package_group_policy(self: Any) -> ActionResult:
    """GetModelPackageGroupPolicy."""
    return ActionResult({"ResourcePolicy": _group_with_policy(self).resource_policy})


def delete_model_package_group_policy(self: Any) -> EmptyResult:
    """DeleteModelPackageGroupPolicy."""
    _group_with_policy(self).resource_policy = None
    return EmptyResult()


def _versions(backend: Any, group: str) -> list[Any]:
    if group not in backend.model_package_groups:
        # How AWS words it for this call is not public; these are the words of DescribeModelPackageGroup, which
        # clients match: https://github.com/aws-controllers-k8s/sagemaker-controller.
        arn = f"arn:aws:sagemaker:{backend.region_name}:{backend.account_id}:model-package-group/{group}"
        raise AWSValidationException(f"ModelPackageGroup {arn} does not exist.")
    packages = list(backend.model_packages.values())
    return [package for package in packages if package.model_package_group_name == group]


def _check_card(card: Mapping[str, Any] | None) -> None:
    """A model card is kept as it is, here and by AWS, which also holds its content to a schema.

    Raises:
        AWSValidationException: its status is none of AWS's, or its content no JSON object.
    """
    if card is None:
        return
    status = card.get("ModelCardStatus")
    if status not in _CARD_STATUSES:
        raise AWSValidationException(
            f"1 validation error detected: Value '{status}' at 'modelCard.modelCardStatus' failed to satisfy"
            f" constraint: Member must satisfy enum value set: [{', '.join(_CARD_STATUSES)}]"
        )
    try:
        content = json.loads(card.get("ModelCardContent") or "")
    except ValueError as error:
        raise AWSValidationException(f"ModelCardContent is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise AWSValidationException("ModelCardContent is no JSON object, write one by the schema of model cards")


def _group(self: Any) -> Any:
    backend, name = _locate(self, self._get_param("ModelPackageGroupName"))
    group = backend.model_package_groups.get(name)
    if group is None:
        arn = f"arn:aws:sagemaker:{backend.region_name}:{backend.account_id}:model-package-group/{name}"
        raise AWSValidationException(f"Cannot find Model Package Group: {arn}")
    return group


def _group_with_policy(self: Any) -> Any:
    group = _group(self)
    if not getattr(group, "resource_policy", None):
        raise AWSValidationException(f"Cannot find resource policy for: {group.arn}")
    return group


def _locate(self: Any, name_or_arn: str) -> tuple[Any, str]:
    """The owner's registry and the bare name."""
    name = name_or_arn
    if name.startswith("arn:"):
        # From here on the call is about the owner's account, also to what wraps it.
        _, _, _, self.region, self.current_account, resource = name.split(":", 5)
        name = resource.split("/", 1)[-1]
    return self.sagemaker_backend, name


def _package(self: Any, name_or_arn: str) -> tuple[Any, Any]:
    backend, name = _locate(self, name_or_arn)
    # A plain name is of a package without versions; a group's name would be its newest version to moto.
    arn = name_or_arn if name_or_arn.startswith("arn:") else f"{_prefix(backend)}{name.lower()}"
    package = backend.model_packages.get(arn)
    if package is None:
        raise AWSValidationException(f"ModelPackage {arn} does not exist.")
    return backend, package


def _prefix(backend: Any) -> str:
    return f"arn:aws:sagemaker:{backend.region_name}:{backend.account_id}:model-package/"


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
