"""Defines one account's multi-model endpoint: its role and what deployments of it are allowed to do.

The SageMaker model, endpoint configuration and endpoint themselves are made by deployments at run time: an endpoint
cannot start without a model, and a stack update must never undo what a deployment did.
See docs/decisions/0003-endpoint-at-run-time.md.
"""

from collections.abc import Sequence

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from contract import run_names
from contract.prefixes import DEPLOYMENTS_PREFIX
from mlops_constructs.compute.sagemaker_jobs import grant_metrics
from mlops_constructs.security.acknowledge import acknowledge_patterns
from mlops_constructs.stores.artifact_store import ArtifactStore


class MultiModelEndpoint(Construct):
    """Define who may serve, deploy and invoke.

    Args:
        scope: parent.
        construct_id: id.
        endpoint_name: physical name, which callers know.
        role: role of the endpoint's containers.
        artifacts: where deployments lie.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        endpoint_name: str,
        role: iam.IRole,
        artifacts: ArtifactStore,
    ) -> None:
        super().__init__(scope, construct_id)
        self.endpoint_name = endpoint_name
        self.role = role
        self._key = artifacts.key
        artifacts.grant_read(role, DEPLOYMENTS_PREFIX)
        artifacts.grant_list(role, DEPLOYMENTS_PREFIX)
        self._log()
        # https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createmodel-perms
        grant_metrics(role, namespaces=["/aws/sagemaker/Endpoints"])

    def _log(self) -> None:
        """Define the log group before SageMaker makes it, without an end and with a key of AWS.

        Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
        """
        name = f"/aws/sagemaker/Endpoints/{self.endpoint_name}"
        logs.LogGroup(
            self,
            "Logs",
            log_group_name=name,
            retention=logs.RetentionDays.SIX_MONTHS,
            encryption_key=self._key,
            removal_policy=RemovalPolicy.DESTROY,
        )
        # Written out: whoever names the group's own ARN would wait for the group.
        streams = Stack.of(self).format_arn(
            service="logs", resource="log-group", resource_name=f"{name}:*", arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        iam.Grant.add_to_principal(
            grantee=self.role,
            actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            resource_arns=[streams],
        )
        acknowledge_patterns(self.role, [streams], reason="SageMaker names the streams after variants and instances")

    def grant_invoke(self, grantee: iam.IGrantable) -> None:
        """Allow to invoke every model of the endpoint."""
        iam.Grant.add_to_principal(
            grantee=grantee, actions=["sagemaker:InvokeEndpoint"], resource_arns=[self._arn("endpoint", exact=True)]
        )

    def grant_describe(self, grantee: iam.IGrantable) -> None:
        """Allow to find out what the endpoint serves."""
        self._grant(
            grantee,
            endpoint=["DescribeEndpoint"],
            endpoint_config=["DescribeEndpointConfig"],
            model=["DescribeModel"],
        )
        self._acknowledge(grantee)

    def grant_remove(self, grantee: iam.IGrantable) -> None:
        """Allow to remove what earlier deployments made."""
        self._grant(grantee, endpoint_config=["DeleteEndpointConfig"], model=["DeleteModel"])
        self._acknowledge(grantee)
        # Lists have no resource type: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["sagemaker:ListEndpointConfigs", "sagemaker:ListModels"],
            resource_arns=["*"],
        )
        acknowledge_patterns(grantee, ["*"], reason="lists of endpoint configurations and models know no resources")
        iam.Grant.add_to_principal(
            grantee=grantee, actions=["cloudwatch:DeleteAlarms"], resource_arns=[self._roll_back_alarms_arn()]
        )
        acknowledge_patterns(
            grantee,
            [self._roll_back_alarms_arn()],
            reason="each update has alarms of its own, named after the endpoint and the time",
        )
        self._grant_describe_alarms(grantee)

    def grant_deploy(self, grantee: iam.IGrantable) -> None:
        """Allow to put another set of models behind the endpoint."""
        # To create and to update an endpoint takes a permission on its configuration too:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
        self._grant(
            grantee,
            endpoint=["CreateEndpoint", "UpdateEndpoint", "DeleteEndpoint", "DescribeEndpoint", "AddTags"],
            endpoint_config=["CreateEndpointConfig", "CreateEndpoint", "UpdateEndpoint", "AddTags"],
            model=["CreateModel", "AddTags"],
        )
        self._acknowledge(grantee)
        self._grant_pass_role(grantee)
        # SageMaker attaches encrypted volumes on behalf of the caller.
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["kms:CreateGrant"],
                resources=[self._key.key_arn],
                conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
            )
        )
        iam.Grant.add_to_principal(grantee=grantee, actions=["kms:DescribeKey"], resource_arns=[self._key.key_arn])

    def allow_roll_back(self) -> None:
        """Let alarms roll back an update: SageMaker reads them as the endpoint's role.

        Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
        """
        self._grant_describe_alarms(self.role)

    def grant_watch_updates(self, grantee: iam.IGrantable) -> None:
        """Allow to make the alarms that roll an update back."""
        iam.Grant.add_to_principal(
            grantee=grantee,
            # To put an alarm with tags takes both:
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
            actions=["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"],
            resource_arns=[self._roll_back_alarms_arn()],
        )

    def grant_scale(self, grantee: iam.IGrantable, *, variant_name: str) -> None:
        """Allow to register the endpoint's variant for target tracking.

        Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html
        """
        stack = Stack.of(self)
        targets = stack.format_arn(service="application-autoscaling", resource="scalable-target", resource_name="*")
        alarms = stack.format_arn(
            service="cloudwatch",
            resource="alarm",
            resource_name=f"TargetTracking-endpoint/{self.endpoint_name}/variant/{variant_name}*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        acknowledge_patterns(grantee, [targets], reason="Application Auto Scaling makes up the id of a scalable target")
        acknowledge_patterns(grantee, [alarms], reason="target tracking ends the names of its alarms with an id")
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=[
                "application-autoscaling:RegisterScalableTarget",
                "application-autoscaling:PutScalingPolicy",
            ],
            resource_arns=[targets],
        )
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["sagemaker:DescribeEndpoint", "sagemaker:UpdateEndpointWeightsAndCapacities"],
            resource_arns=[self._arn("endpoint", exact=True)],
        )
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["sagemaker:DescribeEndpointConfig"],
            resource_arns=[self._arn("endpoint-config")],
        )
        # Target tracking makes its two alarms in the caller's name.
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"],
            resource_arns=[alarms],
        )
        self._grant_describe_alarms(grantee)
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["iam:CreateServiceLinkedRole"],
                resources=[
                    stack.format_arn(
                        service="iam",
                        region="",
                        resource="role",
                        resource_name="aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
                        "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
                    )
                ],
                conditions={"StringEquals": {"iam:AWSServiceName": "sagemaker.application-autoscaling.amazonaws.com"}},
            )
        )

    def _grant_describe_alarms(self, grantee: iam.IGrantable) -> None:
        """Allow to look at alarms: all of them, since CloudWatch asks for that, whichever a request names.

        AWS's own policies for services that act on alarms grant it on everything, for example
        https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSApplicationAutoscalingSageMakerEndpointPolicy.html
        """
        alarms = Stack.of(self).format_arn(
            service="cloudwatch", resource="alarm", resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        iam.Grant.add_to_principal(grantee=grantee, actions=["cloudwatch:DescribeAlarms"], resource_arns=[alarms])
        acknowledge_patterns(
            grantee, [alarms], reason="DescribeAlarms is asked for on all alarms, whichever a request names"
        )

    def _acknowledge(self, grantee: iam.IGrantable) -> None:
        acknowledge_patterns(
            grantee,
            [self._arn("endpoint-config"), self._arn("model")],
            reason="each deployment makes a model and a configuration, named after the endpoint and the time",
        )

    def _grant(
        self,
        grantee: iam.IGrantable,
        *,
        endpoint: Sequence[str] = (),
        endpoint_config: Sequence[str] = (),
        model: Sequence[str] = (),
    ) -> None:
        """Grant SageMaker's operations on the kind of resource that each of them has."""
        for arn, operations in (
            (self._arn("endpoint", exact=True), endpoint),
            (self._arn("endpoint-config"), endpoint_config),
            (self._arn("model"), model),
        ):
            if operations:
                iam.Grant.add_to_principal(
                    grantee=grantee, actions=[f"sagemaker:{name}" for name in operations], resource_arns=[arn]
                )

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

    def _roll_back_alarms_arn(self) -> str:
        return Stack.of(self).format_arn(
            service="cloudwatch",
            resource="alarm",
            resource_name=f"{run_names.roll_back_alarm_prefix(self.endpoint_name)}*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
