"""Where code comes from: bare git repositories below the state folder, CodeConnections and CodeCommit on top of them.

A user makes the repository of a connection with ``python -m local_cloud repository owner/name``, and that of CodeCommit
with CreateRepository; both are pushed to with git.
"""

from typing import Any

from local_cloud.kernel.runtime import Runtime
from local_cloud.kernel.services import Part, Service

_OWN = "codecommit"


def _application() -> Any:
    from local_cloud.services.repositories import application

    return application.make()


def _start(runtime: Runtime) -> None:
    from local_cloud.services.repositories import codecommit_events, places, pushes

    root = places.root(runtime.settings.state_dir)
    root.mkdir(parents=True, exist_ok=True)
    # For hooks, which have no other way to find the server.
    (root / "endpoint").write_text(runtime.settings.endpoint_url, encoding="utf-8")
    pushes.start()
    pushes.subscribe(codecommit_events.tell)


def _part(module: str) -> Part:
    def of() -> Any:
        import importlib

        return importlib.import_module(f"{__name__}.{module}")

    return Part(dump=lambda: of().dump(), load=lambda kept: of().load(kept))


def _push(order: dict[str, Any]) -> dict[str, Any]:
    from local_cloud.kernel import services
    from local_cloud.services.repositories import pushes

    services.load(_OWN)
    return pushes.take(order)


def _repository(order: dict[str, Any]) -> dict[str, Any]:
    from local_cloud.kernel import runtime, services
    from local_cloud.services.repositories import places

    services.load(_OWN)
    place = places.connection(order["account"], order["name"])
    return {"path": str(places.make(place, runtime.current().settings.state_dir).path)}


def _connection(order: dict[str, Any]) -> dict[str, Any]:
    from local_cloud.kernel import services
    from local_cloud.services.repositories import connections

    services.load(_OWN)
    found = connections.authorize(order["arn"], provider=order.get("provider") or "GitHub", name=order.get("name"))
    return {"arn": found.arn, "name": found.name, "provider": found.provider, "status": found.status}


def _look_again() -> None:
    from local_cloud.services.repositories import pushes

    pushes.look_again()


SERVICE = Service(
    name="repositories",
    backends=(_OWN, "codeconnections", "codestar-connections"),
    parts={
        "repositories": _part("pushes"),
        "codecommit": _part("codecommit_store"),
        "codeconnections": _part("connections"),
    },
    needs=("events",),
    start=_start,
    resumed=_look_again,
    orders={"push": _push, "repository": _repository, "connection": _connection},
    application=_application,
)
