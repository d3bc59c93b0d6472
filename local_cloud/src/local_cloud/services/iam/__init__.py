"""IAM as AWS decides it: identity, resource and trust policies, PassRole, conditions."""

from local_cloud.kernel.runtime import Runtime


def install(_runtime: Runtime) -> None:
    """Enforce from now on."""
    from local_cloud.moto_patches import iam as patches
    from local_cloud.services.iam import enforcement

    patches.install()
    enforcement.install()
