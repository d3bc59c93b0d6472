"""Defines one account's multi-model endpoint: its role and what deployments of it are allowed to do.

The SageMaker model, endpoint configuration and endpoint themselves are made by deployments at run time: an endpoint
cannot start without a model, and a stack update must never undo what a deployment did.
See docs/decisions/0003-endpoint-at-run-time.md.
"""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from mlops_constructs.artifact_store import DEPLOYMENTS_PREFIX, ArtifactStore


class MultiModelEndpoint(Construct):
    """Define who may serve, deploy and invoke.

    Args:
        scope: parent.
        construct_id: id.
        endpoint_name: physical name, which callers know.
        instance_type: SageMaker instance type.
        instance_count: initial number of instances.
        role: role of the endpoint's containers.
        artifacts: where deployments lie.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        endpoint_name: str,
        instance_type: str,
        instance_count: int,
        role: iam.IRole,
        artifacts: ArtifactStore,
    ) -> None:
        super().__init__(scope, construct_id)
        self.endpoint_name = endpoint_name
        self.instance_type = instance_type
        self.instance_count = instance_count
        self.role = role
        artifacts.grant_read(role, DEPLOYMENTS_PREFIX)
        iam.Grant.add_to_principal(
            grantee=role,
            actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            resource_arns=[self._logs_arn()],
        )

    def grant_invoke(self, grantee: iam.IGrantable) -> None:
        """Allow to invoke every model of the endpoint."""
        iam.Grant.add_to_principal(
            grantee=grantee, actions=["sagemaker:InvokeEndpoint"], resource_arns=[self._arn("endpoint", exact=True)]
        )

    def grant_describe(self, grantee: iam.IGrantable) -> None:
        """Allow to find out what the endpoint serves."""
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["sagemaker:DescribeEndpoint", "sagemaker:DescribeEndpointConfig", "sagemaker:DescribeModel"],
            resource_arns=[
                self._arn("endpoint", exact=True),
                self._arn("endpoint-config"),
                self._arn("model"),
            ],
        )
        # ListEndpoints has no resource type: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
        iam.Grant.add_to_principal(grantee=grantee, actions=["sagemaker:ListEndpoints"], resource_arns=["*"])

    def grant_deploy(self, grantee: iam.IGrantable) -> None:
        """Allow to put another set of models behind the endpoint."""
        resources = [self._arn("endpoint", exact=True), self._arn("endpoint-config"), self._arn("model")]
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=[
                "sagemaker:CreateModel",
                "sagemaker:CreateEndpointConfig",
                "sagemaker:CreateEndpoint",
                "sagemaker:UpdateEndpoint",
                "sagemaker:DescribeEndpoint",
                "sagemaker:AddTags",
            ],
            resource_arns=resources,
        )
        self._grant_pass_role(grantee)

    def _grant_pass_role(self, grantee: iam.IGrantable) -> None:
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[self.role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            )
        )

    def _arn(self, resource: str, *, exact: bool = False) -> str:
        name = self.endpoint_name if exact else f"{self.endpoint_name}-*"
        return Stack.of(self).format_arn(service="sagemaker", resource=resource, resource_name=name)

    def _logs_arn(self) -> str:
        return Stack.of(self).format_arn(
            service="logs",
            resource="log-group",
            resource_name="/aws/sagemaker/Endpoints/*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
