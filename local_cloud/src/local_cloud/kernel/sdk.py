"""Sessions of the AWS SDK inside the server: they share what they read of services, which is most of what they hold."""

import functools
from typing import Any

import botocore.loaders
import botocore.session

from local_cloud.kernel.reading import SmallModels


@functools.cache
def _loader() -> Any:
    loader = botocore.loaders.create_loader()
    loader.file_loader = SmallModels()
    return loader


def session() -> botocore.session.Session:
    """A session of its own, without credentials or models of its own."""
    made = botocore.session.Session()
    made.register_component("data_loader", _loader())
    return made
