"""Builds tell EventBridge of each phase that is over, and of their start and end.

Reference: https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications-ref.html
"""

from datetime import datetime
from typing import Any

from local_cloud.services.codebuild.record import BuildRecord, PhaseRecord
from local_cloud.services.events import bus

_VERSION = "1"


def build_changed(build: BuildRecord) -> None:
    """A build has started or ended."""
    _emit(build, "CodeBuild Build State Change", {"build-status": build.status, "current-phase": build.current.type})


def phase_changed(build: BuildRecord, phase: PhaseRecord) -> None:
    """A phase of a build is over."""
    detail = {
        "completed-phase": phase.type,
        "completed-phase-status": phase.status or build.status,
        "completed-phase-context": f"[{', '.join(_contexts(phase))}]",
        "completed-phase-duration-seconds": phase.seconds,
        "completed-phase-start": _time(phase.started),
        "completed-phase-end": _time(phase.ended or phase.started),
    }
    _emit(build, "CodeBuild Build Phase Change", detail)


def _emit(build: BuildRecord, detail_type: str, own: dict[str, Any]) -> None:
    bus.emit(
        account_id=build.order.account_id,
        region=build.order.region,
        source="aws.codebuild",
        detail_type=detail_type,
        detail={
            **own,
            "project-name": build.order.project,
            "build-id": build.arn,
            "additional-information": _additional(build),
            "version": _VERSION,
        },
        resources=[build.arn],
    )


def _additional(build: BuildRecord) -> dict[str, Any]:
    made = build.definition
    environment, source = made["environment"], made["source"]
    found: dict[str, Any] = {
        "cache": {"type": made["cache"]["type"]},
        "build-number": build.number,
        "timeout-in-minutes": made["timeoutInMinutes"],
        "queued-timeout-in-minutes": made["queuedTimeoutInMinutes"],
        "build-complete": build.is_complete,
        "initiator": build.order.initiator,
        "build-start-time": _time(build.started),
        "source": {
            name: value for name, value in source.items() if name in {"type", "location", "buildspec"} and value
        },
        "environment": {
            "image": environment["image"],
            "privileged-mode": bool(environment.get("privilegedMode")),
            "compute-type": environment["computeType"],
            "type": environment["type"],
            "environment-variables": environment.get("environmentVariables") or [],
        },
        "phases": [_phase(phase) for phase in build.phases],
    }
    primary = next((item for item in build.uploaded if item.identifier is None), None)
    if primary is not None:
        found["artifact"] = {
            name: value
            for name, value in {
                "location": primary.location,
                "sha256sum": primary.sha256,
                "md5sum": primary.md5,
            }.items()
            if value is not None
        }
    if build.log_group is not None:
        logs = build.describe()["logs"]
        found["logs"] = {
            "group-name": logs["groupName"],
            "stream-name": logs["streamName"],
            "deep-link": logs["deepLink"],
        }
    return found


def _phase(phase: PhaseRecord) -> dict[str, Any]:
    found: dict[str, Any] = {"phase-type": phase.type, "start-time": _time(phase.started)}
    if phase.status is None or phase.ended is None:
        return found
    return found | {
        "phase-status": phase.status,
        "phase-context": _contexts(phase),
        "end-time": _time(phase.ended),
        "duration-in-seconds": phase.seconds,
    }


def _contexts(phase: PhaseRecord) -> list[str]:
    return [f"{code}: {message}" for code, message in phase.contexts]


def _time(moment: datetime) -> str:
    """For example ``Sep 1, 2017 4:12:29 PM``."""
    hour = moment.strftime("%I:%M:%S %p").lstrip("0")
    return f"{moment.strftime('%b')} {moment.day}, {moment.year} {hour}"
