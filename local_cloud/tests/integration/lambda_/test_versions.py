"""Versions and aliases, as a client of AWS Lambda sees them.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.lambda_ import functions
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, OTHER, make_role
from local_cloud.testing.waiting import until

CODE = """
import os


def handler(event, context):
    return {
        "code": NUMBER,
        "colour": os.environ["COLOUR"],
        "version": context.function_version,
        "arn": context.invoked_function_arn,
        "stream": context.log_stream_name,
    }
"""


def _archive(number: int) -> bytes:
    return functions.archive({"index.py": CODE.replace("NUMBER", str(number))})


def _colour(colour: str) -> dict[str, Any]:
    return {"Environment": {"Variables": {"COLOUR": colour}}}


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    return cloud.client("lambda", ACCOUNT)


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    return make_role(cloud, "versions", [], trust={"Service": "lambda.amazonaws.com"})


@pytest.fixture
def name(client: Any, role: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A function that answers 1, red."""
    name = str(request.node.name)[:60].rstrip("_")
    client.create_function(
        FunctionName=name,
        Role=role,
        Runtime="python3.13",
        Handler="index.handler",
        Code={"ZipFile": _archive(1)},
        **_colour("red"),
    )
    yield name
    client.delete_function(FunctionName=name)


def _run(client: Any, name: str, qualifier: str | None = None) -> tuple[dict[str, Any], str]:
    """What it answers, and the version that ran."""
    answer = client.invoke(FunctionName=name, **({"Qualifier": qualifier} if qualifier else {}))
    return json.loads(answer["Payload"].read()), answer["ExecutedVersion"]


def test_a_version_runs_what_it_was_published_with_and_an_alias_what_it_points_to(client: Any, name: str) -> None:
    arn = client.get_function_configuration(FunctionName=name)["FunctionArn"]
    first = client.publish_version(FunctionName=name, Description="first")
    assert (first["Version"], first["FunctionArn"], first["Description"]) == ("1", f"{arn}:1", "first")
    alias = client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    assert (alias["AliasArn"], alias["FunctionVersion"]) == (f"{arn}:live", "1")

    client.update_function_code(FunctionName=name, ZipFile=_archive(2))
    client.update_function_configuration(FunctionName=name, **_colour("blue"))

    for qualifier, executed, expected in (
        ("1", "1", (1, "red")),
        ("live", "1", (1, "red")),
        (None, "$LATEST", (2, "blue")),
    ):
        said, ran = _run(client, name, qualifier)
        assert (said["code"], said["colour"]) == expected
        assert (ran, said["version"]) == (executed, executed)
        assert said["arn"] == (f"{arn}:{qualifier}" if qualifier else arn)
        assert f"[{executed}]" in said["stream"]

    second = client.publish_version(FunctionName=name)["Version"]
    client.update_alias(FunctionName=name, Name="live", FunctionVersion=second)
    assert _run(client, f"{name}:live")[0]["code"] == 2
    assert [item["Version"] for item in client.list_versions_by_function(FunctionName=name)["Versions"]] == [
        "$LATEST",
        "1",
        "2",
    ]
    described = client.get_function_configuration(FunctionName=name, Qualifier="live")
    assert (described["Version"], described["FunctionArn"]) == ("2", f"{arn}:live")
    assert client.get_function(FunctionName=arn, Qualifier="1")["Configuration"]["Environment"] == {
        "Variables": {"COLOUR": "red"}
    }


def test_what_did_not_change_is_published_once(client: Any, name: str) -> None:
    assert [client.publish_version(FunctionName=name)["Version"] for _ in range(2)] == ["1", "1"]
    same = client.update_function_code(FunctionName=name, ZipFile=_archive(1), Publish=True)
    assert same["Version"] == "1"
    changed = client.update_function_code(FunctionName=name, ZipFile=_archive(2), Publish=True)
    assert (changed["Version"], changed["FunctionArn"].rsplit(":", 1)[-1]) == ("2", "2")
    client.delete_function(FunctionName=name, Qualifier="2")
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html: no number is used twice.
    assert client.publish_version(FunctionName=name)["Version"] == "3"


def test_a_function_may_be_published_as_it_is_made(client: Any, role: str) -> None:
    rest = {"Role": role, "Runtime": "python3.13", "Handler": "index.handler", "Code": {"ZipFile": _archive(1)}}
    assert client.create_function(FunctionName="published", Publish=True, **rest, **_colour("red"))["Version"] == "1"
    assert _run(client, "published", "1")[1] == "1"


def test_what_is_not_there_does_not_run(client: Any, name: str) -> None:
    for qualifier in ("7", "nobody"):
        with pytest.raises(client.exceptions.ResourceNotFoundException, match=f"{name}:{qualifier}"):
            client.invoke(FunctionName=name, Qualifier=qualifier)
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.get_function(FunctionName=name, Qualifier=qualifier)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.create_alias(FunctionName=name, Name="live", FunctionVersion="7")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_alias(FunctionName=name, Name="live")
    # An event's own field is no qualifier.
    assert client.invoke(FunctionName=name, Payload=b'{"qualifier": "7"}')["ExecutedVersion"] == "$LATEST"


def test_aliases_are_kept_listed_and_deleted_and_keep_their_versions(client: Any, name: str) -> None:
    client.publish_version(FunctionName=name)
    for alias, version in (("b", "1"), ("a", "$LATEST")):
        client.create_alias(FunctionName=name, Name=alias, FunctionVersion=version)
    with pytest.raises(client.exceptions.ResourceConflictException, match="Alias already exists"):
        client.create_alias(FunctionName=name, Name="a", FunctionVersion="1")
    with pytest.raises(ClientError, match="ValidationException"):
        client.create_alias(FunctionName=name, Name="9", FunctionVersion="1")
    listed = client.list_aliases(FunctionName=name)["Aliases"]
    assert [alias["Name"] for alias in listed] == ["a", "b"]
    assert [alias["Name"] for alias in client.list_aliases(FunctionName=name, FunctionVersion="1")["Aliases"]] == ["b"]

    with pytest.raises(client.exceptions.ResourceConflictException, match=r"aliases reference it: \[b\]"):
        client.delete_function(FunctionName=name, Qualifier="1")
    with pytest.raises(client.exceptions.InvalidParameterValueException, match="without deleting the function"):
        client.delete_function(FunctionName=name, Qualifier="$LATEST")
    client.delete_alias(FunctionName=name, Name="b")
    client.delete_function(FunctionName=name, Qualifier="1")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.invoke(FunctionName=name, Qualifier="1")


def test_an_alias_shares_its_invocations_between_two_versions(client: Any, name: str) -> None:
    for number in (1, 2):
        client.update_function_code(FunctionName=name, ZipFile=_archive(number), Publish=True)
    client.create_alias(
        FunctionName=name,
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 1.0}},
    )
    assert _run(client, name, "live")[1] == "2"
    client.update_alias(FunctionName=name, Name="live", RoutingConfig={"AdditionalVersionWeights": {}})
    assert _run(client, name, "live")[1] == "1"
    with pytest.raises(client.exceptions.InvalidParameterValueException, match="already included"):
        client.update_alias(FunctionName=name, Name="live", RoutingConfig={"AdditionalVersionWeights": {"1": 0.5}})


def test_who_writes_on_top_of_another_revision_is_told(client: Any, name: str) -> None:
    # https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
    seen = client.get_function_configuration(FunctionName=name)["RevisionId"]
    client.update_function_configuration(FunctionName=name, Timeout=5, RevisionId=seen)
    refused = client.exceptions.PreconditionFailedException
    with pytest.raises(refused):
        client.update_function_configuration(FunctionName=name, Timeout=6, RevisionId=seen)
    with pytest.raises(refused):
        client.update_function_code(FunctionName=name, ZipFile=_archive(2), RevisionId=seen)
    with pytest.raises(refused):
        client.publish_version(FunctionName=name, RevisionId=seen)
    with pytest.raises(client.exceptions.InvalidParameterValueException, match="CodeSHA256"):
        client.publish_version(FunctionName=name, CodeSha256="other")
    client.publish_version(FunctionName=name)
    alias = client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")["RevisionId"]
    client.update_alias(FunctionName=name, Name="live", Description="d", RevisionId=alias)
    with pytest.raises(refused):
        client.update_alias(FunctionName=name, Name="live", Description="e", RevisionId=alias)


def test_versions_and_aliases_are_not_changed(client: Any, name: str) -> None:
    client.publish_version(FunctionName=name)
    with pytest.raises(client.exceptions.InvalidParameterValueException, match="functions only"):
        client.update_function_code(FunctionName=f"{name}:1", ZipFile=_archive(2))
    with pytest.raises(client.exceptions.InvalidParameterValueException, match="functions only"):
        client.update_function_configuration(FunctionName=f"{name}:1", Timeout=9)


def test_a_permission_is_for_the_qualifier_that_it_names(cloud: RunningCloud, client: Any, name: str) -> None:
    client.publish_version(FunctionName=name)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    arn = client.get_function_configuration(FunctionName=name)["FunctionArn"]
    permission = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": OTHER}
    client.add_permission(FunctionName=name, Qualifier="live", **permission)

    statement = json.loads(client.get_policy(FunctionName=f"{arn}:live")["Policy"])["Statement"][0]
    assert statement["Resource"] == f"{arn}:live"
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_policy(FunctionName=name)
    with pytest.raises(client.exceptions.ResourceConflictException, match="provided already exists"):
        client.add_permission(FunctionName=name, Qualifier="live", **permission)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.remove_permission(FunctionName=name, StatementId="s")
    client.remove_permission(FunctionName=name, Qualifier="live", StatementId="s")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_policy(FunctionName=name, Qualifier="live")


def test_settings_are_changed_or_refused(client: Any, name: str) -> None:
    changed = client.update_function_configuration(
        FunctionName=name, EphemeralStorage={"Size": 1024}, TracingConfig={"Mode": "Active"}, Environment={}
    )
    assert (changed["EphemeralStorage"]["Size"], changed["TracingConfig"]["Mode"]) == (1024, "Active")
    assert "Environment" not in changed
    for setting in (
        {"ImageConfig": {"Command": ["x"]}},
        {"SnapStart": {"ApplyOn": "PublishedVersions"}},
        {
            "FileSystemConfigs": [
                {"Arn": "arn:aws:elasticfilesystem:us-east-1:1:access-point/fsap-1", "LocalMountPath": "/mnt/a"}
            ]
        },
    ):
        with pytest.raises(ClientError, match=f"NotEmulated.*{next(iter(setting))}"):
            client.update_function_configuration(FunctionName=name, **setting)
    client.publish_version(FunctionName=name)
    with pytest.raises(ClientError, match=r"NotEmulated.*qualifier 1"):
        client.put_function_event_invoke_config(FunctionName=name, Qualifier="1", MaximumRetryAttempts=0)


def test_runtimes_are_those_of_aws(client: Any, name: str) -> None:
    # https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
    refused = client.exceptions.InvalidParameterValueException
    with pytest.raises(refused, match=r"Value python9\.9 at 'runtime'.*python3\.13"):
        client.update_function_configuration(FunctionName=name, Runtime="python9.9")
    with pytest.raises(refused, match=r"python3\.7 is no longer supported"):
        client.update_function_configuration(FunctionName=name, Runtime="python3.7")


def test_code_that_is_missing_in_s3_is_named(client: Any, name: str, cloud: RunningCloud) -> None:
    cloud.client("s3", ACCOUNT).create_bucket(Bucket="without-code")
    refused = client.exceptions.InvalidParameterValueException
    with pytest.raises(refused, match="NoSuchKey"):
        client.update_function_code(FunctionName=name, S3Bucket="without-code", S3Key="none")
    with pytest.raises(refused, match="NoSuchBucket"):
        client.update_function_code(FunctionName=name, S3Bucket="none-of-mine", S3Key="none")
    assert _run(client, name)[0]["code"] == 1


def test_the_newest_configuration_of_asynchronous_invocations_is_told(client: Any, name: str) -> None:
    client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1)
    client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    client.update_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60)
    found = client.get_function_event_invoke_config(FunctionName=name)
    assert (found["MaximumRetryAttempts"], found["MaximumEventAgeInSeconds"]) == (0, 60)


def test_a_state_tells_which_version_it_ran(cloud: RunningCloud, client: Any, name: str) -> None:
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
    client.publish_version(FunctionName=name)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    arn = client.get_alias(FunctionName=name, Name="live")["AliasArn"]
    allowed = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn}
    role = make_role(cloud, "invoking", [allowed], trust={"Service": "states.amazonaws.com"})
    task: dict[str, Any] = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
    task["Parameters"] = {"FunctionName": f"{name}:live"}
    states = cloud.client("stepfunctions", ACCOUNT)
    machine = states.create_state_machine(
        name="invoking", roleArn=role, definition=json.dumps({"StartAt": "Run", "States": {"Run": task}})
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    ended = until(
        lambda: None if (found := states.describe_execution(executionArn=execution))["status"] == "RUNNING" else found
    )
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    assert json.loads(ended["output"])["ExecutedVersion"] == "1"
