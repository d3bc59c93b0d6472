"""What CreatePipeline and UpdatePipeline refuse of a structure whose members are each allowed.

The rules are those of https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html.
Where AWS's own words are known from its users' reports they are used; all others are ours.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.codepipeline import action_checks, declarations, push_triggers
from local_cloud.services.codepipeline.action import ActionDeclaration
from local_cloud.services.codepipeline.declarations import PipelineDeclaration, StageDeclaration
from local_cloud.services.codepipeline.errors import (
    InvalidActionDeclarationError,
    InvalidStageDeclarationError,
    InvalidStructureError,
)
from local_cloud.services.codepipeline.stage_queue import PARALLEL, SUPERSEDED
from local_cloud.services.iam import trust

_FEWEST_STAGES, _MOST_STAGES = 2, 50
# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
_MOST_ACTIONS, _MOST_IN_PIPELINE = 100, 1000


def check(given: Mapping[str, Any], *, region: str) -> PipelineDeclaration:
    """Look at a pipeline, and read it.

    Args:
        given: as CreatePipeline has it.
        region: of the pipeline.

    Raises:
        PipelineError: it is none on AWS.
        NotEmulatedError: it is one there, and not covered here.
    """
    _stores(given, region)
    pipeline = declarations.parse(given, region=region)
    _types(given, pipeline)
    if len(pipeline.stages) < _FEWEST_STAGES:
        raise InvalidStructureError(
            f"Pipeline has only {len(pipeline.stages)} stage(s). There should be a minimum of 2 stages in a pipeline"
        )
    _numbers(pipeline)
    _sources(pipeline)
    for name, count in Counter(stage.name for stage in pipeline.stages).items():
        if count > 1:
            raise InvalidStageDeclarationError(f"Stage name must be unique within the pipeline: {name} is not")
    for stage in pipeline.stages:
        for name, count in Counter(action.name for action in stage.actions).items():
            if count > 1:
                raise InvalidActionDeclarationError(
                    f"Action name must be unique within stage {stage.name}: {name} is not"
                )
        for action in stage.actions:
            action_checks.check(action, region=region)
    _artifacts(pipeline)
    _namespaces(pipeline)
    push_triggers.check_triggers(given)
    return pipeline


def check_role(role_arn: str) -> None:
    """Look whether a pipeline's role lets CodePipeline take it on.

    Raises:
        InvalidStructureError: it does not, or is not there.
    """
    if not trust.trusts_service(role_arn, "codepipeline.amazonaws.com"):
        raise InvalidStructureError(f"CodePipeline is not authorized to perform AssumeRole on role {role_arn}")


def _stores(given: Mapping[str, Any], region: str) -> None:
    one, many = given.get("artifactStore"), given.get("artifactStores")
    if (one is None) == (many is None):
        raise InvalidStructureError("Specify either artifactStore or artifactStores, and not both")
    if many is None:
        return
    if region not in many:
        raise InvalidStructureError(f"artifactStores has no artifact store for the pipeline's region, {region}")
    if others := sorted(set(many) - {region}):
        raise NotEmulatedError(
            f"the local cloud does not emulate artifact stores in other regions, got {', '.join(others)}; run all"
            f" actions in {region}"
        )


def _types(given: Mapping[str, Any], pipeline: PipelineDeclaration) -> None:
    """What a pipeline of type V2 may have only; see .../latest/userguide/pipeline-types-planning.html."""
    if (given.get("pipelineType") or "V1") == "V2":
        if pipeline.mode == PARALLEL and any(stage.on_failure == "ROLLBACK" for stage in pipeline.stages):
            raise InvalidStructureError("A pipeline in the mode PARALLEL cannot roll back stages")
        return
    found = [name for name in ("variables", "triggers") if given.get(name)]
    if pipeline.mode != SUPERSEDED:
        found.append("executionMode")
    if any(stage.on_failure != "FAIL" for stage in pipeline.stages):
        found.append("onFailure")
    if found:
        raise InvalidStructureError(f"A pipeline of type V1 cannot have {', '.join(found)}; use pipelineType V2")


def _numbers(pipeline: PipelineDeclaration) -> None:
    if len(pipeline.stages) > _MOST_STAGES:
        raise InvalidStructureError(f"Pipeline has {len(pipeline.stages)} stages; at most {_MOST_STAGES} are allowed")
    for stage in pipeline.stages:
        if not stage.actions:
            raise InvalidStageDeclarationError(f"Stage {stage.name} has no actions")
        if len(stage.actions) > _MOST_ACTIONS:
            raise InvalidStageDeclarationError(
                f"Stage {stage.name} has {len(stage.actions)} actions; at most {_MOST_ACTIONS} are allowed"
            )
    total = sum(len(stage.actions) for stage in pipeline.stages)
    if total > _MOST_IN_PIPELINE:
        raise InvalidStructureError(f"Pipeline has {total} actions; at most {_MOST_IN_PIPELINE} are allowed")


def _sources(pipeline: PipelineDeclaration) -> None:
    first, *rest = pipeline.stages
    if any(action.type.category != "Source" for action in first.actions):
        raise InvalidStructureError("Pipeline should start with a stage that only contains source actions")
    for stage in rest:
        if any(action.type.category == "Source" for action in stage.actions):
            raise InvalidStructureError(f"Only the first stage may contain source actions, and {stage.name} has some")
    if first.on_failure == "ROLLBACK":
        raise InvalidStructureError(f"Stage {first.name} contains source actions and cannot be rolled back")


def _places(pipeline: PipelineDeclaration) -> Iterator[tuple[int, StageDeclaration, ActionDeclaration]]:
    """All actions with the order in which they run; those of one stage and one run order have the same."""
    place = 0
    for stage in pipeline.stages:
        for order in stage.run_orders:
            place += 1
            for action in stage.actions:
                if action.run_order == order:
                    yield place, stage, action


def _artifacts(pipeline: PipelineDeclaration) -> None:
    made: dict[str, int] = {}
    for place, _, action in _places(pipeline):
        for name in action.outputs:
            if name in made:
                raise InvalidActionDeclarationError(
                    f"Output Artifact Bundle name must be unique within the pipeline. {name} has been used more than"
                    " once."
                )
            made[name] = place
    for place, stage, action in _places(pipeline):
        for name in action.inputs:
            if made.get(name, place) >= place:
                raise InvalidActionDeclarationError(
                    f"Input Artifact Bundle {name} of action {action.name} in stage {stage.name} is not an output of"
                    " any action that runs before"
                )


def _namespaces(pipeline: PipelineDeclaration) -> None:
    made: dict[str, int] = {}
    for place, stage, action in _places(pipeline):
        if action.namespace is None:
            continue
        if action.namespace in made:
            raise InvalidActionDeclarationError(
                "Namespaces must be unique across the pipeline definition. The following occur more than once in the"
                f" pipeline. StageName=[{stage.name}], ActionName=[{action.name}], Namespace=[{action.namespace}]"
            )
        made[action.namespace] = place
    for place, stage, action in _places(pipeline):
        known = {name for name, before in made.items() if before < place}
        action_checks.check_references(action, stage=stage.name, namespaces=known, variables_=pipeline.variables)
