"""How the toolkit reads requests and writes answers."""

from local_cloud.containers.sagemaker.inference_formats import decode_older as decode
from local_cloud.containers.sagemaker.inference_formats import encode_older as encode

__all__ = ["decode", "encode"]
