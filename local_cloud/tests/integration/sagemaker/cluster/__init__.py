"""A family whose image tells what its containers found, of several hosts and from pipes."""

from local_cloud.containers.sagemaker.image import Image

IMAGES = (
    Image(
        name="cluster:1",
        packages=("numpy",),
        train=f"{__name__}.train",
        script=f"{__name__}.train",
        distributed=True,
        reads_pipes=True,
    ),
)
