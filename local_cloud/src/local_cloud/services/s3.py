"""S3: moto's, corrected."""

from local_cloud.kernel.runtime import Runtime


def install(_: Runtime) -> None:
    """Extend moto."""
    from local_cloud.moto_patches import s3 as patches

    patches.install()
