"""CodeBuild: builds that really run, as processes of this machine."""

from typing import Any

from local_cloud.kernel.services import Part, Service


def _patch() -> None:
    from local_cloud.moto_patches import codebuild as patches
    from local_cloud.services.codebuild import api

    patches.install()
    api.install()


def _dump() -> Any:
    from local_cloud.services.codebuild import builds

    return builds.dump()


def _load(content: Any) -> None:
    from local_cloud.services.codebuild import builds

    builds.load(content)


def _resume() -> None:
    from local_cloud.services.codebuild import builds

    builds.fail_interrupted()


SERVICE = Service(
    name="codebuild",
    backends=("codebuild",),
    keeps=("codebuild",),
    parts={"builds": Part(dump=_dump, load=_load)},
    # Builds tell EventBridge.
    needs=("events",),
    patch=_patch,
    resume=_resume,
)
