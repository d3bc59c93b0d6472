"""Defines the account's artifact bucket and the key that encrypts it."""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from contract.prefixes import CHECKPOINTS_PREFIX, DEPLOYMENTS_PREFIX, EXTRACTS_PREFIX, RUNS_PREFIX
from mlops_constructs.security.acknowledge import acknowledge, acknowledge_patterns
from mlops_constructs.security.key_grants import grant_data_keys, let_logs_use
from mlops_constructs.stores.access_logs import access_logs

_EXPIRING = (
    ("expire-runs", RUNS_PREFIX),
    ("expire-extracts", EXTRACTS_PREFIX),
    ("expire-checkpoints", CHECKPOINTS_PREFIX),
)


class ArtifactStore(Construct):
    """Define a versioned, TLS-only bucket under a customer-managed key; both outlive the stack.

    Args:
        scope: parent.
        construct_id: id.
        bucket_name: physical name, because other accounts name the bucket in their policies.
        access_logs_name: physical name of the bucket that keeps its access logs.
        expire_runs_after: age at which the data of old runs is deleted.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bucket_name: str,
        access_logs_name: str,
        expire_runs_after: Duration,
    ) -> None:
        super().__init__(scope, construct_id)
        self.key = kms.Key(
            self, "Key", description="Perennial's data", enable_key_rotation=True, removal_policy=RemovalPolicy.RETAIN
        )
        let_logs_use(self.key)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            bucket_name=bucket_name,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            bucket_key_enabled=True,
            versioned=True,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            server_access_logs_bucket=access_logs(self, "AccessLogs", bucket_name=access_logs_name),
            # Kept, except by a creation that fails: the next try needs the name, and S3 deletes no bucket with objects.
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
            lifecycle_rules=[
                *(
                    s3.LifecycleRule(
                        id=name,
                        prefix=prefix,
                        expiration=expire_runs_after,
                        # What expires or is deleted in a versioned bucket stays as an old version until this.
                        noncurrent_version_expiration=expire_runs_after,
                    )
                    for name, prefix in _EXPIRING
                ),
                s3.LifecycleRule(
                    id="forget-deployments",
                    prefix=DEPLOYMENTS_PREFIX,
                    noncurrent_version_expiration=expire_runs_after,
                ),
                s3.LifecycleRule(
                    # Of the whole bucket. No newest version goes by it, so nothing that serves or is registered; what
                    # people replaced or deleted of raw data, models and evaluations can be had back for a year.
                    id="forget-what-is-gone",
                    noncurrent_version_expiration=Duration.days(365),
                    # A deletion leaves a marker, which makes listings slower for as long as it stays.
                    expired_object_delete_marker=True,
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                ),
            ],
        )

        acknowledge(
            self.bucket,
            "NIST.800.53.R5-S3BucketReplicationEnabled",
            reason="versions are kept; what a lost Region takes is made anew elsewhere from the sources by retraining",
        )

    def grant_read(self, grantee: iam.IGrantable, prefix: str) -> None:
        """Allow to read below a prefix."""
        self._grant(grantee, prefix, ["s3:GetObject"])
        self.key.grant_decrypt(grantee)

    def grant_read_objects(self, grantee: iam.IGrantable, pattern: str) -> None:
        """Allow to read the objects whose keys match a pattern, and to list nothing."""
        objects = self.bucket.arn_for_objects(pattern)
        iam.Grant.add_to_principal(grantee=grantee, actions=["s3:GetObject"], resource_arns=[objects])
        acknowledge_patterns(grantee, [objects], reason=f"{pattern}: a deployment is named at run time")
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt"],
                resources=[self.key.key_arn],
                conditions={"StringEquals": {"kms:ViaService": f"s3.{Stack.of(self).region}.amazonaws.com"}},
            )
        )

    def grant_write(self, grantee: iam.IGrantable, prefix: str) -> None:
        """Allow to write and replace below a prefix."""
        self._grant(grantee, prefix, ["s3:PutObject", "s3:AbortMultipartUpload"])
        grant_data_keys(self.key, grantee)

    def grant_delete(self, grantee: iam.IGrantable, prefix: str) -> None:
        """Allow to delete below a prefix; old versions stay."""
        self._grant(grantee, prefix, ["s3:DeleteObject"])

    def grant_list(self, grantee: iam.IGrantable, prefix: str) -> None:
        """Allow to list what is below a prefix."""
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["s3:ListBucket"],
                resources=[self.bucket.bucket_arn],
                conditions={"StringLike": {"s3:prefix": f"{prefix}*"}},
            )
        )

    def allow_read_from(self, role_arns: Sequence[str], *, prefixes: Sequence[str]) -> None:
        """Let roles of other accounts read below some prefixes, and nothing else.

        The roles may not exist yet, which a policy that names them would not survive; so their accounts are the
        principals, and a condition names the roles.

        Args:
            role_arns: who may read.
            prefixes: what.
        """
        conditions = {"ArnEquals": {"aws:PrincipalArn": list(role_arns)}}
        principals = [
            iam.AccountPrincipal(account_id) for account_id in sorted({arn.split(":")[4] for arn in role_arns})
        ]
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="ReadFromOtherAccounts",
                principals=list(principals),
                actions=["s3:GetObject"],
                resources=[self.bucket.arn_for_objects(f"{prefix}*") for prefix in prefixes],
                conditions=conditions,
            )
        )
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="DecryptFromOtherAccounts",
                principals=list(principals),
                actions=["kms:Decrypt"],
                resources=["*"],
                conditions=conditions,
            )
        )

    def _grant(self, grantee: iam.IGrantable, prefix: str, actions: list[str]) -> None:
        objects = self.bucket.arn_for_objects(f"{prefix}*")
        iam.Grant.add_to_principal(grantee=grantee, actions=actions, resource_arns=[objects])
        acknowledge_patterns(
            grantee, [objects], reason=f"objects below {prefix} are named at run time, by run, model or deployment"
        )
