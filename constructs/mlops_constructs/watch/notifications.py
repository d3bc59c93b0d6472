"""Defines where failures and warnings are announced and where lost triggers are kept."""

from aws_cdk import Aws, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from mlops_constructs.security.acknowledge import acknowledge
from mlops_constructs.security.key_grants import grant_data_keys


class Notifications(Construct):
    """Define the topic that people subscribe to, and the queue of triggers that started nothing."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self._key = key
        self.topic = sns.Topic(self, "Topic", master_key=key, enforce_ssl=True)
        self.dead_letter_queue = sqs.Queue(
            self,
            "DeadLetterQueue",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        acknowledge(
            self.dead_letter_queue,
            "AwsSolutions-SQS3",
            reason="it is itself the dead-letter queue, of schedules, rules and the dispatcher",
        )
        # A topic policy of one's own replaces the default one, which lets the account's alarms in.
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="Alarms",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
        # Alarms publish and rules give up under their service's own name, so the key must know them.
        # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
        for service in ("cloudwatch.amazonaws.com", "events.amazonaws.com"):
            grant_data_keys(key, iam.ServicePrincipal(service))

    def grant_publish(self, grantee: iam.IGrantable) -> None:
        """Allow to announce something."""
        iam.Grant.add_to_principal(grantee=grantee, actions=["sns:Publish"], resource_arns=[self.topic.topic_arn])
        grant_data_keys(self._key, grantee)
