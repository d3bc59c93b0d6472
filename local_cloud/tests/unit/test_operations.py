"""Every operation of every service that AWS's SDK knows is done, kept or refused, and somebody decided it."""

import functools
import importlib.util
import inspect
import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import botocore.loaders
import botocore.parsers
import botocore.serialize
import pytest
from botocore.model import OperationModel, ServiceModel
from moto.core import model as motos
from moto.core import routing
from syrupy.assertion import SnapshotAssertion

from local_cloud.cloudformation.api import CloudFormationApi
from local_cloud.kernel import not_emulated, sdk, wire
from local_cloud.operations import SERVICES
from local_cloud.services.repositories.codecommit_api import CodeCommitApi
from local_cloud.services.repositories.connections_api import CodeConnectionsApi, CodeStarConnectionsApi


@functools.cache
def loader() -> Any:
    """Reads models for this file only: whoever makes a client of S3 takes the buckets out of the addresses of its model."""
    made = botocore.loaders.create_loader()
    made.file_loader = sdk.SmallModels()
    return made


@functools.cache
def model(service: str) -> ServiceModel:
    return ServiceModel(_read(service), service)


def _read(service: str) -> Any:
    return loader().load_service_model(service, "service-2")


@pytest.fixture
def whole_addresses(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Routes as a new server has them."""
    monkeypatch.setattr(routing, "get_service_model", lambda name: motos.ServiceModel(_read(name), name))
    routing.get_service_router.cache_clear()
    yield
    routing.get_service_router.cache_clear()


def services() -> list[str]:
    return sorted(sdk.session().get_available_services())


def operations() -> Iterator[OperationModel]:
    for service in services():
        for name in model(service).operation_names:
            yield model(service).operation_model(name)


def test_each_operation_of_the_lists_is_one_of_its_service() -> None:
    unknown = {service: found.answered - set(model(service).operation_names) for service, found in SERVICES.items()}

    assert not {service: names for service, names in unknown.items() if names}


def test_no_operation_is_both_done_and_only_kept() -> None:
    assert not {service: found.real & found.kept for service, found in SERVICES.items() if found.real & found.kept}


@pytest.mark.parametrize(
    ("service", "api"),
    [
        ("cloudformation", CloudFormationApi),
        ("codecommit", CodeCommitApi),
        ("codeconnections", CodeConnectionsApi),
        ("codestar-connections", CodeStarConnectionsApi),
    ],
)
def test_our_own_apis_answer_what_is_listed(service: str, api: type) -> None:
    has = {name for name, _ in inspect.getmembers(api, inspect.isfunction)}

    assert {botocore.xform_name(name) for name in SERVICES[service].answered} <= has


def test_somebody_decided_each_operation(snapshot: SnapshotAssertion) -> None:
    """A new release of the SDK or of moto with an operation that nobody has looked at changes the snapshot.

    ``*`` stands before what moto would answer.
    """
    decided = {
        service: {
            "real": len(found.real),
            "kept": len(found.kept),
            "refused": sorted(
                f"{'*' if moto_has(service, name) else ''}{name}"
                for name in set(model(service).operation_names) - found.answered
            ),
        }
        for service, found in SERVICES.items()
    }
    others = {service: len(model(service).operation_names) for service in services() if service not in SERVICES}
    real, kept = (sum(len(getattr(found, kind)) for found in SERVICES.values()) for kind in ("real", "kept"))
    total = sum(1 for _ in operations())
    counts = {"operations": total, "real": real, "kept": kept, "refused": total - real - kept}

    assert {"all": counts, "services": decided, "refused as a whole": others} == snapshot


def moto_has(service: str, operation: str) -> bool:
    return botocore.xform_name(operation) in _methods(service)


@functools.cache
def _methods(service: str) -> set[str]:
    package = {"lambda": "awslambda"}.get(service, service.replace("-", ""))
    if importlib.util.find_spec(f"moto.{package}") is None:
        return set()
    module = importlib.import_module(f"moto.{package}.responses")
    found = inspect.getmembers(module, lambda each: inspect.isclass(each) and each.__module__ == module.__name__)
    return {name for _, each in found for name in vars(each)}


@pytest.mark.usefixtures("whole_addresses")
@pytest.mark.parametrize("first", ["a-b", "c-d", "e-k", "l-m", "n-r", "s-z"])
def test_a_refusal_names_the_operation_and_each_client_reads_it(first: str) -> None:
    low, high = first.split("-")
    asked = [each for each in operations() if low <= each.service_model.service_name[0] <= high]
    wrong = [found for each in asked for found in _misunderstood(each)]

    assert wrong == []
    assert asked


def _misunderstood(operation: OperationModel) -> Iterator[str]:
    service = operation.service_model.service_name
    for protocol in operation.service_model.metadata.get("protocols", [operation.service_model.protocol]):
        if protocol not in botocore.serialize.SERIALIZERS:
            continue
        call = wire.call_of(_request(operation, protocol))
        if (call.service, call.operation) != (service, operation.name) and not _is_told_by_host_only(call, service):
            yield f"{service}:{operation.name} in {protocol} was taken for {call}"
            continue
        sent = wire.failure(call, not_emulated.CODE, not_emulated.refusal(call))
        shape: Any = operation.output_shape
        response = {"status_code": sent.status, "headers": dict(sent.headers), "body": sent.body}
        read = botocore.parsers.create_parser(protocol).parse(response, shape)
        if read["Error"].get("Code") != "NotEmulated" or str(call) not in read["Error"].get("Message", ""):
            yield f"{service}:{operation.name} in {protocol}: {read}"


def _is_told_by_host_only(call: wire.Call, service: str) -> bool:
    """Some services sign with one name and share addresses; on AWS their hosts differ, and here there is one."""
    return bool(call.operation) and model(call.service).signing_name == model(service).signing_name


def _some(kind: str) -> Any:
    return {"boolean": True, "list": ["x"], "timestamp": 0, "integer": 1, "long": 1}.get(kind, "x")


def _request(operation: OperationModel, protocol: str) -> dict[str, Any]:
    """A signed request as botocore sends it, with something for each required part of its address."""
    service = operation.service_model
    shape = operation.input_shape
    outside = {} if shape is None else {name: shape.members[name] for name in shape.required_members}
    address = {
        name: _some(member.type_name)
        for name, member in outside.items()
        if member.serialization.get("location") in {"uri", "querystring", "header"}
    }
    serializer = botocore.serialize.create_serializer(protocol, include_validation=False)
    sent = serializer.serialize_to_request(address, operation)
    path, _, query = sent["url_path"].partition("?")
    body = sent["body"]
    content = urlencode(body).encode() if isinstance(body, dict) else body if isinstance(body, bytes) else body.encode()
    scope = f"Credential=111111111111/20260101/us-east-1/{service.signing_name}/aws4_request"
    headers = {**sent["headers"], "Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"}
    return {
        "REQUEST_METHOD": sent["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": urlsplit(path).path,
        "QUERY_STRING": "&".join(filter(None, (query, urlencode(sent["query_string"], doseq=True)))),
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(content)),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(content),
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }
