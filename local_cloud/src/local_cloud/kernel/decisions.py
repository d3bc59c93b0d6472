"""What is made of each member of the requests that are answered, told from the SDK's own models."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from botocore.model import ServiceModel

from local_cloud.kernel import sdk
from local_cloud.operations import SERVICES as OPERATIONS
from local_cloud.parameters import SERVICES
from local_cloud.parameters.notation import Member

Decision = Literal["honoured", "some values", "no effect", "refused"]
_ALL = Member()


def every_request() -> Iterator[tuple[str, str, Any]]:
    """Service, operation and input shape of each operation that is answered and takes anything."""
    for service, found in sorted(OPERATIONS.items()):
        model = ServiceModel(sdk.loader().load_service_model(service, "service-2"), service)
        for operation in sorted(found.answered):
            shape = model.operation_model(operation).input_shape
            if shape is not None and shape.members:
                yield service, operation, shape


def of(service: str, operation: str, shape: Any) -> Iterator[tuple[str, Decision]]:
    """Each member of a request by its path, and what is made of it; a shape within itself is told once."""
    yield from _of(SERVICES[service].operations[operation], shape, "", ())


def members_of(shape: Any) -> Mapping[str, Any]:
    """The members of a structure, also of one in lists and maps."""
    while shape.type_name in {"list", "map"}:
        shape = shape.member if shape.type_name == "list" else shape.value
    return shape.members if shape.type_name == "structure" else {}


def _of(taken: Member, shape: Any, path: str, above: tuple[str, ...]) -> Iterator[tuple[str, Decision]]:
    for name, found in members_of(shape).items():
        place, below = f"{path}.{name}" if path else name, taken.members.get(name)
        if below is None:
            yield place, "refused"
            continue
        yield place, "no effect" if below.idle else "some values" if below.values else "honoured"
        inner = members_of(found)
        if found.name not in above and inner:
            whole = below if below.members else Member(members=dict.fromkeys(inner, _ALL))
            yield from _of(whole, found, place, (*above, found.name))
