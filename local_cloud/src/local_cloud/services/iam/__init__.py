"""IAM as AWS decides it: identity, resource and trust policies, PassRole, conditions."""

from local_cloud.kernel.services import Service


def _patch() -> None:
    from local_cloud.moto_patches import iam as patches
    from local_cloud.moto_patches import sts
    from local_cloud.services.iam import access_keys, enforcement, simulation_calls

    patches.install()
    sts.install()
    enforcement.install()
    simulation_calls.install()
    access_keys.install()


SERVICE = Service(name="iam", backends=("iam", "sts"), keeps=("iam", "sts"), eager=True, patch=_patch)
