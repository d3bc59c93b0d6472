"""Faults of moto's SageMaker model registry."""

from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    existing_groups()
    growing_versions()
    pending_by_default()


@patching.owner
def existing_groups() -> None:
    """CreateModelPackageGroup empties a group that exists; AWS refuses."""
    from moto.sagemaker.exceptions import AWSValidationException
    from moto.sagemaker.models import SageMakerModelBackend

    create = SageMakerModelBackend.create_model_package_group

    def create_group(self: Any, model_package_group_name: str, *rest: Any, **named: Any) -> Any:
        if model_package_group_name in self.model_package_groups:
            arn = self.model_package_groups[model_package_group_name].arn
            raise AWSValidationException(f"Model Package Group already exists: {arn}")
        return create(self, model_package_group_name, *rest, **named)

    patching.replace(SageMakerModelBackend, "create_model_package_group", create_group)


@patching.owner
def growing_versions() -> None:
    """The number of a new version is how many there are plus one, so that a deletion makes it an existing one."""
    from moto.sagemaker.models import ModelPackage, sagemaker_backends

    make = ModelPackage.__init__

    def init(self: Any, *, model_package_version: int | None, **named: Any) -> None:
        if model_package_version is not None:
            backend = sagemaker_backends[named["account_id"]][named["region_name"]]
            group = backend.model_package_groups[named["model_package_group_name"]]
            model_package_version = max(model_package_version, getattr(group, "last_version", 0) + 1)
            group.last_version = model_package_version
        make(self, model_package_version=model_package_version, **named)

    patching.replace(ModelPackage, "__init__", init)


@patching.owner
def pending_by_default() -> None:
    """A version without an approval status has none; on AWS it is PendingManualApproval."""
    from moto.sagemaker.models import SageMakerModelBackend

    create = SageMakerModelBackend.create_model_package

    def create_model_package(self: Any, **request: Any) -> Any:
        if request.get("model_package_group_name") and not request.get("model_approval_status"):
            request["model_approval_status"] = "PendingManualApproval"
        return create(self, **request)

    patching.replace(
        SageMakerModelBackend,
        "create_model_package",
        create_model_package,
        after="moto_patches.sagemaker.idempotent_model_packages",
    )
