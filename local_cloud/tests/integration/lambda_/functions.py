"""Makes functions for tests."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT


def archive(files: Mapping[str, str]) -> bytes:
    """A zip of files by path."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as writer:
        for path, text in files.items():
            writer.writestr(path, text)
    return content.getvalue()


def create(cloud: RunningCloud, name: str, *, role: str, handler: str, files: Mapping[str, str], **more: Any) -> Any:
    """A client, once there is the function."""
    client = cloud.client("lambda", ACCOUNT)
    settings = {"Runtime": "python3.13", "Timeout": 30, **more}
    client.create_function(FunctionName=name, Role=role, Handler=handler, Code={"ZipFile": archive(files)}, **settings)
    return client
