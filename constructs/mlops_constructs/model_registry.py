"""Defines the model registry: one model package group a model."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct


class ModelRegistry(Construct):
    """Define the package groups ``<app>-<model>``.

    Args:
        scope: parent.
        construct_id: id.
        app: prefix of the groups' names.
        models: names of the models.
    """

    def __init__(self, scope: Construct, construct_id: str, *, app: str, models: Sequence[str]) -> None:
        super().__init__(scope, construct_id)
        self._app = app
        for model in models:
            group = sagemaker.CfnModelPackageGroup(
                self,
                _pascal(model),
                model_package_group_name=f"{app}-{model}",
                model_package_group_description=f"Versions of {model}",
            )
            # A group that has versions cannot be deleted, and they are what a model owner wants to keep.
            group.apply_removal_policy(RemovalPolicy.RETAIN)

    def grant_register(self, grantee: iam.IGrantable) -> None:
        """Allow to add versions to the app's groups."""
        stack = Stack.of(self)
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["sagemaker:CreateModelPackage"],
            resource_arns=[
                stack.format_arn(service="sagemaker", resource="model-package-group", resource_name=f"{self._app}-*"),
                stack.format_arn(
                    service="sagemaker",
                    resource="model-package",
                    resource_name=f"{self._app}-*/*",
                    arn_format=ArnFormat.SLASH_RESOURCE_NAME,
                ),
            ],
        )


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))
