"""Moves a build on, and tells of it.

Reference: https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
"""

from local_cloud.services.codebuild import events
from local_cloud.services.codebuild.record import BuildRecord


def leave(build: BuildRecord, status: str, *contexts: tuple[str, str]) -> None:
    """End the phase that a build is in.

    Args:
        build: the build.
        status: of the phase.
        contexts: why it failed: code and message.
    """
    build.leave(status, *contexts)
    events.phase_changed(build, build.current)


def complete(build: BuildRecord, status: str) -> None:
    """End a build, and the phase that it is in unless that is over."""
    if build.current.status is None:
        leave(build, status)
    build.complete(status)
    events.phase_changed(build, build.current)
    events.build_changed(build)
