"""Starts executions.

Reference: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StartPipelineExecution.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from local_cloud.kernel import runtime
from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.codepipeline import action_runs, events, failures, pipelines
from local_cloud.services.codepipeline.declarations import PipelineDeclaration
from local_cloud.services.codepipeline.engine import Engine, Ports
from local_cloud.services.codepipeline.errors import PipelineError, TooManyExecutionsError
from local_cloud.services.codepipeline.push_triggers import Started
from local_cloud.services.codepipeline.records import Execution, Pipeline, new_id
from local_cloud.services.codepipeline.trigger import SourceOverride, Trigger

# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html: in the modes QUEUED and PARALLEL.
MOST_UNDER_WAY = 50
# https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-trigger-source-overrides.html
_REVISIONS = {
    "CodeStarSourceConnection": "COMMIT_ID",
    "CodeCommit": "COMMIT_ID",
    "S3": "S3_OBJECT_VERSION_ID",
}
_NEEDS_CONSENT = "S3_OBJECT_KEY"


def engine() -> Engine:
    """What moves executions of the server that runs."""
    running = runtime.current()
    made = Engine(
        Ports(
            background=running.background,
            now=running.clock.now,
            perform=action_runs.perform,
            error_of=action_runs.error_of,
            tell=events,
        )
    )
    made.after_failure = failures.follow(made)
    return made


def start(
    *,
    account_id: str,
    region: str,
    pipeline: str,
    trigger: Trigger,
    variables: Mapping[str, str] | None = None,
    overrides: Sequence[SourceOverride] = (),
) -> str:
    """Start an execution.

    Args:
        account_id: owner of the pipeline.
        region: of the pipeline.
        pipeline: its name.
        trigger: why it starts.
        variables: of the pipeline, by name.
        overrides: revisions to take instead of the newest.

    Returns:
        its id.

    Raises:
        PipelineNotFoundError: there is no such pipeline.
        PipelineError: a variable or a source action that is named is none of the pipeline's, or a value is missing.
        NotEmulatedError: a source is to take another object than the declared one.
        TooManyExecutionsError: too many are under way.
    """
    found = pipelines.find(account_id, region, pipeline)
    with found.lock:
        declaration = pipelines.declared(found)
        check_room(found, declaration)
        now = runtime.current().clock.now()
        execution = Execution(
            id=new_id(),
            number=len(found.executions) + 1,
            declaration=declaration,
            trigger=trigger,
            variables=_values(declaration, variables or {}),
            overrides=_checked(declaration, overrides),
            started=now,
            updated=now,
        )
        engine().begin(found, execution)
    return execution.id


def start_by_rule(arn: str, rule_arn: str, members: Mapping[str, Any]) -> None:
    """Start the pipeline that is the target of a rule.

    Args:
        arn: of the pipeline.
        rule_arn: of the rule.
        members: sourceRevisions and variables of StartPipelineExecution, if the target's input has any.

    Raises:
        PipelineError: see `start`.
    """
    _, _, _, region, account_id, name = arn.split(":", 5)
    start(
        account_id=account_id,
        region=region,
        pipeline=name,
        trigger=Trigger(type="CloudWatchEvent", detail=rule_arn),
        variables={item["name"]: item["value"] for item in members.get("variables") or ()},
        overrides=[override(item) for item in members.get("sourceRevisions") or ()],
    )


def start_by_push(order: Started) -> str:
    """Start the execution that a push asks for; returns its id.

    Raises:
        LocalCloudError: it cannot be started.
    """
    return start(
        account_id=order.account_id,
        region=order.region,
        pipeline=order.pipeline,
        trigger=order.trigger,
        overrides=order.overrides,
    )


def override(given: Mapping[str, Any]) -> SourceOverride:
    """A source revision of StartPipelineExecution."""
    return SourceOverride(action=given["actionName"], type=given["revisionType"], value=given["revisionValue"])


def check_room(pipeline: Pipeline, declaration: PipelineDeclaration) -> None:
    """Refuse an execution more than there may be.

    Raises:
        TooManyExecutionsError: as many as are allowed are under way.
    """
    under_way = sum(item.is_under_way for item in pipeline.executions.values())
    if declaration.mode != "SUPERSEDED" and under_way >= MOST_UNDER_WAY:
        raise TooManyExecutionsError(
            f"The pipeline '{pipeline.name}' has {under_way} executions under way; at most {MOST_UNDER_WAY} are"
            f" allowed in the mode {declaration.mode}"
        )


def _values(declaration: PipelineDeclaration, given: Mapping[str, str]) -> dict[str, str]:
    unknown = sorted(set(given) - set(declaration.variables))
    if unknown:
        raise PipelineError(f"The pipeline '{declaration.name}' declares no variables named {', '.join(unknown)}")
    values = {name: given.get(name, default) for name, default in declaration.variables.items()}
    missing = sorted(name for name, value in values.items() if value is None)
    if missing:
        raise PipelineError(f"Values are missing for the variables {', '.join(missing)}, which have no default value")
    return {name: value for name, value in values.items() if value is not None}


def _checked(declaration: PipelineDeclaration, overrides: Sequence[SourceOverride]) -> tuple[SourceOverride, ...]:
    actions = (action for stage in declaration.stages for action in stage.actions)
    providers = {action.name: action.type.provider for action in actions if action.type.category == "Source"}
    for item in overrides:
        if item.action not in providers:
            raise PipelineError(f"The pipeline '{declaration.name}' has no source action named {item.action}")
        if item.type == _NEEDS_CONSENT:
            raise NotEmulatedError(
                f"the local cloud does not emulate source revisions of type {item.type}; give the version of the"
                " declared object as S3_OBJECT_VERSION_ID"
            )
        if item.type != _REVISIONS[providers[item.action]]:
            raise PipelineError(
                f"The source action {item.action} takes revisions of type {_REVISIONS[providers[item.action]]}, got"
                f" {item.type}"
            )
    return tuple(overrides)
