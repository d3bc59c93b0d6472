"""Sessions of the AWS SDK inside the server: they share what they read of services, which is most of what they hold."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.loaders
import botocore.session


class SmallModels(botocore.loaders.JSONFileLoader):
    """Reads the SDK's models of services without their documentation, and into plain dictionaries.

    Those keep the order too, in a third less of memory.
    """

    def _load_file(self, full_path: str, open_method: Callable[..., Any]) -> Any:
        if not Path(full_path).is_file():
            return None
        with open_method(full_path, "rb") as file:
            return json.loads(file.read(), object_hook=_without_documentation)


def _without_documentation(item: dict[str, Any]) -> dict[str, Any]:
    # A shape may have a member of that name; and botocore wants one everywhere where it stands.
    if isinstance(item.get("documentation"), str):
        item["documentation"] = ""
    return item


@functools.cache
def loader() -> Any:
    """What reads the models of services for everybody, once; they stay as they are."""
    made = botocore.loaders.create_loader()
    made.file_loader = SmallModels()
    return made


def session() -> botocore.session.Session:
    """A session of its own, without credentials or models of its own."""
    made = botocore.session.Session()
    made.register_component("data_loader", loader())
    return made
