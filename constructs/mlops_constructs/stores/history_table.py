"""Defines the table that keeps what happened: tuning, evaluations, decisions, deployments, failures. Rows stay."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from mlops_constructs.security.acknowledge import acknowledge
from mlops_constructs.security.key_grants import grant_table_key


class HistoryTable(Construct):
    """Define an on-demand table: ``pk`` is kind and subject, ``sk`` begins with the time.

    Nobody is granted UpdateItem or DeleteItem, and writers use a condition that keeps a row that is there.
    """

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self._key = key
        self.table = dynamodb.Table(
            self,
            "Resource",
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="sk", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=RemovalPolicy.RETAIN,
        )

        acknowledge(
            self.table,
            "NIST.800.53.R5-DynamoDBInBackupPlan",
            reason="rows are only ever appended, no role may change or delete one, and point-in-time recovery is on",
        )

    def grant_append(self, grantee: iam.IGrantable) -> None:
        """Allow to append rows."""
        grant_table_key(self._key, grantee)
        self.table.grant(grantee, "dynamodb:PutItem")

    def grant_query(self, grantee: iam.IGrantable) -> None:
        """Allow to read rows."""
        grant_table_key(self._key, grantee)
        self.table.grant(grantee, "dynamodb:Query")
