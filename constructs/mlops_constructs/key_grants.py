"""Grants on a key that name each operation; CDK's own use the patterns kms:GenerateDataKey* and kms:ReEncrypt*."""

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
