"""What is no pipeline, after https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from botocore.model import Shape

from local_cloud.kernel import sdk
from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.codepipeline import action_types, checks, pages, shapes
from local_cloud.services.codepipeline.action import ActionDeclaration
from local_cloud.services.codepipeline.errors import InvalidNextTokenError, PipelineError
from unit.codepipeline.stand_ins import REGION, action, pipeline, source

Change = Callable[[dict[str, Any]], object]


class _Anything:
    def check(self, _declaration: ActionDeclaration) -> None:
        """Take it."""

    def run(self, _call: object) -> Any:
        """Never called."""


@pytest.fixture(autouse=True)
def _actions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(action_types, "action_of", lambda _: _Anything())


def _whole() -> dict[str, Any]:
    build = action("Make", inputArtifacts=[{"name": "Code"}], outputArtifacts=[{"name": "Out"}], namespace="Make")
    deploy = action("Put", "Deploy", inputArtifacts=[{"name": "Out"}], configuration={"A": "#{Make.X}"}, runOrder=2)
    approve = action("Ask", "Approval", configuration={"CustomData": "#{Src.CommitId} #{variables.v}"})
    return pipeline(
        source(namespace="Src"),
        {"name": "Build", "actions": [build]},
        {"name": "Prod", "actions": [deploy, approve]},
        variables=[{"name": "v", "defaultValue": "1"}],
    )


def _first(given: dict[str, Any], stage: int) -> dict[str, Any]:
    found: dict[str, Any] = given["stages"][stage]["actions"][0]
    return found


def test_a_pipeline_that_is_one_is_read() -> None:
    read = checks.check(_whole(), region=REGION)

    assert [stage.name for stage in read.stages] == ["Source", "Build", "Prod"]
    assert (read.mode, read.variables) == ("SUPERSEDED", {"v": "1"})
    assert [item.run_order for item in read.stages[2].actions] == [2, 1]


_WRONG: list[tuple[str, str, Change]] = [
    ("InvalidStructureException", "has only 1 stage", lambda p: p["stages"].__delitem__(slice(1, 3))),
    ("InvalidStructureException", "only contains source actions", lambda p: p["stages"].pop(0)),
    (
        "InvalidStructureException",
        "Only the first stage",
        lambda p: p["stages"][1]["actions"].append(action("S", "Source", outputArtifacts=[{"name": "B"}])),
    ),
    ("InvalidStructureException", "either artifactStore or artifactStores", lambda p: p.pop("artifactStore")),
    (
        "InvalidStructureException",
        "either artifactStore or artifactStores",
        lambda p: p.update(artifactStores={REGION: p["artifactStore"]}),
    ),
    ("InvalidStructureException", "type V1 cannot have variables", lambda p: p.update(pipelineType="V1")),
    (
        "InvalidStructureException",
        "PARALLEL cannot roll back",
        lambda p: (p.update(executionMode="PARALLEL"), p["stages"][2].update(onFailure={"result": "ROLLBACK"})),
    ),
    (
        "InvalidStructureException",
        "Source contains source actions and cannot be rolled back",
        lambda p: p["stages"][0].update(onFailure={"result": "ROLLBACK"}),
    ),
    ("InvalidStageDeclarationException", "must be unique", lambda p: p["stages"][2].update(name="Build")),
    ("InvalidStageDeclarationException", "has no actions", lambda p: p["stages"][2].update(actions=[])),
    (
        "InvalidActionDeclarationException",
        "Put is not",
        lambda p: p["stages"][2]["actions"].append(copy.deepcopy(_first(p, 2))),
    ),
    (
        "InvalidActionDeclarationException",
        r"declares 0 input artifacts which is less than the minimum count \(1\)",
        lambda p: _first(p, 1).pop("inputArtifacts"),
    ),
    (
        "InvalidActionDeclarationException",
        r"declares 2 output artifacts which is more than the maximum count \(1\)",
        lambda p: _first(p, 0)["outputArtifacts"].append({"name": "More"}),
    ),
    (
        "InvalidActionDeclarationException",
        "Output Artifact Bundle name must be unique within the pipeline. Code has been used more than once.",
        lambda p: _first(p, 1).update(outputArtifacts=[{"name": "Code"}]),
    ),
    (
        "InvalidActionDeclarationException",
        "Input Artifact Bundle Nope of action Make",
        lambda p: _first(p, 1).update(inputArtifacts=[{"name": "Nope"}]),
    ),
    (
        "InvalidActionDeclarationException",
        "Input Artifact Bundle Out of action Make",
        lambda p: _first(p, 1).update(inputArtifacts=[{"name": "Out"}]),
    ),
    (
        "InvalidActionDeclarationException",
        r"Namespaces must be unique across the pipeline definition.*Namespace=\[Src\]",
        lambda p: _first(p, 1).update(namespace="Src"),
    ),
    ("InvalidActionDeclarationException", "reserved", lambda p: _first(p, 1).update(namespace="codepipeline")),
    (
        "InvalidActionDeclarationException",
        r"VariableReferenceText=\[Later.X\]",
        lambda p: _first(p, 2).update(configuration={"A": "#{Later.X}"}, namespace="Later"),
    ),
    (
        "InvalidActionDeclarationException",
        r"VariableReferenceText=\[variables.w\]",
        lambda p: _first(p, 2).update(configuration={"A": "#{variables.w}"}),
    ),
    ("InvalidActionDeclarationException", "timeoutInMinutes", lambda p: _first(p, 1).update(timeoutInMinutes=10)),
]


@pytest.mark.parametrize(("code", "words", "change"), _WRONG)
def test_what_is_none_on_aws_is_refused_in_its_words(code: str, words: str, change: Change) -> None:
    given = _whole()
    change(given)

    with pytest.raises(PipelineError, match=words) as refused:
        checks.check(given, region=REGION)
    assert code == refused.value.CODE


_ELSEWHERE: list[tuple[str, Change]] = [
    ("AWS/Invoke/Lambda", lambda p: _first(p, 1)["actionTypeId"].update(category="Invoke", provider="Lambda")),
    ("Custom/Build/Jenkins", lambda p: _first(p, 1)["actionTypeId"].update(owner="Custom", provider="Jenkins")),
    ("version 2", lambda p: _first(p, 1)["actionTypeId"].update(version="2")),
    ("another region, got eu-west-1", lambda p: _first(p, 1).update(region="eu-west-1")),
    (
        "artifact stores in other regions, got eu-west-1",
        lambda p: p.update(artifactStores=dict.fromkeys((REGION, "eu-west-1"), p.pop("artifactStore"))),
    ),
]


@pytest.mark.parametrize(("words", "change"), _ELSEWHERE)
def test_what_nobody_does_here_is_refused_by_name(words: str, change: Change) -> None:
    given = _whole()
    change(given)

    with pytest.raises(NotEmulatedError, match=words):
        checks.check(given, region=REGION)


def _create() -> Shape:
    model = sdk.session().get_service_model("codepipeline")
    return model.shape_for("CreatePipelineInput")


@pytest.mark.parametrize(
    ("words", "change"),
    [
        ("at 'pipeline.name' failed.*regular expression pattern", lambda p: p.update(name="a b")),
        ("at 'pipeline.stages.2.member.actions.1.member.runOrder' failed.*or equal to 999", "order"),
        ("at 'pipeline.stages' failed to satisfy constraint: Member must not be null", lambda p: p.pop("stages")),
        (r"enum value set: \[QUEUED, SUPERSEDED, PARALLEL\]", lambda p: p.update(executionMode="FAST")),
        ("configuration.A.member' failed.*length less than or equal to 1000", "long"),
    ],
)
def test_values_are_those_of_the_model(words: str, change: Any) -> None:
    given = _whole()
    if change == "order":
        _first(given, 1)["runOrder"] = 1000
    elif change == "long":
        _first(given, 2)["configuration"] = {"A": "x" * 1001}
    else:
        change(given)

    with pytest.raises(PipelineError, match=words) as refused:
        shapes.check({"pipeline": given}, _create())
    assert refused.value.CODE == "ValidationException"


def test_values_that_are_allowed_pass() -> None:
    shapes.check({"pipeline": _whole(), "tags": [{"key": "a", "value": ""}]}, _create())


def test_pages_go_on_behind_each_other() -> None:
    first, rest = pages.page(["a", "b", "c"], token=None, most=2, key=str)
    assert (first, rest) == (["a", "b"], {"nextToken": "c"})
    # One more came at the front meanwhile.
    assert pages.page(["z", "a", "b", "c"], token=rest["nextToken"], most=2, key=str) == (["c"], {})
    with pytest.raises(InvalidNextTokenError):
        pages.page(["a"], token="c", most=2, key=str)
