"""Functions in Node.js that the CDK brings along, as they are, and custom resources that such functions make."""

import importlib.util
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from integration.codepipeline.small_pipelines import Yard, approval, stage
from integration.lambda_ import functions
from integration.server import stacks
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import make_role

_FOLDER = "package/custom-resource-handlers/dist"
APPROVE, CALL = f"{_FOLDER}/pipelines/approve-lambda", f"{_FOLDER}/custom-resources/aws-custom-resource-handler"
INLINE = """
const response = require("cfn-response");
exports.handler = %s(event, context) => {
  const data = { Kind: event.RequestType, Name: event.ResourceProperties.Name };
  %s response.send(event, context, data.Name === "bad" ? response.FAILED : response.SUCCESS, data, "thing-1");
};
"""


@pytest.fixture(scope="module")
def cloud(node_cloud: RunningCloud) -> RunningCloud:
    return node_cloud


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    actions = ["logs:*", "codepipeline:GetPipelineState", "codepipeline:PutApprovalResult", "codepipeline:GetPipeline"]
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    return make_role(cloud, "cdk-node", [statement], trust={"Service": "lambda.amazonaws.com"})


@pytest.fixture(scope="module")
def code() -> dict[str, str]:
    """The functions' code, by their folder."""
    found = importlib.util.find_spec("aws_cdk")
    assert found is not None
    assert found.origin is not None
    (package,) = (Path(found.origin).parent / "_jsii").glob("aws-cdk-lib@*.tgz")
    wanted, texts = {APPROVE, CALL}, dict[str, str]()
    with tarfile.open(package, "r|gz") as archive:
        for member in archive:
            folder, _, name = member.name.rpartition("/")
            if folder in wanted and name == "index.js":
                content = archive.extractfile(member)
                assert content is not None
                texts[folder] = content.read().decode()
                if len(texts) == len(wanted):
                    break
    return texts


@pytest.fixture(scope="module")
def yard(cloud: RunningCloud) -> Yard:
    return Yard(cloud)


def _function(role: str, text: str, *, runtime: str = "nodejs24.x") -> dict[str, Any]:
    properties = {
        "Runtime": runtime,
        "Handler": "index.handler",
        "Role": role,
        "Timeout": 60,
        "Code": {"ZipFile": text},
    }
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def _thing(**properties: Any) -> dict[str, Any]:
    return {"Type": "Custom::Thing", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Provider", "Arn"]}, **properties}}


def test_the_function_of_a_confirmed_security_check_approves(
    cloud: RunningCloud, role: str, code: dict[str, str], yard: Yard
) -> None:
    key = yard.make("confirmed", stage("Prod", approval("Confirm")))
    yard.token("confirmed", "Prod", "Confirm")
    files = {"index.js": code[APPROVE]}
    client = functions.create(
        cloud, "approve", role=role, handler="index.handler", files=files, Runtime="nodejs24.x", Timeout=60
    )
    event = {"PipelineName": "confirmed", "StageName": "Prod", "ActionName": "Confirm"}

    answer = client.invoke(FunctionName="approve", Payload=json.dumps(event))

    assert (answer["Payload"].read(), answer.get("FunctionError")) == (b"null", None)
    assert yard.ended("confirmed", key)["status"] == "Succeeded"
    latest = yard.action("confirmed", "Prod", "Confirm")["latestExecution"]
    assert latest["summary"] == "No security changes detected. Automatically approved by Lambda."
    assert latest["lastUpdatedBy"].endswith(":assumed-role/cdk-node/approve")


def test_a_custom_resource_is_a_call_of_the_sdk(
    cloud: RunningCloud, role: str, code: dict[str, str], yard: Yard
) -> None:
    yard.make("called", stage("Prod", approval("Wait")))

    def template(name: str) -> dict[str, Any]:
        call = {
            "service": "codepipeline",
            "action": "getPipeline",
            "parameters": {"name": name},
            "physicalResourceId": {"responsePath": "pipeline.roleArn"},
        }
        # It would ask npm for the latest SDK, and takes the runtime's own when npm fails.
        thing = _thing(Create=json.dumps(call), InstallLatestAwsSdk="true")
        return {"Provider": _function(role, code[CALL]), "Thing": thing}

    outputs = {"Said": {"Value": {"Fn::Sub": "${Thing} ${Thing.pipeline.stages.1.name}"}}}
    assert stacks.deploy(cloud, "called", template("called"), create=True, Outputs=outputs) == "CREATE_COMPLETE"
    assert stacks.outputs(cloud, "called") == {"Said": f"{yard.role} Prod"}

    assert stacks.deploy(cloud, "called-wrong", template("nobody"), create=True) == "ROLLBACK_COMPLETE"
    assert "nobody" in stacks.reasons(cloud, "called-wrong")


@pytest.mark.parametrize(("runtime", "words"), [("nodejs22.x", ("", "")), ("nodejs24.x", ("async ", "await"))])
def test_inline_code_answers_for_a_custom_resource(
    cloud: RunningCloud, role: str, runtime: str, words: tuple[str, str]
) -> None:
    name = runtime.replace(".", "-")
    provider = _function(role, INLINE % words, runtime=runtime)
    outputs = {"Said": {"Value": {"Fn::Sub": "${Thing} ${Thing.Kind} ${Thing.Name}"}}}
    good = {"Provider": provider, "Thing": _thing(Name="Ada")}
    assert stacks.deploy(cloud, name, good, create=True, Outputs=outputs) == "CREATE_COMPLETE"
    assert stacks.outputs(cloud, name) == {"Said": "thing-1 Create Ada"}

    bad = {"Provider": provider, "Thing": _thing(Name="bad")}
    assert stacks.deploy(cloud, f"{name}-bad", bad, create=True) == "ROLLBACK_FAILED"
    assert "See the details in CloudWatch Log Stream" in stacks.reasons(cloud, f"{name}-bad")
