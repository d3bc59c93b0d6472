"""Each patch's reason: unpatched moto still has the fault. When one of these fails, moto was corrected: drop the patch."""

import json

import pytest

from integration.moto_patches.probes import moto

# Each fault on a function of its own, in one process.
_PROBE = """
    import io, json, zipfile
    import boto3
    from moto import mock_aws

    keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", "1")
    said = {}

    def taken(call, **arguments):
        try:
            call(**arguments)
        except Exception:
            return False
        return True

    def function(name):
        rest = {"Runtime": "python3.13", "Handler": "index.handler", "Role": role}
        client.create_function(FunctionName=name, Code={"ZipFile": packed.getvalue()}, **rest)
        client.publish_version(FunctionName=name)
        return {"FunctionName": name}

    with mock_aws():
        trust = '{"Version": "2012-10-17", "Statement": []}'
        role = boto3.client("iam", **keys).create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        client = boto3.client("lambda", **keys)

        f = function("names")
        said["partial ARN"] = taken(client.get_function, FunctionName="123456789012:function:names")
        said["revision"] = "RevisionId" in client.get_function_configuration(**f)

        f = function("publications")
        client.update_function_configuration(**f, Timeout=5)
        client.publish_version(**f)
        client.update_function_configuration(**f, Timeout=6)
        client.delete_function(**f, Qualifier="1")
        said["number used twice"] = client.publish_version(**f)["Version"]

        f = function("aliases")
        said["alias of digits"] = taken(client.create_alias, **f, Name="9", FunctionVersion="1")
        client.create_alias(**f, Name="live", FunctionVersion="1")
        said["status"] = client.get_alias(**f, Name="live")["ResponseMetadata"]["HTTPStatusCode"]
        described = client.get_function_configuration(**f, Qualifier="live")
        said["alias's ARN"] = described["FunctionArn"].rsplit(":", 1)[-1]
        said["version of an alias deleted"] = taken(client.delete_function, **f, Qualifier="1")

        f = function("permissions")
        permission = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "123456789012"}
        client.add_permission(**f, **permission)
        said["statement given twice"] = taken(client.add_permission, **f, **permission)
        said["version's policy"] = taken(client.get_policy, FunctionName="permissions:1")
        said["version's invoke config"] = taken(
            client.put_function_event_invoke_config, **f, Qualifier="1", MaximumRetryAttempts=0
        )

        f = function("settings")
        changed = client.update_function_configuration(**f, EphemeralStorage={"Size": 1024})
        said["storage"] = changed["EphemeralStorage"]["Size"]
        said["runtime"] = taken(client.update_function_configuration, **f, Runtime="python9.9")
        for attempts in (1, 0):
            client.put_function_event_invoke_config(**f, MaximumRetryAttempts=attempts)
        said["retries"] = client.get_function_event_invoke_config(**f)["MaximumRetryAttempts"]
        boto3.client("s3", **keys).create_bucket(Bucket="bucket")
        said["missing code"] = client.update_function_code(**f, S3Bucket="bucket", S3Key="none")["CodeSize"]
    print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said() -> dict[str, object]:
    found: dict[str, object] = json.loads(moto(_PROBE))
    return found


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("partial ARN", False),
        ("revision", False),
        ("number used twice", "2"),
        ("alias of digits", True),
        ("status", 201),
        ("alias's ARN", "1"),
        ("version of an alias deleted", True),
        ("statement given twice", True),
        ("version's policy", True),
        ("version's invoke config", True),
        ("storage", 512),
        ("runtime", True),
        ("retries", 1),
        ("missing code", 0),
    ],
)
def test_moto_still_mixes_up_functions_and_their_versions(said: dict[str, object], fault: str, answer: object) -> None:
    assert said[fault] == answer


def test_moto_still_ignores_the_qualifier_of_an_invocation() -> None:
    said = moto("""
        import inspect
        from moto.awslambda.responses import LambdaResponse
        print('_get_param("qualifier")' in inspect.getsource(LambdaResponse.invoke))
    """)

    assert said == "True"


def test_moto_still_does_not_publish_changes_when_they_are_made() -> None:
    said = moto("""
        import inspect
        from moto.awslambda.models import LambdaBackend
        print(inspect.getsource(LambdaBackend.update_function_code).count("update_function_code(body)"))
    """)

    # Once for the newest code, and once more for the version that is published.
    assert said == "2"
