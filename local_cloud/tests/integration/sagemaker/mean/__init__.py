"""A family of images that is as small as one can be, for its model is the mean of the labels: one trains, both serve."""

from local_cloud.containers.sagemaker.image import Image

IMAGES = (
    Image(name="mean-of-labels:1", packages=(), train=f"{__name__}.train", serve=f"{__name__}.serve"),
    Image(name="mean-of-labels:1-inference", packages=(), serve=f"{__name__}.serve"),
)
