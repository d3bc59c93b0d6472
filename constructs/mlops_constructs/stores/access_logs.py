"""Defines where a bucket's access logs go."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_constructs.security.acknowledge import acknowledge

_KEPT = Duration.days(180)


def access_logs(scope: Construct, construct_id: str, *, bucket_name: str | None = None) -> s3.Bucket:
    """Define a bucket for S3's access logs of another one, which expire after half a year.

    Args:
        scope: parent.
        construct_id: id.
        bucket_name: physical name, CloudFormation's own when None.
    """
    bucket = s3.Bucket(
        scope,
        construct_id,
        bucket_name=bucket_name,
        encryption=s3.BucketEncryption.S3_MANAGED,
        versioned=True,
        enforce_ssl=True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        # Kept, except by a creation that fails: the next try needs the name.
        removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        lifecycle_rules=[
            s3.LifecycleRule(
                id="expire",
                expiration=_KEPT,
                noncurrent_version_expiration=Duration.days(1),
                abort_incomplete_multipart_upload_after=Duration.days(7),
            ),
            # S3 takes no days beside it.
            s3.LifecycleRule(id="forget-markers", expired_object_delete_marker=True),
        ],
    )
    acknowledge(
        bucket,
        "NIST.800.53.R5-S3DefaultEncryptionKMS",
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
        reason="S3 delivers access logs only to a bucket that is encrypted with S3's own keys",
    )
    acknowledge(
        bucket,
        "NIST.800.53.R5-S3BucketReplicationEnabled",
        reason="access logs are delivered on a best-effort basis; a copy would be no better record than they are",
    )
    return bucket
