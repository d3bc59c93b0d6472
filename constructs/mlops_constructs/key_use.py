"""Grants on a key of whoever writes what it encrypts."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms


def grant_envelope(key: kms.IKey, grantee: iam.IGrantable) -> None:
    """Allow what envelope encryption takes: a data key to write with, and decryption.

    CDK's own grant_encrypt_decrypt adds kms:Encrypt and kms:ReEncrypt*, which S3, SNS and SQS never ask for. They
    decrypt as well as encrypt: a multipart upload reads back its parts, a data key is used again.

    References:
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#require-sse-kms
        https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    """
    key.grant(grantee, "kms:Decrypt", "kms:GenerateDataKey*")
