"""Defines one account's endpoints: their role, and what deployments to them are allowed to do.

The SageMaker models, endpoint configurations and endpoints themselves are made by deployments at run time: an endpoint
cannot start without a model, a stack update must never undo what a deployment did, and the stack does not grow with the
models. See docs/decisions/0003-endpoint-at-run-time.md and docs/decisions/0084-serving-groups.md.

All endpoints of an account are named after its first one, so a grant names that and, as a pattern, what follows it.
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

# Why patterns are granted.
_OTHERS = "further endpoints come and go with the models; their names begin with that of the first one"
_ALARMS = "alarms are named after endpoints, which come with the models, and those of an update after its time too"


class Endpoints(Construct):
    """Define who may serve, deploy and invoke.

    Args:
        scope: parent.
        construct_id: id.
        endpoint_name: physical name of the first one, which callers know.
        role: role of the endpoints' containers.
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
        """Define the first one's log group before SageMaker makes it, without an end and with a key of AWS.

        Deployments make those of the others, see `grant_deploy`.

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
        streams = [self._log_arn(":*"), self._log_arn("-*")]
        iam.Grant.add_to_principal(
            grantee=self.role,
            actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            resource_arns=streams,
        )
        acknowledge_patterns(
            self.role,
            streams,
            reason="SageMaker names the streams after variants and instances, and further endpoints come with models",
        )

    def _log_arn(self, ending: str) -> str:
        return Stack.of(self).format_arn(
            service="logs",
            resource="log-group",
            resource_name=f"/aws/sagemaker/Endpoints/{self.endpoint_name}{ending}",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )

    def grant_invoke(self, grantee: iam.IGrantable) -> None:
        """Allow to invoke every model of the endpoints."""
        iam.Grant.add_to_principal(grantee=grantee, actions=["sagemaker:InvokeEndpoint"], resource_arns=self._arns)
        acknowledge_patterns(grantee, self._arns, reason=_OTHERS)

    def grant_describe(self, grantee: iam.IGrantable) -> None:
        """Allow to find out what the endpoints serve."""
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
        alarms = [*self._roll_back_alarm_arns, *self._alarm_arns]
        iam.Grant.add_to_principal(grantee=grantee, actions=["cloudwatch:DeleteAlarms"], resource_arns=alarms)
        acknowledge_patterns(grantee, alarms, reason=_ALARMS)
        self._grant_describe_alarms(grantee)

    def grant_deploy(self, grantee: iam.IGrantable) -> None:
        """Allow to put another set of models behind an endpoint, and to make the log of one that is new."""
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
        logs_of_others = [self._log_arn("-*")]
        iam.Grant.add_to_principal(
            grantee=grantee,
            # To make a group with tags takes both:
            # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
            actions=["logs:CreateLogGroup", "logs:TagResource", "logs:PutRetentionPolicy"],
            resource_arns=logs_of_others,
        )
        acknowledge_patterns(grantee, logs_of_others, reason=_OTHERS)
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

    def grant_watch(self, grantee: iam.IGrantable, *, updates: bool) -> None:
        """Allow to make the alarms of the endpoints besides the first one.

        Args:
            grantee: who makes them.
            updates: also those that roll an update back, of all endpoints.
        """
        alarms = [*(self._roll_back_alarm_arns if updates else []), *self._alarm_arns]
        iam.Grant.add_to_principal(
            grantee=grantee,
            # To put an alarm with tags takes both:
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
            actions=["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"],
            resource_arns=alarms,
        )
        acknowledge_patterns(grantee, alarms, reason=_ALARMS)

    def grant_scale(self, grantee: iam.IGrantable, *, variant_name: str) -> None:
        """Allow to register the endpoints' variants for target tracking.

        Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html
        """
        stack = Stack.of(self)
        targets = stack.format_arn(service="application-autoscaling", resource="scalable-target", resource_name="*")
        alarms = [
            self._alarm_arn(f"TargetTracking-endpoint/{self.endpoint_name}{others}/variant/{variant_name}*")
            for others in ("", "-*")
        ]
        acknowledge_patterns(grantee, [targets], reason="Application Auto Scaling makes up the id of a scalable target")
        acknowledge_patterns(grantee, alarms, reason="target tracking ends the names of its alarms with an id")
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
            resource_arns=self._arns,
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
            resource_arns=alarms,
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
        alarms = self._alarm_arn("*")
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
        acknowledge_patterns(grantee, self._arns, reason=_OTHERS)

    def _grant(
        self,
        grantee: iam.IGrantable,
        *,
        endpoint: Sequence[str] = (),
        endpoint_config: Sequence[str] = (),
        model: Sequence[str] = (),
    ) -> None:
        """Grant SageMaker's operations on the kind of resource that each of them has."""
        for arns, operations in (
            (self._arns, endpoint),
            ([self._arn("endpoint-config")], endpoint_config),
            ([self._arn("model")], model),
        ):
            if operations:
                iam.Grant.add_to_principal(
                    grantee=grantee, actions=[f"sagemaker:{name}" for name in operations], resource_arns=arns
                )

    def _grant_pass_role(self, grantee: iam.IGrantable) -> None:
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[self.role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            )
        )

    @property
    def _arns(self) -> list[str]:
        """The first endpoint, and all others."""
        first = Stack.of(self).format_arn(service="sagemaker", resource="endpoint", resource_name=self.endpoint_name)
        return [first, self._arn("endpoint")]

    def _arn(self, resource: str) -> str:
        """What is named after the first endpoint."""
        return Stack.of(self).format_arn(
            service="sagemaker", resource=resource, resource_name=f"{self.endpoint_name}-*"
        )

    @property
    def _roll_back_alarm_arns(self) -> list[str]:
        return [
            self._alarm_arn(f"{run_names.roll_back_alarm_prefix(name)}*")
            for name in (self.endpoint_name, f"{self.endpoint_name}-*")
        ]

    @property
    def _alarm_arns(self) -> list[str]:
        """Of the endpoints besides the first one, whose alarms are the stack's."""
        kinds = (run_names.ERRORS, run_names.LATENCY, run_names.UNAPPROVED)
        return [self._alarm_arn(run_names.alarm(f"{self.endpoint_name}-*", kind)) for kind in kinds]

    def _alarm_arn(self, name: str) -> str:
        return Stack.of(self).format_arn(
            service="cloudwatch", resource="alarm", resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
