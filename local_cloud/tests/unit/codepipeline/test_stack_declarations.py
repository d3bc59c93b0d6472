"""What CloudFormation's actions refuse when their pipeline is made."""

import json

import pytest

from local_cloud.services.codepipeline.action import ActionDeclaration, ActionType
from local_cloud.services.codepipeline.actions.cloudformation import ACTION
from local_cloud.services.codepipeline.errors import InvalidActionDeclarationError

ROLE = "arn:aws:iam::111111111111:role/r"
TEMPLATED = {"StackName": "s", "RoleArn": ROLE, "TemplatePath": "Synth::t.json"}
PREPARE = {"ActionMode": "CHANGE_SET_REPLACE", "ChangeSetName": "c", **TEMPLATED}


def _declared(configuration: dict[str, str], *inputs: str) -> ActionDeclaration:
    return ActionDeclaration(
        name="Prepare",
        type=ActionType(category="Deploy", owner="AWS", provider="CloudFormation", version="1"),
        configuration=configuration,
        inputs=inputs,
        outputs=(),
        run_order=1,
        role_arn=None,
        region="us-east-1",
        namespace=None,
        timeout_minutes=None,
    )


@pytest.mark.parametrize(
    "given",
    [
        PREPARE,
        {**PREPARE, "Capabilities": "CAPABILITY_NAMED_IAM,CAPABILITY_AUTO_EXPAND"},
        {**PREPARE, "ParameterOverrides": '{"A": "#{Source.CommitId}"}'},
        {**PREPARE, "TemplatePath": "#{variables.path}"},
        {"ActionMode": "CREATE_UPDATE", **TEMPLATED},
        {"ActionMode": "REPLACE_ON_FAILURE", **TEMPLATED},
        {"ActionMode": "CHANGE_SET_EXECUTE", "ChangeSetName": "c", "StackName": "s"},
        {"ActionMode": "DELETE_ONLY", "StackName": "s", "RoleArn": ROLE},
        # What a mode has no use for is ignored.
        {"ActionMode": "CHANGE_SET_EXECUTE", "ChangeSetName": "c", "StackName": "s", "TemplatePath": "Other::t"},
    ],
)
def test_what_aws_takes_is_taken(given: dict[str, str]) -> None:
    ACTION.check(_declared(given, "Synth"))


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "'Prepare' is missing required configuration 'ActionMode'"),
        ({"ActionMode": "CHANGE_SET_EXECUTE"}, "missing required configuration 'StackName'"),
        ({"ActionMode": "CREATE", "StackName": "s"}, "must be one of CHANGE_SET_EXECUTE, .* got CREATE"),
        ({"ActionMode": "CHANGE_SET_EXECUTE", "StackName": "s"}, "missing required configuration 'ChangeSetName'"),
        ({"ActionMode": "DELETE_ONLY", "StackName": "s"}, "missing required configuration 'RoleArn'"),
        ({**PREPARE, "TemplatePath": ""}, "missing required configuration 'TemplatePath'"),
        ({**PREPARE, "Template": "x"}, "contains unknown configuration 'Template'"),
        ({**PREPARE, "TemplatePath": "t.json"}, "TemplatePath must be ArtifactName::FileName, got t.json"),
        ({**PREPARE, "TemplatePath": "Other::t.json"}, "TemplatePath names Other, which is none of Synth"),
        ({**PREPARE, "TemplateConfiguration": "Other::t"}, "TemplateConfiguration names Other"),
        ({**PREPARE, "Capabilities": "CAPABILITY_IAM,ALL"}, "Capabilities may have .* got ALL"),
        ({**PREPARE, "ParameterOverrides": "[]"}, "must be a JSON object, got "),
        ({**PREPARE, "ParameterOverrides": "{"}, "must be a JSON object: "),
        ({**PREPARE, "ParameterOverrides": '{"A": {"Ref": "B"}}'}, "the override of A must be a text"),
        ({**PREPARE, "ParameterOverrides": json.dumps({"A": "x" * 1024})}, "may have 1024 bytes, got 1033"),
        (
            {**PREPARE, "ParameterOverrides": '{"A": {"Fn::GetArtifactAtt": ["Other", "URL"]}}'},
            "ParameterOverrides names Other",
        ),
    ],
)
def test_what_cannot_run_is_refused(given: dict[str, str], problem: str) -> None:
    with pytest.raises(InvalidActionDeclarationError, match=problem):
        ACTION.check(_declared(given, "Synth"))
