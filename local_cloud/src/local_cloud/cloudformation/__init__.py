"""CloudFormation: an engine of our own in place of moto's, which skips what it does not know and rolls nothing back."""

from typing import Any

from local_cloud.kernel.services import Part, Service


def _patch() -> None:
    from local_cloud.cloudformation import resources, responses

    _ = resources  # importing the package registers the resource types
    responses.listen()


def _application() -> Any:
    from local_cloud.cloudformation import application

    return application.make()


def _dump() -> Any:
    from local_cloud.cloudformation import store

    return store.dump()


def _load(stacks: Any) -> None:
    from local_cloud.cloudformation import store

    store.load(stacks)


def _resume() -> None:
    from local_cloud.cloudformation import interruptions

    interruptions.end_all()


SERVICE = Service(
    name="cloudformation",
    backends=("cloudformation",),
    parts={"cloudformation": Part(dump=_dump, load=_load)},
    patch=_patch,
    application=_application,
    resume=_resume,
)
