"""Defines where Glue's jobs write their logs: groups of the app's own, which end and are encrypted with its key.

Left to itself Glue makes ``/aws-glue/jobs/output`` and ``/aws-glue/jobs/error``, which all jobs of the account share,
and which keep everything for ever.
"""

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from mlops_constructs.security.acknowledge import acknowledge_patterns


class GlueLogs(Construct):
    """Define the two log groups that Glue 5 writes to below a prefix of one's own.

    Reference: https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html#monitor-logging-custom

    Args:
        scope: parent.
        construct_id: id.
        prefix: of the groups' names, which Glue ends with ``/output`` (the script's) and ``/error`` (Spark's).
        key: encrypts them.
    """

    def __init__(self, scope: Construct, construct_id: str, *, prefix: str, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self._prefix = prefix
        for kind in ("output", "error"):
            logs.LogGroup(
                self,
                kind.capitalize(),
                log_group_name=f"{prefix}/{kind}",
                retention=logs.RetentionDays.SIX_MONTHS,
                encryption_key=key,
                removal_policy=RemovalPolicy.DESTROY,
            )

    @property
    def arguments(self) -> dict[str, str]:
        """Default arguments of a job that logs there."""
        return {"--custom-logGroup-prefix": self._prefix}

    def grant_write(self, role: iam.IRole) -> None:
        """Allow a job's role to write its logs; Glue asks for the group too before it writes."""
        groups = Stack.of(self).format_arn(
            service="logs",
            resource="log-group",
            resource_name=f"{self._prefix}/*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        iam.Grant.add_to_principal(
            grantee=role,
            actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            resource_arns=[groups],
        )
        acknowledge_patterns(role, [groups], reason="Glue names the streams of its two groups after the run")
