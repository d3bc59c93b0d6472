"""CodePipeline: pipelines that really run."""

import time

from local_cloud.kernel.runtime import Runtime
from local_cloud.kernel.services import Service

# On AWS a pipeline that polls does so about every minute.
_POLL_SECONDS = 1.0


def _patch() -> None:
    from local_cloud.services.codepipeline import api, executions
    from local_cloud.services.events import pipelines

    pipelines.start_with(executions.start_by_rule)
    api.definitions()
    api.runs()
    api.lists()


def _start(runtime: Runtime) -> None:
    from local_cloud.services.codepipeline import executions, push_triggers, s3_polls

    push_triggers.install(executions.start_by_push)
    poller = s3_polls.Poller(executions.start_by_push)
    runtime.background.repeat("polling pipelines", poller.look, pause=lambda: time.sleep(_POLL_SECONDS))


def _resume() -> None:
    from local_cloud.services.codepipeline import interruptions

    interruptions.end_all()


SERVICE = Service(
    name="codepipeline",
    backends=("codepipeline",),
    keeps=("codepipeline",),
    needs=("repositories",),
    patch=_patch,
    start=_start,
    resume=_resume,
)
