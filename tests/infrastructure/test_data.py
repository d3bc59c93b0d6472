"""Data and notifications: encrypted, kept, and reachable for the services that write to them."""

from typing import Any

import pytest

from perennial.account import retained
from tests.infrastructure.templates import Template, actions, of_type

pytestmark = pytest.mark.security("permissions")


def _artifacts(template: Template) -> dict[str, Any]:
    (bucket,) = [item for item in of_type(template, "AWS::S3::Bucket") if "LoggingConfiguration" in item["Properties"]]
    return bucket


def test_data_is_encrypted_with_our_key_and_kept(each: Template) -> None:
    bucket = _artifacts(each)
    (key,) = of_type(each, "AWS::KMS::Key")
    tables = of_type(each, "AWS::DynamoDB::Table")
    (rule,) = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert "KMSMasterKeyID" in rule["ServerSideEncryptionByDefault"]
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert key["Properties"]["EnableKeyRotation"] is True
    assert len(tables) == 2
    for table in tables:
        assert table["Properties"]["SSESpecification"]["SSEType"] == "KMS"
        assert table["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert {item["DeletionPolicy"] for item in (key, *tables)} == {"Retain"}


def test_what_is_kept_stands_in_the_way_of_no_second_try(each: Template) -> None:
    # RetainExceptOnCreate: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
    policies: dict[str, set[str]] = {"Retain": set(), "RetainExceptOnCreate": set()}
    for name, resource in each["Resources"].items():
        if (policy := resource.get("DeletionPolicy", "Delete")) != "Delete":
            assert resource["UpdateReplacePolicy"] == "Retain", name
            policies[policy].add(resource["Type"])
            # A name of its own is taken for as long as the resource stays.
            named = {"BucketName", "TableName", "Name", "LogGroupName"} & set(resource["Properties"])
            assert bool(named) is (policy == "RetainExceptOnCreate"), name
    assert policies == {
        "Retain": {"AWS::KMS::Key", "AWS::DynamoDB::Table"},
        "RetainExceptOnCreate": {"AWS::S3::Bucket"},
    }
    # All of it can be had back.
    assert set().union(*policies.values()) == set(retained.IDENTIFIERS)


def test_the_history_is_sorted_by_run(each: Template) -> None:
    (history,) = [
        table for table in of_type(each, "AWS::DynamoDB::Table") if len(table["Properties"]["KeySchema"]) == 2
    ]
    assert [(item["AttributeName"], item["KeyType"]) for item in history["Properties"]["KeySchema"]] == [
        ("pk", "HASH"),
        ("sk", "RANGE"),
    ]


def test_buckets_topic_and_queue_refuse_plain_http(each: Template) -> None:
    for kind in ("AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"):
        for policy in of_type(each, kind):
            denied = [item for item in policy["Properties"]["PolicyDocument"]["Statement"] if item["Effect"] == "Deny"]
            assert {"Bool": {"aws:SecureTransport": "false"}} in [item["Condition"] for item in denied], kind


def test_nothing_of_the_buckets_is_public(each: Template) -> None:
    for bucket in of_type(each, "AWS::S3::Bucket"):
        assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}


def test_reads_and_writes_of_the_bucket_are_logged_in_one_that_only_s3_writes_to(each: Template) -> None:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    target = _artifacts(each)["Properties"]["LoggingConfiguration"]["DestinationBucketName"]["Ref"]
    (policy,) = [
        item for item in of_type(each, "AWS::S3::BucketPolicy") if item["Properties"]["Bucket"] == {"Ref": target}
    ]
    (allowed,) = [item for item in policy["Properties"]["PolicyDocument"]["Statement"] if item["Effect"] == "Allow"]
    assert (allowed["Principal"], allowed["Action"]) == ({"Service": "logging.s3.amazonaws.com"}, "s3:PutObject")
    assert set(allowed["Condition"]) == {"ArnLike", "StringEquals"}


def test_logs_are_encrypted_with_the_key_that_cloudwatch_may_use_for_them_only(each: Template) -> None:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    (key,) = of_type(each, "AWS::KMS::Key")
    groups = of_type(each, "AWS::Logs::LogGroup")
    assert groups
    assert all("KmsKeyId" in group["Properties"] for group in groups)
    (logs,) = [item for item in key["Properties"]["KeyPolicy"]["Statement"] if item.get("Sid") == "Logs"]
    assert logs["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    (pattern,) = logs["Condition"]["ArnLike"].values()
    assert pattern.startswith("arn:aws:logs:us-east-1:")
    assert pattern.endswith(":log-group:*")


def test_topic_and_queue_are_encrypted_with_the_key_that_their_writers_may_use(each: Template) -> None:
    (topic,) = of_type(each, "AWS::SNS::Topic")
    (queue,) = of_type(each, "AWS::SQS::Queue")
    (key,) = of_type(each, "AWS::KMS::Key")
    assert "KmsMasterKeyId" in topic["Properties"]
    assert "KmsMasterKeyId" in queue["Properties"]
    # Alarms publish and rules give up under their service's own name:
    # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    services: set[str] = set()
    for statement in key["Properties"]["KeyPolicy"]["Statement"]:
        if "Service" in statement["Principal"] and statement.get("Sid") != "Logs":
            assert {action.rstrip("*") for action in actions(statement)} == {"kms:Decrypt", "kms:GenerateDataKey"}
            named = statement["Principal"]["Service"]
            services |= {named} if isinstance(named, str) else set(named)
    assert services == {"cloudwatch.amazonaws.com", "events.amazonaws.com"}


def test_alarms_of_this_account_and_rules_may_publish(each: Template) -> None:
    (policy,) = of_type(each, "AWS::SNS::TopicPolicy")
    allowed = [item for item in policy["Properties"]["PolicyDocument"]["Statement"] if item["Effect"] == "Allow"]
    assert {item["Principal"]["Service"] for item in allowed} <= {"cloudwatch.amazonaws.com", "events.amazonaws.com"}
    (alarms,) = [item for item in allowed if item["Principal"] == {"Service": "cloudwatch.amazonaws.com"}]
    assert alarms["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_lost_triggers_are_kept_as_long_as_sqs_can(each: Template) -> None:
    (queue,) = of_type(each, "AWS::SQS::Queue")
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    assert queue["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_what_is_deleted_from_a_versioned_bucket_does_not_stay_for_ever(each: Template) -> None:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
    bucket = _artifacts(each)
    rules = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
    kept = {
        rule.get("Prefix"): rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
        for rule in rules
        if "NoncurrentVersionExpiration" in rule
    }
    # Only what is no object's newest version goes, so that nothing that is served or registered is touched; raw data,
    # models and evaluations, which people alone replace or delete, can be had back for longer.
    assert kept == {"runs/": 30, "extracts/": 30, "checkpoints/": 30, "deployments/": 30, None: 365}
    expiring = {rule["Prefix"] for rule in rules if "ExpirationInDays" in rule}
    # Deployments are removed by the workflow, models and evaluations are the registry's.
    assert expiring == {"runs/", "extracts/", "checkpoints/"}


def test_nothing_is_left_of_what_is_gone(each: Template) -> None:
    # A delete marker without versions goes by ExpiredObjectDeleteMarker, which stands in a rule without days:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configuration-examples.html#lifecycle-config-conceptual-ex7
    for bucket in of_type(each, "AWS::S3::Bucket"):
        rules = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
        (whole,) = [rule for rule in rules if rule.get("ExpiredObjectDeleteMarker")]
        assert "Prefix" not in whole
        assert "ExpirationInDays" not in whole
        assert [rule for rule in rules if "AbortIncompleteMultipartUpload" in rule and "Prefix" not in rule]


def test_every_log_group_ends_and_those_that_aws_would_make_are_there_before_it(
    stacks: dict[str, Template],
) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html and, for Glue's,
    # https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html#monitor-logging-custom
    for environment in ("sandbox", "qa", "prod"):
        groups = of_type(stacks[f"Perennial{environment.title()}"], "AWS::Logs::LogGroup")
        assert {group["Properties"]["RetentionInDays"] for group in groups} == {180}
        named = {group["Properties"].get("LogGroupName") for group in groups}
        assert f"/aws/sagemaker/Endpoints/perennial-{environment}" in named
        glue = {"/aws-glue/perennial/error", "/aws-glue/perennial/output"}
        assert named & glue == (glue if environment == "sandbox" else set())
