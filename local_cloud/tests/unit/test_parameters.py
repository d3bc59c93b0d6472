"""Every member of the requests that are answered is honoured, without effect for a reason, or refused when it is sent."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from local_cloud import parameters
from local_cloud.kernel import decisions
from local_cloud.kernel.decisions import members_of
from local_cloud.operations import SERVICES as OPERATIONS
from local_cloud.parameters import SERVICES, Parameters
from local_cloud.parameters.notation import Member, read


def taken(service: str, operation: str) -> Member:
    return SERVICES[service].operations[operation]


def declared(member: Member, shape: Any, path: str = "") -> Iterator[tuple[str, Member, Any]]:
    """What is written down of a shape; None for the shape of a member that it has not."""
    for name, below in member.members.items():
        found, place = members_of(shape).get(name), f"{path}.{name}" if path else name
        yield place, below, found
        if found is not None:
            yield from declared(below, found, place)


def every_declaration() -> Iterator[tuple[str, str, Member, Any]]:
    for service, operation, shape in decisions.every_request():
        for path, member, found in declared(taken(service, operation), shape):
            yield service, f"{operation}.{path}", member, found


def test_each_operation_that_is_answered_has_its_parameters_and_no_other() -> None:
    answered = {(service, operation) for service, operation, _ in decisions.every_request()}
    written = {(service, operation) for service, found in SERVICES.items() for operation in found.operations}

    assert answered <= written
    assert written <= {(service, name) for service, found in OPERATIONS.items() for name in found.answered}


def test_what_is_written_down_is_a_member_of_its_shape() -> None:
    assert [f"{service}:{path}" for service, path, _, shape in every_declaration() if shape is None] == []


def test_members_of_maps_are_not_told_apart() -> None:
    """The names in a map are the caller's own."""

    def has_map(shape: Any) -> bool:
        return bool(shape.type_name == "map" or (shape.type_name == "list" and has_map(shape.member)))

    wrong = [path for _, path, member, shape in every_declaration() if member.members and has_map(shape)]

    assert wrong == []


def test_values_are_those_of_the_shape() -> None:
    wrong = [
        path
        for _, path, member, shape in every_declaration()
        if not set(member.values) <= set(getattr(shape, "enum", None) or member.values)
    ]

    assert wrong == []


def test_what_has_no_effect_has_a_reason_and_each_reason_is_needed() -> None:
    idle = [(service, path) for service, path, member, _ in every_declaration() if member.idle]
    used = {(service, SERVICES[service].reason(path)) for service, path in idle}

    assert used == {(service, reason) for service, found in SERVICES.items() for reason in found.reasons.values()}


def test_somebody_decided_each_member(snapshot: SnapshotAssertion) -> None:
    """A new release of the SDK with a member that nobody has looked at changes the snapshot."""
    counts: Counter[str] = Counter()
    told: dict[str, dict[str, dict[str, list[str]]]] = {}
    for service, operation, shape in decisions.every_request():
        found = dict(decisions.of(service, operation, shape))
        counts.update(found.values())
        kinds: dict[str, list[str]] = {}
        for path, kind in found.items():
            if kind != "honoured":
                kinds.setdefault(kind, []).append(path)
        if kinds:
            told.setdefault(service, {})[operation] = kinds

    assert {"all": dict(counts), "services": told} == snapshot


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"A": 1, "B": {"C": "x"}, "L": [{"M": 1}, {"M": 1, "N": 2}]}, ["L.N is not taken, leave it out"]),
        ({"A": 1, "Z": 2}, ["Z is not taken, leave it out"]),
        ({"Z": None, "Y": [], "X": {}, "W": ""}, []),
        ({"Z": False}, []),
        ({"Z": True}, ["Z is not taken, leave it out"]),
        ({"Y": 0}, ["Y is not taken, leave it out"]),
        ({"B": {"C": "z"}}, ["B.C is 'z', it takes 'x' or 'y'"]),
        ({"B": {"C": "y"}, "F": False, "D": {"anything": 1}}, []),
        ({"F": True}, ["F is 'true', it takes 'false'"]),
        ({"E": 2}, ["E is '2', it takes '1'"]),
        ({"E": None, "F": "", "B": {"C": None}}, []),
        ({"B": {"C": ["x", "y"]}}, []),
        ({"B": {"C": ["x", "z"]}}, ["B.C is 'z', it takes 'x' or 'y'"]),
        ({"D": "anything"}, []),
    ],
)
def test_what_is_refused(monkeypatch: pytest.MonkeyPatch, sent: dict[str, Any], expected: list[str]) -> None:
    notation = read("Do{A B{C=x|y} ~D E=1 F=false L{M}}")
    monkeypatch.setitem(SERVICES, "made-up", Parameters(operations=notation.members))

    assert list(parameters.refusals("made-up", "Do", sent)) == expected


def test_an_operation_without_parameters_takes_none() -> None:
    assert list(parameters.refusals("made-up", "Do", {"A": 1})) == ["A is not taken, leave it out"]


@pytest.mark.parametrize("text", ["A{B", "A}", "A{B}}", "A,B", "{A}", "A=", "~"])
def test_what_is_no_notation(text: str) -> None:
    with pytest.raises(ValueError, match="brace"):
        read(text)


@pytest.mark.parametrize(
    ("service", "operation", "sent"),
    [
        ("kms", "CreateKey", {"Origin": "EXTERNAL"}),
        ("s3", "GetObject", {"PartNumber": 1}),
        ("s3", "HeadObject", {"ResponseContentType": "text/plain"}),
        ("s3", "ListMultipartUploads", {"MaxUploads": 1}),
        ("s3", "ListMultipartUploads", {"KeyMarker": "a", "UploadIdMarker": "b"}),
        ("s3", "DeleteObjects", {"Delete": {"Objects": [{"Key": "k", "ETag": "e"}]}}),
        ("dynamodb", "GetItem", {"AttributesToGet": ["a"]}),
        ("dynamodb", "Query", {"AttributesToGet": ["a"]}),
        ("dynamodb", "Scan", {"AttributesToGet": ["a"]}),
        ("glue", "GetTable", {"CatalogId": "222222222222"}),
        ("ecr", "DescribeImages", {"registryId": "222222222222"}),
        ("ecr", "GetAuthorizationToken", {"registryIds": ["111111111111", "222222222222"]}),
        ("ec2", "DescribeVpcEndpointServices", {"Filters": [{"Name": "service-name", "Values": ["s3"]}]}),
        ("ec2", "DescribeRegions", {"Filters": [{"Name": "region-name", "Values": ["us-east-1"]}]}),
        ("ec2", "ModifyVpcEndpoint", {"ResetPolicy": True}),
        ("ec2", "ModifyVpcEndpoint", {"PrivateDnsEnabled": True}),
        ("ec2", "ReplaceRoute", {"CarrierGatewayId": "cagw-1"}),
        ("sts", "AssumeRole", {"Tags": [{"Key": "k", "Value": "v"}]}),
        ("iam", "ListEntitiesForPolicy", {"PolicyUsageFilter": "PermissionsBoundary"}),
        ("ssm", "PutParameter", {"DataType": "aws:ec2:image"}),
        ("application-autoscaling", "PutScheduledAction", {"ScheduledActionName": "a"}),
    ],
)
def test_what_would_have_no_effect_is_refused(service: str, operation: str, sent: dict[str, Any]) -> None:
    assert list(parameters.refusals(service, operation, sent, "111111111111"))


@pytest.mark.parametrize(
    ("service", "operation", "sent"),
    [
        ("glue", "GetTable", {"CatalogId": "111111111111"}),
        ("ecr", "DescribeImages", {"registryId": "111111111111"}),
        ("ecr", "GetAuthorizationToken", {"registryIds": ["111111111111"]}),
    ],
)
def test_the_callers_own_account_is_taken(service: str, operation: str, sent: dict[str, Any]) -> None:
    assert list(parameters.refusals(service, operation, sent, "111111111111")) == []
