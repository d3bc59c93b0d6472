"""What the server reads about AWS itself takes most of its memory: it is read late, and kept small."""

import functools
import importlib.util
import threading
from pathlib import Path
from typing import Any

import boto3
from werkzeug.local import LocalProxy

from local_cloud.kernel import patching, sdk

COMPILING = threading.RLock()
_INSTANCE_TYPES = "moto.ec2.models.instance_types"


def install() -> None:
    """Read less; before any of moto's services is imported."""
    one_model_of_a_service()
    instance_types_on_demand()
    addresses_one_by_one()
    operations_one_by_one()


@patching.owner
def one_model_of_a_service() -> None:
    """Models of services are read once for the answers and once for the names of regions, and kept three times."""
    from moto.core import loaders, utils
    from moto.core.base_backend import AccountSpecificBackend

    load = utils._load_service_model  # noqa: SLF001  # moto has no public way

    def load_service_model(service: str, kind: str) -> Any:
        extras = Path(loaders.moto_root, service.replace("-", "")).glob(f"*/{kind}.moto-extras.json*")
        # What moto adds to a model is of no use to anybody else.
        return load(service, kind) if any(extras) else sdk.loader().load_service_model(service, kind)

    @functools.cache
    def session() -> boto3.Session:
        return boto3.Session(botocore_session=sdk.session())

    patching.replace(loaders.Loader, "FILE_LOADER_CLASS", sdk.SmallModels)
    patching.replace(utils, "_load_service_model", load_service_model)
    patching.replace(AccountSpecificBackend, "get_session", staticmethod(session))


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


@patching.owner
def addresses_one_by_one() -> None:
    """Many first requests at once make a service's addresses at the same time, and Python 3.11 sometimes fails at it.

    The syntax trees of Python share a counter between threads ("AST constructor recursion depth mismatch",
    https://github.com/python/cpython/issues/106905), and each address is made by one.
    """
    from werkzeug.routing import Rule

    compile_rule = Rule.compile

    def compile_alone(self: Any) -> None:
        with COMPILING:
            compile_rule(self)

    patching.replace(Rule, "compile", compile_alone)


@patching.owner
def operations_one_by_one() -> None:
    """The model of an operation is kept as botocore's for a moment, in which another thread finds it and cannot use it.

    ServiceModel.operation_model and the one that it calls above it keep what they made under the same key.
    """
    from moto.core.model import ServiceModel

    operation_model, lock = ServiceModel.operation_model, threading.RLock()

    def operation_model_alone(self: Any, operation_name: str) -> Any:
        with lock:
            return operation_model(self, operation_name)

    patching.replace(ServiceModel, "operation_model", operation_model_alone)
