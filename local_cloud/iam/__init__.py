"""IAM as AWS decides it: identity, resource and trust policies, PassRole, conditions."""

from local_cloud.runtime import Runtime


def install(_runtime: Runtime) -> None:
    """Enforce from now on."""
    from local_cloud.iam import enforcement
    from local_cloud.moto_patches import iam as patches

    patches.install()
    enforcement.install()
