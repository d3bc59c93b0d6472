"""All builds of this server: started, found, stopped, forgotten."""

import dataclasses
import threading
import uuid
from collections.abc import Mapping
from typing import Any

from local_cloud.kernel import runtime
from local_cloud.kernel.services import backends
from local_cloud.services.codebuild import definitions, events
from local_cloud.services.codebuild.build import Build
from local_cloud.services.codebuild.errors import InvalidRequestError, MissingProjectError, TooManyBuildsError
from local_cloud.services.codebuild.order import BuildOrder
from local_cloud.services.codebuild.record import SUBMITTED

_TOKEN_SECONDS = 300.0
_PIPELINE = "CODEPIPELINE"


class _Kept:
    """Builds by their ids, oldest first, and how many a project had."""

    def __init__(self) -> None:
        self.starting = threading.RLock()
        self.builds: dict[str, Build] = {}
        self.numbers: dict[str, int] = {}
        # What idempotency tokens stand for, and since when, on the virtual clock.
        self.tokens: dict[tuple[str, str, str], tuple[float, BuildOrder, str]] = {}


def start(order: BuildOrder) -> Build:
    """Start a build.

    Raises:
        MissingProjectError: there is no such project.
        InvalidRequestError: what it would be started with is wrong.
        NotEmulatedError: what it would be started with is not covered.
        TooManyBuildsError: the project lets no more run at the same time.
        JobError: the machine has no thread left; the build has failed.
    """
    project = _project(order)
    made = definitions.of_build(project, order.overrides)
    definitions.check(made)
    if made["source"]["type"] == _PIPELINE and not order.inputs:
        raise InvalidRequestError(
            f"Project {order.project} has its source from CodePipeline, so a pipeline starts its builds; override"
            " sourceTypeOverride and artifactsOverride to start one otherwise"
        )
    made["timeoutInMinutes"] = made.get("timeoutInMinutes") or definitions.DEFAULT_TIMEOUT_MINUTES
    made["queuedTimeoutInMinutes"] = made.get("queuedTimeoutInMinutes") or definitions.DEFAULT_QUEUED_MINUTES
    kept = runtime.current().of(_Kept)
    with kept.starting:
        _check_limit(order, project.get("concurrentBuildLimit"))
        build = _enter(kept, order, made)
    events.build_changed(build)
    build.start()
    return build


def _check_limit(order: BuildOrder, limit: int | None) -> None:
    """New builds are not started while a project has as many as it lets: nobody waits in a queue."""
    under_way = [item for item in of_project(order.account_id, order.region, order.project) if item.is_under_way]
    if limit is not None and len(under_way) >= limit:
        raise TooManyBuildsError(
            f"Cannot have more than {limit} builds in queue for the project {order.project}, which is its"
            " concurrentBuildLimit"
        )


def _enter(kept: _Kept, order: BuildOrder, made: definitions.Definition) -> Build:
    own = str(uuid.uuid4())
    arn = f"arn:aws:codebuild:{order.region}:{order.account_id}"
    project_arn = f"{arn}:project/{order.project}"
    kept.numbers[project_arn] = kept.numbers.get(project_arn, 0) + 1
    group, stream = _log(made, order.project, own)
    build = Build(
        build_id=f"{order.project}:{own}",
        arn=f"{arn}:build/{order.project}:{own}",
        number=kept.numbers[project_arn],
        order=order,
        definition=made,
        log_group=group,
        log_stream=stream,
    )
    build.enter(SUBMITTED)
    kept.builds[build.arn] = build
    return build


def once(token: str | None, order: BuildOrder) -> Build:
    """Start a build, unless the same token has started it in the last five minutes.

    Raises:
        InvalidRequestError: the token stands for another order.
    """
    kept, now = runtime.current().of(_Kept), runtime.current().clock.timestamp()
    key = (order.account_id, order.region, token or "")
    if token is None:
        return start(order)
    with kept.starting:
        since, known, arn = kept.tokens.get(key, (0.0, order, ""))
        if now - since > _TOKEN_SECONDS or arn not in kept.builds:
            build = start(order)
            kept.tokens[key] = (now, order, build.arn)
            return build
    if known != order:
        raise InvalidRequestError(f"Parameter mismatch: the idempotency token {token} was used for another request")
    return kept.builds[arn]


def _log(made: Mapping[str, Any], project: str, own: str) -> tuple[str | None, str]:
    """Log group and stream.

    Reference: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CloudWatchLogsConfig.html
    """
    settings = (made.get("logsConfig") or {}).get("cloudWatchLogs") or {}
    if settings.get("status") == "DISABLED":
        return None, ""
    prefix = settings.get("streamName")
    return settings.get("groupName") or f"/aws/codebuild/{project}", f"{prefix}/{own}" if prefix else own


def _project(order: BuildOrder) -> dict[str, Any]:
    projects = backends("codebuild")[order.account_id][order.region].codebuild_projects
    if order.project not in projects:
        arn = f"arn:aws:codebuild:{order.region}:{order.account_id}:project/{order.project}"
        raise MissingProjectError(f"Project cannot be found: {arn}")
    return dict(projects[order.project].project_metadata)


def stop(build: Build, *, seconds: float = 10.0) -> None:
    """Stop a build, and wait until it has ended, or for some seconds."""
    build.stop()
    build.wait(seconds)


def find(account_id: str, region: str, build_id: str) -> Build | None:
    """A build by its id or ARN."""
    own = build_id.rpartition(":build/")[2]
    return runtime.current().of(_Kept).builds.get(f"arn:aws:codebuild:{region}:{account_id}:build/{own}")


def of_region(account_id: str, region: str) -> list[Build]:
    """All of an account and region, oldest first."""
    return [
        item
        for item in list(runtime.current().of(_Kept).builds.values())
        if (item.order.account_id, item.order.region) == (account_id, region)
    ]


def of_project(account_id: str, region: str, project: str) -> list[Build]:
    """All of a project, oldest first."""
    return [item for item in of_region(account_id, region) if item.order.project == project]


def forget(build: Build) -> None:
    """Delete a build."""
    runtime.current().of(_Kept).builds.pop(build.arn, None)


def retry(build: Build) -> Build:
    """Start a build again, with what it was started with."""
    return start(dataclasses.replace(build.order))


def fail_interrupted() -> int:
    """Make builds FAILED that an earlier process left under way; gives how many."""
    return sum(build.interrupted() for build in list(runtime.current().of(_Kept).builds.values()))


def dump() -> Any:
    """For a snapshot."""
    kept = runtime.current().of(_Kept)
    return dict(kept.builds), dict(kept.numbers)


def load(content: Any) -> None:
    """From a snapshot."""
    kept = runtime.current().of(_Kept)
    kept.builds, kept.numbers = content
