"""CodePipeline: pipelines that really run."""

from local_cloud.kernel.services import Service


def _patch() -> None:
    from local_cloud.services.codepipeline import api

    api.definitions()
    api.runs()
    api.lists()


def _resume() -> None:
    from local_cloud.services.codepipeline import interruptions

    interruptions.end_all()


SERVICE = Service(
    name="codepipeline", backends=("codepipeline",), keeps=("codepipeline",), patch=_patch, resume=_resume
)
