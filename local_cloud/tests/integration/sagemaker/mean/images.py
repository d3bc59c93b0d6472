"""Two images: one trains and serves, one only serves."""

from local_cloud.containers.sagemaker.image import Image

IMAGES = (
    Image(name="mean-of-labels:1", packages=(), train=f"{__package__}.train", serve=f"{__package__}.serve"),
    Image(name="mean-of-labels:1-inference", packages=(), serve=f"{__package__}.serve"),
)
