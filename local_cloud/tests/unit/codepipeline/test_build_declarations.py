"""What CodeBuild's actions refuse when their pipeline is made."""

import json

import pytest

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.codepipeline.action import ActionDeclaration, ActionType
from local_cloud.services.codepipeline.actions import build_variables
from local_cloud.services.codepipeline.actions.codebuild import ACTION
from local_cloud.services.codepipeline.errors import InvalidActionDeclarationError


def _declared(configuration: dict[str, str], *inputs: str) -> ActionDeclaration:
    return ActionDeclaration(
        name="Synth",
        type=ActionType(category="Build", owner="AWS", provider="CodeBuild", version="1"),
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
    ("given", "inputs"),
    [
        ({}, ("One",)),
        ({"PrimarySource": "Two"}, ("One", "Two")),
        ({"BatchEnabled": "false", "CombineArtifacts": "false"}, ("One",)),
        ({"EnvironmentVariables": '[{"name":"A","value":"#{Source.CommitId}","type":"PLAINTEXT"}]'}, ("One",)),
    ],
)
def test_what_aws_takes_is_taken(given: dict[str, str], inputs: tuple[str, ...]) -> None:
    ACTION.check(_declared({"ProjectName": "p", **given}, *inputs))


@pytest.mark.parametrize(
    ("given", "inputs", "problem"),
    [
        ({"ProjectName": ""}, ("One",), "missing required configuration 'ProjectName'"),
        ({"Project": "p"}, ("One",), "unknown configuration 'Project'"),
        ({}, ("One", "Two"), "PrimarySource must be one of One, Two, got none"),
        ({"PrimarySource": "Three"}, ("One", "Two"), "PrimarySource must be one of One, Two, got Three"),
        ({"EnvironmentVariables": "{}"}, ("One",), "EnvironmentVariables must be a JSON list, got {}"),
        ({"EnvironmentVariables": "["}, ("One",), "EnvironmentVariables must be a JSON list: "),
        ({"EnvironmentVariables": '[{"name":"A"}]'}, ("One",), "must have a name, a value and perhaps a type"),
        ({"EnvironmentVariables": '[{"name":"A","value":1}]'}, ("One",), "all texts, got "),
        (
            {"EnvironmentVariables": '[{"name":"A","value":"1","type":"SECRET"}]'},
            ("One",),
            "the type of A must be one of PLAINTEXT, PARAMETER_STORE, SECRETS_MANAGER, got SECRET",
        ),
    ],
)
def test_what_cannot_run_is_refused(given: dict[str, str], inputs: tuple[str, ...], problem: str) -> None:
    with pytest.raises(InvalidActionDeclarationError, match=problem):
        ACTION.check(_declared({"ProjectName": "p", **given}, *inputs))


@pytest.mark.parametrize("name", ["BatchEnabled", "CombineArtifacts"])
def test_builds_in_batches_are_refused_by_name(name: str) -> None:
    with pytest.raises(NotEmulatedError, match=f"does not emulate {name} of a CodeBuild action"):
        ACTION.check(_declared({"ProjectName": "p", name: "true"}, "One"))


def test_a_variable_without_a_type_is_plain() -> None:
    assert build_variables.parse(json.dumps([{"name": "A", "value": "1"}])) == [
        {"name": "A", "value": "1", "type": "PLAINTEXT"}
    ]
