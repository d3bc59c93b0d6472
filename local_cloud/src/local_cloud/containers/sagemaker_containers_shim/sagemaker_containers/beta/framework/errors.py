"""What the toolkit raises."""

from local_cloud.containers.sagemaker.inference_formats import UnsupportedFormatError

__all__ = ["ClientError", "UnsupportedFormatError"]


class ClientError(Exception):
    """An error of the user's."""
