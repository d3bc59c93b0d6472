"""Each patch's reason: unpatched moto still has the fault. When one of these fails, moto was corrected: drop the patch."""

import pytest

from integration.moto_patches.probes import moto

_FUNCTION = """
    import io, zipfile
    import boto3
    from moto import mock_aws

    keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}

    def packed(text):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("index.py", text)
        return content.getvalue()

    def refused(call, **arguments):
        try:
            call(**arguments)
        except Exception as error:
            return type(error).__name__
        return "taken"

    with mock_aws():
        trust = '{"Version": "2012-10-17", "Statement": []}'
        role = boto3.client("iam", **keys).create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        client = boto3.client("lambda", **keys)
        rest = {"Runtime": "python3.13", "Handler": "index.handler", "Role": role, "Code": {"ZipFile": packed("1")}}
        client.create_function(FunctionName="f", **rest)
        client.publish_version(FunctionName="f")
        call = lambda name, **more: refused(getattr(client, name), FunctionName="f", **more)
        permission = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "123456789012"}
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        # names
        ('print(refused(client.get_function, FunctionName="123456789012:function:f"))', "ValueError"),
        # revisions
        ('print("RevisionId" in client.get_function_configuration(FunctionName="f"))', "False"),
        # publications
        (
            (
                'client.update_function_configuration(FunctionName="f", Timeout=5)\n'
                '        client.publish_version(FunctionName="f")\n'
                '        client.delete_function(FunctionName="f", Qualifier="1")\n'
                '        print(client.publish_version(FunctionName="f")["Version"])'
            ),
            "2",
        ),
        # deletions
        (
            (
                'client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")\n'
                '        print(call("delete_function", Qualifier="1"))'
            ),
            "taken",
        ),
        # alias_rules
        ('print(call("create_alias", Name="9", FunctionVersion="1"))', "taken"),
        # alias_answers
        (
            (
                'client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")\n'
                '        found = client.get_alias(FunctionName="f", Name="live")\n'
                '        print(found["ResponseMetadata"]["HTTPStatusCode"])'
            ),
            "201",
        ),
        # descriptions
        (
            (
                'client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")\n'
                '        found = client.get_function_configuration(FunctionName="f", Qualifier="live")\n'
                '        print(found["FunctionArn"].rsplit(":", 1)[-1])'
            ),
            "1",
        ),
        # permissions
        (
            (
                'client.add_permission(FunctionName="f", **permission)\n'
                '        print(call("add_permission", **permission), "Policy" in client.get_policy(FunctionName="f:1"))'
            ),
            "taken True",
        ),
        # invoke_configs
        ('print(call("put_function_event_invoke_config", Qualifier="1", MaximumRetryAttempts=0))', "taken"),
        # changed_settings
        (
            (
                'client.update_function_configuration(FunctionName="f", EphemeralStorage={"Size": 1024})\n'
                '        print(client.get_function_configuration(FunctionName="f")["EphemeralStorage"]["Size"])'
            ),
            "512",
        ),
        # refused_settings
        ('print(call("update_function_configuration", ImageConfig={"Command": ["x"]}))', "taken"),
    ],
)
def test_moto_still_mixes_up_functions_and_their_versions(code: str, expected: str) -> None:
    assert moto(_FUNCTION + f"        {code}\n") == expected


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
