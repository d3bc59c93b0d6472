"""Model registry calls that moto lacks: removing versions and groups."""

from typing import Any

from moto.core.responses import EmptyResult
from moto.sagemaker.exceptions import ConflictException
from moto.sagemaker.exceptions import ValidationError as SageMakerValidationError


def delete_model_package(self: Any) -> Any:
    """DeleteModelPackage, as a method of moto's response class."""
    backend, name = self.sagemaker_backend, self._get_param("ModelPackageName")
    arn = backend.model_package_name_mapping.get(name, name)
    if arn not in backend.model_packages:
        raise SageMakerValidationError(message=f"Model Package {name} does not exist.")
    del backend.model_packages[arn]
    backend.model_package_name_mapping.pop(arn, None)
    return EmptyResult()


def delete_model_package_group(self: Any) -> Any:
    """DeleteModelPackageGroup: only of an empty group."""
    backend = self.sagemaker_backend
    name = self._get_param("ModelPackageGroupName").rsplit("/", 1)[-1]
    if name not in backend.model_package_groups:
        raise SageMakerValidationError(message=f"Model Package Group {name} does not exist.")
    if any(package.model_package_group_name == name for package in backend.model_packages.values()):
        raise ConflictException(f"Model Package Group {name} cannot be deleted because it contains Model Packages.")
    del backend.model_package_groups[name]
    return EmptyResult()
