"""CloudFormation's actions: https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CloudFormation.html."""

import dataclasses
import io
import json
import zipfile
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from integration.codepipeline import action_calls
from integration.codepipeline.action_calls import CLOUDFORMATION, Run, Store
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.services.codepipeline.action import ActionError, ActionResult
from local_cloud.services.codepipeline.actions.cloudformation import ACTION
from local_cloud.services.codepipeline.actions.stacks import Stacks
from local_cloud.testing.roles import ACCOUNT, make_role

QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "AWS::StackName"}}}
TEMPLATE: dict[str, Any] = {
    "Resources": {"Queue": QUEUE},
    "Outputs": {"Name": {"Value": {"Fn::GetAtt": ["Queue", "QueueName"]}}},
}
# The stack's role may make queues alone.
REFUSED: dict[str, Any] = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
# As the CDK grants it to whoever makes and executes change sets.
DEPLOY = [
    "cloudformation:CreateChangeSet",
    "cloudformation:DeleteChangeSet",
    "cloudformation:DescribeChangeSet",
    "cloudformation:DescribeStacks",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:CreateStack",
    "cloudformation:UpdateStack",
    "cloudformation:DeleteStack",
]
Deploy = Callable[..., tuple[ActionResult, Run]]


@pytest.fixture(scope="module")
def store(cloud: RunningCloud) -> Store:
    cloud.client("s3", ACCOUNT).create_bucket(Bucket="templates")
    return Store(cloud=cloud, bucket="templates")


@pytest.fixture(scope="module")
def stack_role(cloud: RunningCloud) -> str:
    makes_queues = [{"Effect": "Allow", "Action": ["sqs:*", "ssm:GetParameters"], "Resource": "*"}]
    return make_role(cloud, "makes-queues", makes_queues, trust={"Service": "cloudformation.amazonaws.com"})


def _role(cloud: RunningCloud, name: str, actions: list[str], passed: str | None) -> str:
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": actions, "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
    ]
    if passed:
        statements.append({"Effect": "Allow", "Action": "iam:PassRole", "Resource": passed})
    return make_role(cloud, name, statements)


@pytest.fixture(scope="module")
def deployer(cloud: RunningCloud, stack_role: str) -> action_calls.Session:
    role = _role(cloud, "deployer", [*DEPLOY, "cloudformation:DescribeStackEvents"], stack_role)
    return action_calls.session(cloud, role)


@pytest.fixture(scope="module")
def deploy(deployer: action_calls.Session, store: Store, stack_role: str) -> Deploy:
    """Run an action of a mode."""

    def run(
        mode: str,
        stack: str,
        template: dict[str, Any] | None = None,
        *,
        files: dict[str, Any] | None = None,
        role: action_calls.Session = deployer,
        outputs: tuple[str, ...] = (),
        **more: str,
    ) -> tuple[ActionResult, Run]:
        artifact = store.put("Synth", {"out/t.json": template or TEMPLATE, **(files or {})})
        given = {
            "ActionMode": mode,
            "StackName": stack,
            "ChangeSetName": "PipelineChange",
            "RoleArn": stack_role,
            "TemplatePath": "Synth::out/t.json",
            **more,
        }
        declared = action_calls.declaration(CLOUDFORMATION, given, inputs=["Synth"], outputs=outputs)
        ACTION.check(declared)
        found = action_calls.run(role, declared, inputs=[artifact], outputs=[store.artifact(name) for name in outputs])
        return ACTION.run(found.call), found

    return run


def _stack(cloud: RunningCloud, name: str) -> dict[str, Any]:
    (found,) = cloud.client("cloudformation", ACCOUNT).describe_stacks(StackName=name)["Stacks"]
    return dict(found)


def test_a_change_set_is_made_and_executed(deploy: Deploy, cloud: RunningCloud, stack_role: str) -> None:
    prepared, told = deploy("CHANGE_SET_REPLACE", "changed")
    assert (_stack(cloud, "changed")["StackStatus"], prepared.variables) == ("REVIEW_IN_PROGRESS", {})
    executed, _ = deploy("CHANGE_SET_EXECUTE", "changed")

    stack = _stack(cloud, "changed")
    assert (stack["StackStatus"], stack["RoleARN"]) == ("CREATE_COMPLETE", stack_role)
    assert executed.variables == {"Name": "changed"}
    assert told.told[-1].id == stack["StackId"]
    assert stack["StackId"] in str(told.told[-1].url)


def test_a_change_set_without_changes_passes(deploy: Deploy, cloud: RunningCloud) -> None:
    for _ in range(2):
        deploy("CHANGE_SET_REPLACE", "same")
        found, told = deploy("CHANGE_SET_EXECUTE", "same")

    assert "no changes" in str(told.told[-1].summary)
    assert found.variables == {"Name": "same"}
    assert _stack(cloud, "same").get("LastUpdatedTime") is None


def test_the_first_resource_that_failed_is_told(deploy: Deploy, cloud: RunningCloud) -> None:
    deploy("CHANGE_SET_REPLACE", "failed", REFUSED)

    with pytest.raises(ActionError) as failed:
        deploy("CHANGE_SET_EXECUTE", "failed")

    assert failed.value.code == "JobFailed"
    beginning = "Failed to execute change set. Current stack status: ROLLBACK_COMPLETE. Reason: AWS::SNS::Topic Topic: "
    assert failed.value.message.startswith(beginning)
    assert "sns:CreateTopic" in failed.value.message
    assert _stack(cloud, "failed")["StackStatus"] == "ROLLBACK_COMPLETE"


def test_who_may_not_see_events_is_told_no_resource(deploy: Deploy, cloud: RunningCloud, stack_role: str) -> None:
    role = action_calls.session(cloud, _role(cloud, "blind", DEPLOY, stack_role))
    deploy("CHANGE_SET_REPLACE", "generic", REFUSED, role=role)

    with pytest.raises(ActionError) as failed:
        deploy("CHANGE_SET_EXECUTE", "generic", role=role)

    assert failed.value.message == (
        "Failed to execute change set. Current stack status: ROLLBACK_COMPLETE. Status reason is not available because "
        "IAM role associated with the action does not have CloudFormation DescribeStackEvents permission"
    )


def test_an_update_that_is_rolled_back_fails(deploy: Deploy, cloud: RunningCloud) -> None:
    deploy("CREATE_UPDATE", "back")
    both = {"Resources": {**TEMPLATE["Resources"], **REFUSED["Resources"]}}
    deploy("CHANGE_SET_REPLACE", "back", both)

    with pytest.raises(ActionError, match="Current stack status: UPDATE_ROLLBACK_COMPLETE"):
        deploy("CHANGE_SET_EXECUTE", "back")


def test_a_change_set_that_failed_is_gone_and_is_made_anew(deploy: Deploy, cloud: RunningCloud) -> None:
    """As users see it who retry the failed action alone: https://github.com/aws/aws-cdk/issues/11995."""
    deploy("CREATE_UPDATE", "again")
    both = {"Resources": {**TEMPLATE["Resources"], **REFUSED["Resources"]}}
    deploy("CHANGE_SET_REPLACE", "again", both)
    with pytest.raises(ActionError, match="UPDATE_ROLLBACK_COMPLETE"):
        deploy("CHANGE_SET_EXECUTE", "again")

    with pytest.raises(ActionError, match=r"ChangeSet \[PipelineChange\] does not exist"):
        deploy("CHANGE_SET_EXECUTE", "again")
    changed = {**TEMPLATE, "Outputs": {"One": {"Value": "1"}}}
    deploy("CHANGE_SET_REPLACE", "again", changed)
    assert deploy("CHANGE_SET_EXECUTE", "again")[0].variables == {"One": "1"}


def test_a_change_set_that_is_missing_is_told(deploy: Deploy) -> None:
    with pytest.raises(ActionError) as failed:
        deploy("CHANGE_SET_EXECUTE", "nothing")

    assert failed.value.code == "JobFailed"
    assert "ChangeSet [PipelineChange] does not exist (Service: AmazonCloudFormation; " in failed.value.message


def test_a_stack_is_made_and_changed(deploy: Deploy, cloud: RunningCloud) -> None:
    assert deploy("CREATE_UPDATE", "direct")[0].variables == {"Name": "direct"}
    _, told = deploy("CREATE_UPDATE", "direct")
    assert "no updates are to be performed" in str(told.told[-1].summary)
    changed = {"Resources": TEMPLATE["Resources"], "Outputs": {"One": {"Value": "1"}}}
    assert deploy("CREATE_UPDATE", "direct", changed)[0].variables == {"One": "1"}
    assert _stack(cloud, "direct")["StackStatus"] == "UPDATE_COMPLETE"


def test_a_stack_that_failed_is_replaced_only_where_the_mode_says_so(deploy: Deploy, cloud: RunningCloud) -> None:
    with pytest.raises(ActionError, match=r"Failed to create stack. Current stack status: ROLLBACK_COMPLETE"):
        deploy("CREATE_UPDATE", "replaced", REFUSED)
    with pytest.raises(ActionError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        deploy("CREATE_UPDATE", "replaced")

    assert deploy("REPLACE_ON_FAILURE", "replaced")[0].variables == {"Name": "replaced"}
    assert _stack(cloud, "replaced")["StackStatus"] == "CREATE_COMPLETE"


def test_a_stack_is_deleted_and_one_that_is_not_there_is_no_failure(deploy: Deploy, cloud: RunningCloud) -> None:
    deploy("CREATE_UPDATE", "deleted")
    for _ in range(2):
        deploy("DELETE_ONLY", "deleted")

    with pytest.raises(cloud.client("cloudformation", ACCOUNT).exceptions.ClientError, match="does not exist"):
        _stack(cloud, "deleted")


def test_parameters_are_of_the_file_and_of_what_overrides_it(deploy: Deploy, cloud: RunningCloud, store: Store) -> None:
    names = ("File", "Over", "Bucket", "Key", "Url", "Param")
    template = {
        "Parameters": {name: {"Type": "String"} for name in names},
        "Resources": {"Queue": QUEUE},
        "Outputs": {name: {"Value": {"Ref": name}} for name in names},
    }
    overrides = {
        "Over": "override",
        "Bucket": {"Fn::GetArtifactAtt": ["Synth", "BucketName"]},
        "Key": {"Fn::GetArtifactAtt": ["Synth", "ObjectKey"]},
        "Url": {"Fn::GetArtifactAtt": ["Synth", "URL"]},
        "Param": {"Fn::GetParam": ["Synth", "outputs.json", "One"]},
    }
    file = {"Parameters": {"File": "file", "Over": "file"}, "Tags": {"team": "ada"}}

    found, _ = deploy(
        "CREATE_UPDATE",
        "parameters",
        template,
        files={"config.json": file, "outputs.json": {"One": "1"}},
        TemplateConfiguration="Synth::config.json",
        ParameterOverrides=json.dumps(overrides),
    )

    key = store.artifact("Synth").key
    assert found.variables == {
        "File": "file",
        "Over": "override",
        "Bucket": "templates",
        "Key": key,
        "Url": f"https://s3.us-east-1.amazonaws.com/templates/{key}",
        "Param": "1",
    }
    assert _stack(cloud, "parameters")["Tags"] == [{"Key": "team", "Value": "ada"}]


@pytest.mark.parametrize(
    ("file", "overrides", "problem"),
    [
        ({"StackPolicy": {"Statement": []}}, {}, "does not emulate the StackPolicy"),
        ({"Policies": {}}, {}, "has Policies; it may have Parameters, Tags, StackPolicy"),
        ([], {}, "is no JSON object"),
        ("{", {}, "is no JSON: "),
        ({}, {"A": {"Fn::GetParam": ["Synth", "config.json", "B"]}}, "has no B, which A wants"),
        ({}, {"A": {"Fn::GetArtifactAtt": ["Synth", "Name"]}}, "choose BucketName, ObjectKey, URL"),
        ({"Parameters": {"Z": "1"}}, {}, r"Parameters: \[Z\] do not exist in the template"),
    ],
)
def test_what_no_stack_can_be_deployed_with_is_told(
    file: Any, overrides: dict[str, Any], problem: str, deploy: Deploy
) -> None:
    with pytest.raises(ActionError, match=problem):
        deploy(
            "CREATE_UPDATE",
            "wrong",
            files={"config.json": file},
            TemplateConfiguration="Synth::config.json",
            ParameterOverrides=json.dumps(overrides),
        )


def test_outputs_become_a_file_of_an_artifact(deploy: Deploy, store: Store) -> None:
    deploy("CREATE_UPDATE", "filed", outputs=("Outputs",), OutputFileName="outputs.json")

    result, _ = deploy(
        "CREATE_UPDATE",
        "reader",
        {
            "Parameters": {"A": {"Type": "String"}},
            "Resources": {"Queue": QUEUE},
            "Outputs": {"A": {"Value": {"Ref": "A"}}},
        },
        files={"outputs.json": _content(store, "Outputs")},
        ParameterOverrides=json.dumps({"A": {"Fn::GetParam": ["Synth", "outputs.json", "Name"]}}),
    )

    assert result.variables == {"A": "filed"}


def _content(store: Store, name: str) -> bytes:
    found = store.cloud.client("s3", ACCOUNT).get_object(Bucket=store.bucket, Key=store.artifact(name).key)
    return zipfile.ZipFile(io.BytesIO(found["Body"].read())).read("outputs.json")


def test_a_template_may_be_as_large_as_one_in_s3(deploy: Deploy) -> None:
    assert deploy("CREATE_UPDATE", "large", {**TEMPLATE, "Metadata": {"Text": "x" * 900_000}})[0].variables
    with pytest.raises(ActionError, match=r"Template may not exceed 1000000 bytes in size\."):
        deploy("CREATE_UPDATE", "larger", {**TEMPLATE, "Metadata": {"Text": "x" * 1_000_000}})


def test_a_role_that_may_not_be_passed_is_told_by_name(deploy: Deploy, cloud: RunningCloud, stack_role: str) -> None:
    role = action_calls.session(cloud, _role(cloud, "passes-nothing", DEPLOY, None))

    for mode in ("CHANGE_SET_REPLACE", "CREATE_UPDATE"):
        with pytest.raises(ActionError) as failed:
            deploy(mode, "passed", role=role)
        assert failed.value.code == "PermissionError"
        assert f"not authorized to perform: iam:PassRole on resource: {stack_role}" in failed.value.message


class _Busy(action_calls.Session):
    """A role for whom each stack is being changed, all the time."""

    def client(self, service: str, config: Any = None) -> Any:
        del service, config
        stack = {"StackName": "busy", "StackId": "arn", "StackStatus": "UPDATE_IN_PROGRESS"}
        return SimpleNamespace(describe_stacks=lambda **_: {"Stacks": [stack]})


def test_whoever_stops_it_leaves_the_stack_to_cloudformation(deployer: action_calls.Session) -> None:
    role = _Busy(**dataclasses.asdict(deployer))
    stopped = action_calls.run(role, action_calls.declaration(CLOUDFORMATION, {}))
    stopped.call.work.stop()

    with pytest.raises(ActionError, match="the action was stopped; the operation on stack busy goes on"):
        Stacks(stopped.call).settled("arn")
