"""All that a program needs of a local cloud: to start, find, stop and control one. Everything else is AWS's own API.

    with api.start(Settings(state_dir=folder, port=0)) as cloud:
        cloud.client("s3", "111111111111").create_bucket(Bucket="data")
        cloud.control("clock", {"advance_seconds": 3600})
        cloud.control("faults", {"add": {"kind": "throttle", "service": "s3", "operation": "PutObject"}})

Tests find more in `local_cloud.testing`. What lies in other modules may change without a word.
"""

from local_cloud.kernel.errors import LocalCloudError, NotEmulatedError, ServerError
from local_cloud.kernel.lifecycle import RunningCloud, find, free_port, reset, start
from local_cloud.kernel.settings import Settings

__all__ = [
    "LocalCloudError",
    "NotEmulatedError",
    "RunningCloud",
    "ServerError",
    "Settings",
    "find",
    "free_port",
    "reset",
    "start",
]
