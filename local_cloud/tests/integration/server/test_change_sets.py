"""What change sets ask for besides their template: tags, capabilities, and what becomes of a stack that fails.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html: OnStackFailure
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.server import stacks
from integration.server.test_restart import CODE, INNER, RESOURCES, STACK, _code
from local_cloud.cloudformation import registry
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT

TAGGED = [name for name, (kind, _) in RESOURCES.items() if "Tags" in registry.TYPES[kind].properties]
Ask = Callable[[Callable[[str], Any], dict[str, str]], Any]


def _network(client: Callable[[str], Any], resource: str) -> Any:
    return client("ec2").describe_tags(Filters=[{"Name": "resource-id", "Values": [resource]}])["Tags"]


# Logical id: its tags, in any of the services' forms.
ASK: dict[str, Ask] = {
    "Alarm": lambda client, _: client("cloudwatch").list_tags_for_resource(
        ResourceARN=f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:a"
    )["Tags"],
    "Code": lambda client, _: client("codecommit").list_tags_for_resource(
        resourceArn=f"arn:aws:codecommit:us-east-1:{ACCOUNT}:code"
    )["tags"],
    "NewConnection": lambda client, ids: client("codeconnections").list_tags_for_resource(
        ResourceArn=ids["NewConnection"]
    )["Tags"],
    "OldConnection": lambda client, ids: client("codestar-connections").list_tags_for_resource(
        ResourceArn=ids["OldConnection"]
    )["Tags"],
    "Project": lambda client, _: client("codebuild").batch_get_projects(names=["project"])["projects"][0]["tags"],
    "Pipeline": lambda client, _: client("codepipeline").list_tags_for_resource(
        resourceArn=f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:p"
    )["tags"],
    "Table": lambda client, _: client("dynamodb").list_tags_of_resource(
        ResourceArn=f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/t"
    )["Tags"],
    "Vpc": lambda client, ids: _network(client, ids["Vpc"]),
    "Subnet": lambda client, ids: _network(client, ids["Subnet"]),
    "RouteTable": lambda client, ids: _network(client, ids["RouteTable"]),
    "Group": lambda client, ids: _network(client, ids["Group"]),
    "Endpoint": lambda client, ids: _network(client, ids["Endpoint"]),
    "FlowLog": lambda client, ids: _network(client, ids["FlowLog"]),
    "Repository": lambda client, _: client("ecr").list_tags_for_resource(
        resourceArn=f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/repository"
    )["tags"],
    "Rule": lambda client, _: client("events").list_tags_for_resource(
        ResourceARN=f"arn:aws:events:us-east-1:{ACCOUNT}:rule/r"
    )["Tags"],
    "Connection": lambda client, _: client("glue").get_tags(
        ResourceArn=f"arn:aws:glue:us-east-1:{ACCOUNT}:connection/c"
    )["Tags"],
    "Job": lambda client, _: client("glue").get_tags(ResourceArn=f"arn:aws:glue:us-east-1:{ACCOUNT}:job/j")["Tags"],
    "Role": lambda client, _: client("iam").list_role_tags(RoleName="r")["Tags"],
    "Issuer": lambda client, ids: client("iam").list_open_id_connect_provider_tags(
        OpenIDConnectProviderArn=ids["Issuer"]
    )["Tags"],
    "Key": lambda client, ids: client("kms").list_resource_tags(KeyId=ids["Key"])["Tags"],
    "Function": lambda client, _: client("lambda").list_tags(Resource=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f")[
        "Tags"
    ],
    "Provider": lambda client, _: client("lambda").list_tags(
        Resource=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:provider"
    )["Tags"],
    "Inner": lambda client, ids: client("cloudformation").describe_stacks(StackName=ids["Inner"])["Stacks"][0]["Tags"],
    "LogGroup": lambda client, _: client("logs").list_tags_log_group(logGroupName="l")["tags"],
    "Bucket": lambda client, _: client("s3").get_bucket_tagging(Bucket="bucket-of-everything")["TagSet"],
    "Topic": lambda client, ids: client("sns").list_tags_for_resource(ResourceArn=ids["Topic"])["Tags"],
    "Queue": lambda client, ids: client("sqs").list_queue_tags(QueueUrl=ids["Queue"]).get("Tags", {}),
    "Parameter": lambda client, _: client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId="/p")[
        "TagList"
    ],
    "Packages": lambda client, ids: client("sagemaker").list_tags(ResourceArn=ids["Packages"])["Tags"],
    "ScheduleGroup": lambda client, _: client("scheduler").list_tags_for_resource(
        ResourceArn=f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule-group/g"
    )["Tags"],
    "Secret": lambda client, ids: client("secretsmanager").describe_secret(SecretId=ids["Secret"])["Tags"],
    "Machine": lambda client, ids: client("stepfunctions").list_tags_for_resource(resourceArn=ids["Machine"])["tags"],
}


def _template(name: str) -> str:
    good = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}
    bad = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "no name"}, "DependsOn": "Good"}
    return json.dumps({"Resources": {"Good": good, "Bad": bad}})


def _fail(cloud: RunningCloud, name: str, wish: str | None, **execution: Any) -> tuple[str, bool]:
    """The stack's final status, and whether the resource is there that could be made."""
    client = cloud.client("cloudformation", ACCOUNT)
    more = {"OnStackFailure": wish} if wish else {}
    made = client.create_change_set(
        StackName=name, ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=_template(name), **more
    )
    assert client.describe_change_set(ChangeSetName=made["Id"]).get("OnStackFailure") == wish
    client.execute_change_set(ChangeSetName=made["Id"], **execution)
    status = stacks.settled(cloud, made["StackId"])
    queues = cloud.client("sqs", ACCOUNT).list_queues(QueueNamePrefix=name).get("QueueUrls", [])
    return status, bool(queues)


@pytest.mark.parametrize(
    ("wish", "status", "is_kept"),
    [
        (None, "ROLLBACK_COMPLETE", False),
        ("ROLLBACK", "ROLLBACK_COMPLETE", False),
        ("DO_NOTHING", "CREATE_FAILED", True),
        ("DELETE", "DELETE_COMPLETE", False),
    ],
)
def test_a_creation_that_fails_ends_as_it_was_wanted(
    cloud: RunningCloud, wish: str | None, status: str, is_kept: bool
) -> None:
    assert _fail(cloud, f"fails-{wish}".lower().replace("_", "-"), wish) == (status, is_kept)


def test_it_is_said_once_what_becomes_of_it(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError, match="DisableRollback"):
        _fail(cloud, "twice", "ROLLBACK", DisableRollback=True)


def test_an_update_deletes_no_stack(cloud: RunningCloud) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "updated"}}
    assert stacks.deploy(cloud, "updated", {"Good": queue}, create=True) == "CREATE_COMPLETE"

    with pytest.raises(ClientError, match="ChangeSetType CREATE"):
        cloud.client("cloudformation", ACCOUNT).create_change_set(
            StackName="updated",
            ChangeSetName="c",
            ChangeSetType="UPDATE",
            TemplateBody=_template("updated"),
            OnStackFailure="DELETE",
        )


@pytest.fixture(scope="module")
def everything(cloud: RunningCloud) -> dict[str, str]:
    """A stack with a resource of every type, deployed with tags and once more with others; ids by logical id."""
    s3 = cloud.client("s3", ACCOUNT)
    s3.create_bucket(Bucket=CODE)
    s3.put_object(Bucket=CODE, Key="f.zip", Body=_code())
    s3.put_object(Bucket=CODE, Key="inner.json", Body=INNER)
    assert _tag(cloud, {"stays": "1", "goes": "1", "k": "stack"}, kind="CREATE") == "CREATE_COMPLETE"
    found = cloud.client("cloudformation", ACCOUNT).describe_stack_resources(StackName=STACK)["StackResources"]
    return {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in found}


def _tag(cloud: RunningCloud, tags: dict[str, str], *, kind: str = "UPDATE") -> str:
    """Deploy what does not change but for the tags of the stack; its final status, or that of the change set."""
    client = cloud.client("cloudformation", ACCOUNT)
    template = {name: {"Type": kind, "Properties": properties} for name, (kind, properties) in RESOURCES.items()}
    made = client.create_change_set(
        StackName=STACK,
        ChangeSetName="tags",
        ChangeSetType=kind,
        TemplateBody=json.dumps({"Resources": template}),
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    told = client.describe_change_set(ChangeSetName=made["Id"])
    if told["Status"] == "FAILED":
        return str(told["StatusReason"])
    if kind == "UPDATE":
        changed = {
            change["ResourceChange"]["LogicalResourceId"]: [
                detail["Target"]["Name"] for detail in change["ResourceChange"]["Details"]
            ]
            for change in told["Changes"]
        }
        assert changed == {name: ["Tags"] for name in TAGGED}
    client.execute_change_set(ChangeSetName=made["Id"])
    return stacks.settled(cloud, STACK)


def _tags(cloud: RunningCloud, ids: dict[str, str], name: str) -> dict[str, str]:
    found = ASK[name](lambda service: cloud.client(service, ACCOUNT), ids)
    if isinstance(found, dict):
        return found
    lowered = [{key.lower().removeprefix("tag"): value for key, value in tag.items()} for tag in found]
    return {tag["key"]: tag["value"] for tag in lowered}


def test_the_tags_of_a_stack_are_those_of_its_resources(cloud: RunningCloud, everything: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-resource-tags.html."""
    first = {"stays": "1", "goes": "1", "k": "stack"}
    own = {name: "Tags" in RESOURCES[name][1] for name in TAGGED}

    def expected(tags: dict[str, str]) -> dict[str, dict[str, str]]:
        # A resource's own tag wins.
        return {name: {**tags, "k": "v"} if own[name] else tags for name in TAGGED}

    assert {name: _tags(cloud, everything, name) for name in TAGGED} == expected(first)
    assert _tag(cloud, first).startswith("The submitted information didn't contain changes.")

    second = {"stays": "2", "comes": "2"}
    assert _tag(cloud, second) == "UPDATE_COMPLETE", stacks.reasons(cloud, STACK)
    assert {name: _tags(cloud, everything, name) for name in TAGGED} == expected(second)
    assert _tag(cloud, {}) == "UPDATE_COMPLETE", stacks.reasons(cloud, STACK)
    assert {name: _tags(cloud, everything, name) for name in TAGGED if name != "Bucket"} == {
        name: tags for name, tags in expected({}).items() if name != "Bucket"
    }
    with pytest.raises(ClientError, match="NoSuchTagSet"):
        _tags(cloud, everything, "Bucket")


ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
NAMED = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "named", "AssumeRolePolicyDocument": {}}}
QUEUE: dict[str, Any] = {"Type": "AWS::SQS::Queue", "Properties": {}}


@pytest.mark.parametrize(
    ("resource", "given", "missing"),
    [
        (QUEUE, [], None),
        (ROLE, [], "CAPABILITY_IAM"),
        (ROLE, ["CAPABILITY_AUTO_EXPAND"], "CAPABILITY_IAM"),
        (ROLE, ["CAPABILITY_IAM"], None),
        (ROLE, ["CAPABILITY_NAMED_IAM"], None),
        (NAMED, ["CAPABILITY_IAM"], "CAPABILITY_NAMED_IAM"),
        (NAMED, ["CAPABILITY_NAMED_IAM"], None),
        # As the CDK's command does.
        (NAMED, ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"], None),
    ],
)
def test_what_a_template_makes_of_identities_is_agreed_to(
    cloud: RunningCloud, resource: dict[str, Any], given: list[str], missing: str | None
) -> None:
    client = cloud.client("cloudformation", ACCOUNT)
    body = json.dumps({"Resources": {"Thing": resource}})
    asked = {"StackName": "agreed", "ChangeSetName": "c", "ChangeSetType": "CREATE", "TemplateBody": body}
    if missing is None:
        assert client.create_change_set(**asked, Capabilities=given)["Id"]
        return
    with pytest.raises(ClientError) as refused:
        client.create_change_set(**asked, Capabilities=given)

    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == (
        "InsufficientCapabilitiesException",
        f"Requires capabilities : [{missing}]",
    )


def test_a_stack_within_another_one_has_no_more_capabilities(cloud: RunningCloud) -> None:
    s3, client = cloud.client("s3", ACCOUNT), cloud.client("cloudformation", ACCOUNT)
    s3.create_bucket(Bucket="inner-role")
    s3.put_object(Bucket="inner-role", Key="inner.json", Body=json.dumps({"Resources": {"Role": ROLE}}))
    url = "https://s3.us-east-1.amazonaws.com/inner-role/inner.json"
    inner = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
    body = json.dumps({"Resources": {"Inner": inner}})
    made = client.create_change_set(
        StackName="outer-role", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=body
    )
    client.execute_change_set(ChangeSetName=made["Id"])

    assert stacks.settled(cloud, made["StackId"]) == "ROLLBACK_COMPLETE"
    assert "Requires capabilities : [CAPABILITY_IAM]" in stacks.reasons(cloud, "outer-role")


def test_a_template_is_validated_without_its_parameters(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", ACCOUNT)
    crawler = {"Type": "AWS::Glue::Crawler"}

    def validate(resource: dict[str, Any]) -> None:
        never = {"Never": {"Fn::Equals": ["a", "b"]}}
        client.validate_template(TemplateBody=json.dumps({"Conditions": never, "Resources": {"Resource": resource}}))

    validate({**crawler, "Condition": "Never"})
    with pytest.raises(ClientError, match=r"NotEmulated.*the resource type AWS::Glue::Crawler \(Resource\)"):
        validate(crawler)
    with pytest.raises(ClientError, match=r"ValidationError.*Unrecognized resource types: \[Crawler\]"):
        validate({"Type": "Crawler"})
