"""Defines the table that keeps leases and each model's last success."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct


class StateTable(Construct):
    """Define an on-demand table with the partition key ``pk``: ``lease#...`` and ``model#...`` items."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self._key = key
        self.table = dynamodb.Table(
            self,
            "Resource",
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=RemovalPolicy.RETAIN,
        )

    def grant_leases(self, grantee: iam.IGrantable) -> None:
        """Allow to take and release leases, and all that `grant_items` allows."""
        self.grant_items(grantee)
        self.table.grant(grantee, "dynamodb:DeleteItem")

    def grant_requests(self, grantee: iam.IGrantable) -> None:
        """Allow to ask a lease's owner to look again, and to see that somebody asked."""
        self.table.grant(grantee, "dynamodb:UpdateItem")

    def grant_items(self, grantee: iam.IGrantable) -> None:
        """Allow to read and to replace single items.

        DynamoDB uses the table's key on behalf of the caller:
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
        """
        self._key.grant_encrypt_decrypt(grantee)
        self.table.grant(grantee, "dynamodb:GetItem", "dynamodb:PutItem")

    def grant_batch_read(self, grantee: iam.IGrantable) -> None:
        """Allow to read many items in one call."""
        self._key.grant_decrypt(grantee)
        self.table.grant(grantee, "dynamodb:BatchGetItem")
