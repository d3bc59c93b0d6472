"""What the server reads about AWS itself takes most of its memory: it is read late, and kept small."""

import functools
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.loaders
from werkzeug.local import LocalProxy

from local_cloud.kernel import patching

_INSTANCE_TYPES = "moto.ec2.models.instance_types"


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


def install() -> None:
    """Read less; before any of moto's services is imported."""
    small_models()
    instance_types_on_demand()


@patching.owner
def small_models() -> None:
    """Models of services are kept with their documentation, in dictionaries of double the size."""
    from moto.core.loaders import Loader

    patching.replace(Loader, "FILE_LOADER_CLASS", SmallModels)


@patching.owner
def instance_types_on_demand() -> None:
    """Whoever imports EC2, as most services do, reads what each region offers of each instance type: 70 MB."""
    from moto.utilities import utils

    @functools.cache
    def read() -> Any:
        # Once more the module as moto wrote it; nobody else sees this one.
        spec: Any = importlib.util.find_spec(_INSTANCE_TYPES)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    with (
        patching.for_a_while(utils, "load_resource", lambda _: {}),
        patching.without_the_rest_of("moto.ec2"),
        patching.without_the_rest_of("moto.ec2.models"),
    ):
        from moto.ec2.models import instance_types
    patching.replace(instance_types, "load_resource", utils.load_resource)
    for name in ("INSTANCE_TYPES", "INSTANCE_FAMILIES", "INSTANCE_TYPE_OFFERINGS"):
        patching.replace(instance_types, name, LocalProxy(read, name))
