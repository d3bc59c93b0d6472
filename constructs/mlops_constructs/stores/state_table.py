"""Defines the table that keeps leases, each model's last success, and what is known of its inputs."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from contract import keys as kinds
from mlops_constructs.security.acknowledge import acknowledge
from mlops_constructs.security.key_grants import grant_table_key


class StateTable(Construct):
    """Define an on-demand table with the partition key ``pk``: items by `contract.keys`."""

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

        acknowledge(
            self.table,
            "NIST.800.53.R5-DynamoDBInBackupPlan",
            reason="leases and last successes are worth nothing when old; point-in-time recovery covers 35 days",
        )

    def grant_leases(self, grantee: iam.IGrantable) -> None:
        """Allow to take and release leases, and all that `grant_items` allows."""
        self.grant_items(grantee)
        self.table.grant(grantee, "dynamodb:DeleteItem")

    def grant_requests(self, grantee: iam.IGrantable) -> None:
        """Allow to ask a lease's owner to look again, and to see that somebody asked."""
        self.table.grant(grantee, "dynamodb:UpdateItem")

    def grant_items(self, grantee: iam.IGrantable) -> None:
        """Allow to read and to replace single items."""
        grant_table_key(self._key, grantee)
        self.table.grant(grantee, "dynamodb:GetItem", "dynamodb:PutItem")

    def grant_item_updates(self, grantee: iam.IGrantable, key: str) -> None:
        """Allow to change members of one item in place, to whoever may do what `grant_items` allows."""
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["dynamodb:UpdateItem"],
                resources=[self.table.table_arn],
                conditions={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [key]}},
            )
        )

    def grant_read_items(self, grantee: iam.IGrantable, keys: Sequence[str]) -> None:
        """Allow to read some items.

        Args:
            grantee: who reads.
            keys: of the items; ``*`` stands for any characters.

        Reference: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
        """
        for statement in (
            iam.PolicyStatement(
                actions=["dynamodb:GetItem"],
                resources=[self.table.table_arn],
                conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(keys)}},
            ),
            iam.PolicyStatement(
                actions=["kms:Decrypt"],
                resources=[self._key.key_arn],
                conditions={"StringEquals": {"kms:ViaService": f"dynamodb.{Stack.of(self).region}.amazonaws.com"}},
            ),
        ):
            grantee.grant_principal.add_to_principal_policy(statement)

    def grant_looks(self, grantee: iam.IGrantable) -> None:
        """Allow to read each model's last success, and to read and replace what is known of its inputs.

        Reference: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
        """
        grant_table_key(self._key, grantee)
        for action, patterns in (
            ("dynamodb:GetItem", [kinds.MODEL.pattern, kinds.INPUTS.pattern]),
            ("dynamodb:PutItem", [kinds.INPUTS.pattern]),
        ):
            grantee.grant_principal.add_to_principal_policy(
                iam.PolicyStatement(
                    actions=[action],
                    resources=[self.table.table_arn],
                    conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": patterns}},
                )
            )

    def grant_batch_read(self, grantee: iam.IGrantable) -> None:
        """Allow to read many items in one call."""
        self._key.grant_decrypt(grantee)
        self.table.grant(grantee, "dynamodb:BatchGetItem")
