"""IAM as AWS decides it: identity, resource and trust policies, PassRole, conditions."""

from typing import Any

from local_cloud.kernel.services import Part, Service


def _patch() -> None:
    from local_cloud.moto_patches import iam as patches
    from local_cloud.moto_patches import sts
    from local_cloud.services.iam import access_keys, enforcement, simulation_calls

    patches.install()
    sts.install()
    enforcement.install()
    simulation_calls.install()
    access_keys.install()


def _issuer(order: dict[str, Any]) -> dict[str, Any]:
    from local_cloud.services.iam import web_identity

    return web_identity.register(order)


def _dump() -> Any:
    from local_cloud.services.iam import web_identity

    return web_identity.dump()


def _load(kept: Any) -> None:
    from local_cloud.services.iam import web_identity

    web_identity.load(kept)


SERVICE = Service(
    name="iam",
    backends=("iam", "sts"),
    keeps=("iam", "sts"),
    parts={"issuers": Part(dump=_dump, load=_load)},
    eager=True,
    patch=_patch,
    orders={"issuer": _issuer},
)
