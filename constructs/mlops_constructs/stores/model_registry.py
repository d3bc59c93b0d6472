"""Grants on the model registry: one package group a model, made at run time, named ``<app>-<model>``.

Groups are no resources of the stack, so that the number of models changes no template; what may be made is bounded by
the names.
"""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from contract.names import package_group
from mlops_constructs.security.acknowledge import acknowledge_patterns


class ModelRegistry(Construct):
    """The app's part of a registry, which may be another account's.

    Args:
        scope: parent.
        construct_id: id.
        app: prefix of the groups' names.
        account_id: whose registry it is.
    """

    def __init__(self, scope: Construct, construct_id: str, *, app: str, account_id: str) -> None:
        super().__init__(scope, construct_id)
        self._app = app
        self._account_id = account_id

    @property
    def group_arn_prefix(self) -> str:
        """ARN of a group without the model's name."""
        return self._arn("model-package-group", package_group(self._app, ""))

    def grant_read(self, grantee: iam.IGrantable) -> None:
        """Allow to list and read versions; another account's registry must agree by the groups' policies.

        Whoever reads its own account's may also ask whether a group is there; a foreign one that is not looks denied.
        """
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["sagemaker:ListModelPackages"],
            resource_arns=[self._groups, self._packages],
        )
        iam.Grant.add_to_principal(
            grantee=grantee, actions=["sagemaker:DescribeModelPackage"], resource_arns=[self._packages]
        )
        if self._account_id == Stack.of(self).account:
            iam.Grant.add_to_principal(
                grantee=grantee, actions=["sagemaker:DescribeModelPackageGroup"], resource_arns=[self._groups]
            )
        self._acknowledge(grantee)

    def grant_register(self, grantee: iam.IGrantable) -> None:
        """Allow to add versions to the app's groups, and to make groups that others may read."""
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=[
                "sagemaker:CreateModelPackageGroup",
                "sagemaker:DescribeModelPackageGroup",
                "sagemaker:PutModelPackageGroupPolicy",
                "sagemaker:AddTags",
            ],
            resource_arns=[self._groups],
        )
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["sagemaker:CreateModelPackage"],
            resource_arns=[self._groups, self._packages],
        )
        self._acknowledge(grantee)

    def _acknowledge(self, grantee: iam.IGrantable) -> None:
        acknowledge_patterns(
            grantee,
            [self._groups, self._packages],
            reason="groups are made at run time, one a model; their names begin with the app's",
        )

    @property
    def _groups(self) -> str:
        return self._arn("model-package-group", package_group(self._app, "*"))

    @property
    def _packages(self) -> str:
        return self._arn("model-package", package_group(self._app, "*/*"))

    def _arn(self, resource: str, name: str) -> str:
        return Stack.of(self).format_arn(
            service="sagemaker",
            account=self._account_id,
            resource=resource,
            resource_name=name,
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )
