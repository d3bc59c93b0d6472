"""Sessions of the AWS SDK inside the server: they share what they read of services, which is most of what they hold."""

import functools
from typing import Any

import botocore.loaders
import botocore.session


@functools.cache
def _loader() -> Any:
    return botocore.loaders.create_loader()


def session() -> botocore.session.Session:
    """A session of its own, without credentials or models of its own."""
    made = botocore.session.Session()
    made.register_component("data_loader", _loader())
    return made
