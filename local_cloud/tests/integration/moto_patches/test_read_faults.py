"""Reads that unpatched moto still answers wrongly, or not at all, mostly of nothing; where one is mended, drop its patch."""

import json

import pytest

from integration.moto_patches.probes import moto

_QUESTIONS = """
    import json
    import boto3
    from moto import mock_aws

    keys, answers = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}, {}

    def ask(name, service, call, **given):
        try:
            found = getattr(boto3.client(service, **keys), call)(**given)
            answers[name] = sorted(found.keys() - {"ResponseMetadata"})
        except Exception as error:
            answers[name] = type(error).__name__

    with mock_aws():
        boto3.client("s3", **keys).create_bucket(Bucket="bucket")
        ask("payers", "s3", "get_bucket_request_payment", Bucket="bucket")
        ask("indexes of missing tables", "glue", "get_partition_indexes", DatabaseName="none", TableName="none")
        ask("filters of missing groups", "logs", "describe_metric_filters", logGroupName="none")
        ask("profiles of missing roles", "iam", "list_instance_profiles_for_role", RoleName="none")
        ask("validations", "stepfunctions", "validate_state_machine_definition", definition="{}")
        ask("streams into Kinesis", "dynamodb", "describe_kinesis_streaming_destination", TableName="none")
        ask("insights", "dynamodb", "describe_contributor_insights", TableName="none")
        ask("tags of targets", "application-autoscaling", "list_tags_for_resource", ResourceARN="none")
        targets = boto3.client("application-autoscaling", **keys)
        kind = {"ServiceNamespace": "dynamodb", "ScalableDimension": "dynamodb:table:ReadCapacityUnits"}
        for number in range(3):
            targets.register_scalable_target(**kind, ResourceId=f"table/{number}", MinCapacity=1, MaxCapacity=2)
        page, places = {}, []
        for _ in range(3):
            given = {"NextToken": page["NextToken"]} if "NextToken" in page else {}
            page = targets.describe_scalable_targets(ServiceNamespace="dynamodb", MaxResults=1, **given)
            places += [target["ResourceId"] for target in page["ScalableTargets"]]
        answers["pages of targets"] = places
    print(json.dumps(answers))
"""
_SAID = {
    "payers": [],
    "indexes of missing tables": ["PartitionIndexDescriptorList"],
    "filters of missing groups": ["metricFilters"],
    "profiles of missing roles": ["InstanceProfiles"],
    "validations": "NotImplementedError",
    "streams into Kinesis": "NotImplementedError",
    "insights": "NotImplementedError",
    "tags of targets": "NotImplementedError",
    # The third one never comes.
    "pages of targets": ["table/0", "table/1", "table/1"],
}


@pytest.fixture(scope="module")
def answers() -> dict[str, object]:
    return dict(json.loads(moto(_QUESTIONS)))


@pytest.mark.parametrize("fault", _SAID)
def test_moto_still_has_the_fault(answers: dict[str, object], fault: str) -> None:
    assert answers[fault] == _SAID[fault]


def test_each_answer_is_looked_at(answers: dict[str, object]) -> None:
    assert answers.keys() == _SAID.keys()
