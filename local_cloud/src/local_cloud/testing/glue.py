"""What a Glue script needs to run without a job."""

from local_cloud.services.glue.spark import SHIM, java_home

__all__ = ["SHIM", "java_home"]
