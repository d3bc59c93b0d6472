"""A push starts the pipelines whose source it is.

On AWS a connection tells CodePipeline of pushes, as far as a pipeline's triggers let it; those to CodeCommit are told
by a rule of EventBridge, or found by a pipeline that polls.

References:
    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-filter.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-about-starting.html
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_cloud.kernel.errors import LocalCloudError, NotEmulatedError
from local_cloud.kernel.services import backends
from local_cloud.services.codepipeline import globs
from local_cloud.services.codepipeline.errors import InvalidStructureError
from local_cloud.services.codepipeline.trigger import SourceOverride, Trigger
from local_cloud.services.repositories import connections, pushes
from local_cloud.services.repositories.pushes import Push

_log = logging.getLogger(__name__)
_MOST = 8
_FILTERS = ("branches", "tags", "filePaths")


@dataclass(frozen=True, kw_only=True)
class Started:
    """An execution that a push asks for, by the arguments of `executions.start`.

    Args:
        account_id: of the pipeline.
        region: of the pipeline.
        pipeline: its name.
        trigger: the push.
        overrides: the commit that was pushed.
    """

    account_id: str
    region: str
    pipeline: str
    trigger: Trigger
    overrides: tuple[SourceOverride, ...]


Start = Callable[[Started], object]


def install(start: Start) -> None:
    """Start executions upon pushes from now on.

    Args:
        start: starts one.
    """

    def take(push: Push) -> None:
        for order in of_push(push):
            try:
                start(order)
            except LocalCloudError as error:
                # As on AWS nobody else hears of it.
                _log.warning("a push to %s does not start %s: %s", push.place.name, order.pipeline, error)

    pushes.subscribe(take)


def check_triggers(declaration: Mapping[str, Any]) -> None:
    """Look at the triggers of a pipeline when it is made.

    Args:
        declaration: of the pipeline, as CreatePipeline has it.

    Raises:
        NotEmulatedError: one waits for a pull request, which no repository here has.
        InvalidStructureError: AWS refuses it too.
    """
    triggers = declaration.get("triggers") or []
    named = {action["name"]: action for action in sources(declaration)}
    for trigger in triggers:
        git = trigger.get("gitConfiguration") or {}
        name = git.get("sourceActionName", "")
        if trigger.get("providerType") != "CodeStarSourceConnection" or not git:
            raise InvalidStructureError("A trigger has the provider CodeStarSourceConnection and a Git configuration")
        if name not in named or _provider(named[name]) != "CodeStarSourceConnection":
            raise InvalidStructureError(f"The trigger names {name}, which is no source action that uses a connection")
        if git.get("pullRequest"):
            raise NotEmulatedError(
                f"the local cloud does not emulate triggers by pull requests, as that of the source action {name};"
                " its repositories have pushes only"
            )
        for wanted in git.get("push") or []:
            _check_filter(name, wanted)


def sources(declaration: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The source actions of a pipeline.

    Args:
        declaration: of the pipeline, as CreatePipeline has it.
    """
    stages = declaration.get("stages") or []
    return [
        action
        for stage in stages
        for action in stage.get("actions") or []
        if (action.get("actionTypeId") or {}).get("category") == "Source"
    ]


def of_push(push: Push) -> Iterator[Started]:
    """The executions that a push asks for; none when a branch or tag is gone."""
    if push.new is None:
        return
    for account_id, regions in list(dict.items(backends("codepipeline"))):
        for region, backend in list(dict.items(regions)):
            for found in list(backend.pipelines.values()):
                yield from _of_pipeline(push, account_id, region, found.pipeline)


def _of_pipeline(push: Push, account_id: str, region: str, declaration: Mapping[str, Any]) -> Iterator[Started]:
    for action in sources(declaration):
        trigger = _trigger(push, account_id, region, declaration, action)
        if trigger is not None and push.new is not None:
            # The commit that was pushed, though others may follow before the source is read.
            override = SourceOverride(action=action["name"], type="COMMIT_ID", value=push.new)
            yield Started(
                account_id=account_id,
                region=region,
                pipeline=declaration["name"],
                trigger=trigger,
                overrides=(override,),
            )
            return


def _trigger(
    push: Push, account_id: str, region: str, declaration: Mapping[str, Any], action: Mapping[str, Any]
) -> Trigger | None:
    given, provider = action.get("configuration") or {}, _provider(action)
    if push.place.kind == "connection" and provider == "CodeStarSourceConnection":
        arn = str(given.get("ConnectionArn", ""))
        is_same = (arn.split(":") + [""] * 5)[4] == push.place.account
        if is_same and given.get("FullRepositoryId") == push.place.name and _is_available(arn):
            # What AWS writes here is not documented.
            return Trigger(type="WebhookV2", detail=arn) if _is_wanted(push, declaration, action) else None
    if push.place.kind == "codecommit" and provider == "CodeCommit":
        where = (_account_of(action, account_id), action.get("region") or region)
        is_same = (push.place.account, push.place.region) == where and given.get("RepositoryName") == push.place.name
        polls = str(given.get("PollForSourceChanges", "true")).lower() != "false"
        if is_same and polls and given.get("BranchName") == push.branch:
            return Trigger(type="PollForSourceChanges", detail=action["name"])
    return None


def _is_wanted(push: Push, declaration: Mapping[str, Any], action: Mapping[str, Any]) -> bool:
    """Whether a pipeline starts upon a push to the repository of its source.

    With triggers the branch of the action's configuration counts only for one without filters.
    """
    given = action.get("configuration") or {}
    is_default = push.branch is not None and push.branch == given.get("BranchName")
    mine = [
        trigger["gitConfiguration"]
        for trigger in declaration.get("triggers") or []
        if (trigger.get("gitConfiguration") or {}).get("sourceActionName") == action["name"]
    ]
    if not mine:
        return is_default and str(given.get("DetectChanges", "true")).lower() != "false"
    return any(any(_passes(push, wanted) for wanted in git["push"]) if git.get("push") else is_default for git in mine)


def _passes(push: Push, wanted: Mapping[str, Any]) -> bool:
    """Whether a push passes a filter: all parts of it, and in each part an exclusion wins."""
    branches, tags, paths = (wanted.get(name) or {} for name in _FILTERS)
    if push.tag is not None:
        return bool(tags) and _is_in(tags, push.tag)
    if tags and not branches:
        return False
    if branches and not _is_in(branches, push.branch or ""):
        return False
    return not paths or any(_is_in(paths, path) for path in push.changed_paths)


def _is_in(part: Mapping[str, Sequence[str]], name: str) -> bool:
    includes, excludes = part.get("includes") or (), part.get("excludes") or ()
    return (not includes or globs.any_matches(includes, name)) and not globs.any_matches(excludes, name)


def _check_filter(action: str, wanted: Mapping[str, Any]) -> None:
    if wanted.get("tags") and (wanted.get("branches") or wanted.get("filePaths")):
        raise InvalidStructureError(f"The push filter of {action} has tags, which go with no branches or file paths")
    for name in _FILTERS:
        for kind, patterns in (wanted.get(name) or {}).items():
            if not 0 < len(patterns) <= _MOST:
                raise InvalidStructureError(
                    f"The push filter of {action} has {len(patterns)} {kind} of {name}, 1 to 8 may be"
                )
            for pattern in patterns:
                try:
                    globs.matches(pattern, "")
                except globs.GlobError as error:
                    raise InvalidStructureError(f"The push filter of {action}: {error}") from error


def _provider(action: Mapping[str, Any]) -> str:
    return str(action["actionTypeId"].get("provider"))


def _account_of(action: Mapping[str, Any], default: str) -> str:
    role = action.get("roleArn")
    return str(role).split(":")[4] if role else default


def _is_available(arn: str) -> bool:
    try:
        return connections.get(arn).status == "AVAILABLE"
    except connections.UnknownConnectionError:
        return False
