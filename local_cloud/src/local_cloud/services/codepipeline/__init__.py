"""CodePipeline: pipelines that really run."""

from local_cloud.kernel.services import Service


def _patch() -> None:
    from local_cloud.services.codepipeline import api, executions
    from local_cloud.services.events import pipelines

    pipelines.start_with(executions.start_by_rule)
    api.definitions()
    api.runs()
    api.lists()


def _resume() -> None:
    from local_cloud.services.codepipeline import interruptions

    interruptions.end_all()


SERVICE = Service(
    name="codepipeline", backends=("codepipeline",), keeps=("codepipeline",), patch=_patch, resume=_resume
)
