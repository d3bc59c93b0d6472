"""Grants on a key that name each operation; CDK's own use the patterns kms:GenerateDataKey* and kms:ReEncrypt*."""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms


def grant_data_keys(key: kms.IKey, grantee: iam.IGrantable) -> None:
    """Allow to write what S3, SNS or SQS encrypts under data keys; a multipart upload also reads them back.

    Reference: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html and
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    """
    key.grant(grantee, "kms:GenerateDataKey", "kms:Decrypt")


def grant_table_key(key: kms.IKey, grantee: iam.IGrantable) -> None:
    """Allow DynamoDB to use a table's key on behalf of the caller.

    Reference: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
    """
    key.grant(
        grantee,
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    )


def let_logs_use(key: kms.Key) -> None:
    """Let CloudWatch Logs encrypt log groups of the key's own account.

    Reference: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    stack = Stack.of(key)
    groups = stack.format_arn(
        service="logs", resource="log-group", resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
    )
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="Logs",
            principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
            actions=["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            resources=["*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )
    )
