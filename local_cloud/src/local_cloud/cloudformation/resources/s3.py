"""AWS::S3::Bucket and BucketPolicy."""

import json
import re
from typing import Any

from local_cloud.cloudformation.errors import ResourceFailure
from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, tag_list
from local_cloud.kernel.services import backends


def _create_bucket(context: Context, properties: Properties) -> Made:
    client = context.client("s3")
    name = properties.get("BucketName") or context.generated_name(most=63).lower()
    request: dict[str, Any] = {"Bucket": name}
    if "AccessControl" in properties:
        # CloudFormation spells PublicReadWrite what S3 spells public-read-write.
        request["ACL"] = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", properties["AccessControl"]).lower()
    if "OwnershipControls" in properties:
        # Access control lists need another rule than the default one at once.
        request["ObjectOwnership"] = properties["OwnershipControls"]["Rules"][0]["ObjectOwnership"]
    if context.region != "us-east-1":
        request["CreateBucketConfiguration"] = {"LocationConstraint": context.region}
    client.create_bucket(**request)
    return Made(physical_id=name, attributes=_configure(context, name, properties))


def _update_bucket(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    if old.get("Tags") and not new.get("Tags"):
        context.client("s3").delete_bucket_tagging(Bucket=physical_id)
    return _configure(context, physical_id, new)


def _configure(context: Context, name: str, properties: Properties) -> dict[str, Any]:
    client = context.client("s3")
    if "BucketEncryption" in properties:
        rules = [
            {
                "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
                "BucketKeyEnabled": rule.get("BucketKeyEnabled", False),
            }
            for rule in properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        ]
        client.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    if "VersioningConfiguration" in properties:
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration=properties["VersioningConfiguration"])
    if "PublicAccessBlockConfiguration" in properties:
        client.put_public_access_block(
            Bucket=name, PublicAccessBlockConfiguration=properties["PublicAccessBlockConfiguration"]
        )
    if "OwnershipControls" in properties:
        client.put_bucket_ownership_controls(Bucket=name, OwnershipControls=properties["OwnershipControls"])
    if "LifecycleConfiguration" in properties:
        client.put_bucket_lifecycle_configuration(
            Bucket=name,
            LifecycleConfiguration={
                "Rules": [_lifecycle(rule) for rule in properties["LifecycleConfiguration"]["Rules"]]
            },
        )
    if "LoggingConfiguration" in properties:
        logging = properties["LoggingConfiguration"]
        target = {
            "TargetBucket": logging.get("DestinationBucketName", name),
            "TargetPrefix": logging.get("LogFilePrefix", ""),
        }
        client.put_bucket_logging(Bucket=name, BucketLoggingStatus={"LoggingEnabled": target})
    if properties.get("Tags"):
        client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tag_list(properties)})
    return _attributes(context, name)


def _attributes(context: Context, name: str) -> dict[str, Any]:
    return {
        "Arn": f"arn:aws:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{context.region}.amazonaws.com",
    }


def _adopt_bucket(context: Context, physical_id: str) -> dict[str, Any]:
    context.client("s3").get_bucket_versioning(Bucket=physical_id)
    return _attributes(context, physical_id)


_LIFECYCLE = frozenset(
    {
        "AbortIncompleteMultipartUpload",
        "ExpirationInDays",
        "ExpiredObjectDeleteMarker",
        "Id",
        "NoncurrentVersionExpiration",
        "Prefix",
        "Status",
    }
)


def _lifecycle(rule: Properties) -> dict[str, Any]:
    if lost := sorted(rule.keys() - _LIFECYCLE):
        raise ResourceFailure(f"the local cloud does not emulate {', '.join(lost)} of a bucket's lifecycle rule")
    result: dict[str, Any] = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "Id" in rule:
        result["ID"] = rule["Id"]
    if "ExpirationInDays" in rule:
        result["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    if "ExpiredObjectDeleteMarker" in rule:
        # S3 refuses both in one rule.
        marker = str(rule["ExpiredObjectDeleteMarker"]).lower() == "true"
        result.setdefault("Expiration", {})["ExpiredObjectDeleteMarker"] = marker
    if "NoncurrentVersionExpiration" in rule:
        result["NoncurrentVersionExpiration"] = rule["NoncurrentVersionExpiration"]
    if "AbortIncompleteMultipartUpload" in rule:
        result["AbortIncompleteMultipartUpload"] = rule["AbortIncompleteMultipartUpload"]
    return result


def _delete_bucket(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("s3").delete_bucket(Bucket=physical_id)


def _put_policy(context: Context, properties: Properties) -> Made:
    context.client("s3").put_bucket_policy(Bucket=properties["Bucket"], Policy=json.dumps(properties["PolicyDocument"]))
    return Made(physical_id=properties["Bucket"])


def _update_policy(context: Context, _physical_id: str, _old: Properties, new: Properties) -> dict[str, Any]:
    return _put_policy(context, new).attributes


def _delete_policy(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("s3").delete_bucket_policy(Bucket=physical_id)


def _is_taken(_context: Context, properties: Properties) -> bool:
    # S3 in us-east-1 answers the owner of a bucket as if it had made it. A name is taken in every account.
    return properties["BucketName"] in backends("s3").bucket_accounts


def _has_policy(context: Context, properties: Properties) -> bool:
    bucket = backends("s3")[context.account_id]["aws"].buckets.get(properties["Bucket"])
    return bucket is not None and bucket.policy is not None


register(
    ResourceType(
        name="AWS::S3::Bucket",
        properties=frozenset(
            {
                "AccessControl",
                "BucketName",
                "BucketEncryption",
                "VersioningConfiguration",
                "PublicAccessBlockConfiguration",
                "OwnershipControls",
                "LifecycleConfiguration",
                "LoggingConfiguration",
                "Tags",
            }
        ),
        create_only=frozenset({"BucketName"}),
        named="BucketName",
        taken=_is_taken,
        words="{name} already exists",
        create=_create_bucket,
        update=_update_bucket,
        delete=_delete_bucket,
        identifier="BucketName",
        adopt=_adopt_bucket,
    )
)
register(
    ResourceType(
        name="AWS::S3::BucketPolicy",
        properties=frozenset({"Bucket", "PolicyDocument"}),
        create_only=frozenset({"Bucket"}),
        named="Bucket",
        taken=_has_policy,
        words="The bucket policy already exists on bucket {name}.",
        create=_put_policy,
        update=_update_policy,
        delete=_delete_policy,
    )
)
