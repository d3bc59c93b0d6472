"""Which versions are read to find the one to serve, and with how many calls."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from contract.catalogue import Approval
from shared import versions
from shared.adapters import registry
from tests.unit.shared import stored_versions
from tests.unit.shared.stored_versions import arn, group, made, store

_MISSING = "ModelPackageGroup arn:aws:sagemaker:us-east-1:123456789012:model-package-group/g does not exist."


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    with stored_versions.counted(monkeypatch) as counted:
        yield counted


def _numbers(model: str, approval: Approval = "manual", *, also: Iterable[str] = (), client: Any = None) -> list[int]:
    asked = client or boto3.client("sagemaker")
    return [version.number for version in registry.candidates(asked, group(model), approval=approval, also=also)]


def _decide(model: str, number: int, status: str) -> None:
    client = boto3.client("sagemaker")
    client.update_model_package(ModelPackageArn=arn(model, number), ModelApprovalStatus=status)


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize(("approval", "numbers"), [("manual", [4, 1]), ("automatic", [4, 1, 5])])
def test_of_the_versions_that_nobody_judged_only_the_newest_is_read(approval: Approval, numbers: list[int]) -> None:
    store("m", 6, status="PendingManualApproval")
    for number, status in {1: "Approved", 2: "Rejected", 4: "Approved", 6: "Rejected"}.items():
        _decide("m", number, status)
    assert _numbers("m", approval) == numbers


@pytest.mark.parametrize("count", [50, 5000])
@pytest.mark.parametrize("approval", ["manual", "automatic"])
def test_as_many_calls_are_made_however_many_versions_there_are(
    calls: Counter[str], approval: Approval, count: int
) -> None:
    store("m", count)
    calls.clear()
    found = _numbers("m", approval, also=[arn("m", 7), arn("m", count)])
    assert found == [*range(count, count - versions.WINDOW, -1), 7]
    lists = 2 if approval == "automatic" else 1
    assert calls == {"sagemaker:ListModelPackages": lists, "sagemaker:DescribeModelPackage": versions.WINDOW + 1}


def test_the_newest_of_all_takes_two_calls(calls: Counter[str]) -> None:
    store("m", 300)
    calls.clear()
    found = registry.newest(boto3.client("sagemaker"), group("m"))
    assert found is not None
    assert found.number == 300
    assert calls == {"sagemaker:ListModelPackages": 1, "sagemaker:DescribeModelPackage": 1}


@pytest.mark.usefixtures("calls")
def test_an_old_version_that_is_known_otherwise_may_be_the_one_to_serve() -> None:
    store("m", 50, changed={3: made(1000), 4: made(2000)})
    read = list(registry.candidates(boto3.client("sagemaker"), group("m"), approval="manual", also=[arn("m", 3)]))
    chosen = versions.to_serve(read, approval="manual")
    assert chosen is not None
    # Version 4 was approved later, but nobody said so.
    assert chosen.number == 3


@pytest.mark.usefixtures("calls")
def test_what_is_known_otherwise_counts_only_if_it_is_approved() -> None:
    store("m", 30)
    _decide("m", 2, "Rejected")
    _decide("m", 3, "PendingManualApproval")
    also = [arn("m", number) for number in (2, 3, 5)]
    assert _numbers("m", also=also)[versions.WINDOW :] == [5]


@pytest.mark.usefixtures("calls")
def test_rejecting_one_after_the_other_goes_back_as_far_as_there_are_approved_ones() -> None:
    store("m", 25)
    for number in range(25, 2, -1):
        _decide("m", number, "Rejected")
    assert _numbers("m") == [2, 1]


class _Answers:
    """A client of SageMaker that refuses."""

    def __init__(self, **errors: tuple[str, str]) -> None:
        self._errors = errors
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        def call(**_: object) -> Any:
            self.asked.append(name)
            if name in self._errors:
                code, message = self._errors[name]
                raise ClientError({"Error": {"Code": code, "Message": message}}, name)
            return {"ModelPackageSummaryList": []}

        return call


@pytest.mark.parametrize(
    "refused",
    [
        ("ValidationException", _MISSING),
        ("ValidationException", "some other words"),
        ("ResourceNotFound", "no such group"),
        ("InternalFailure", ""),
    ],
)
def test_a_group_that_is_not_there_yet_has_no_versions_however_the_list_words_it(refused: tuple[str, str]) -> None:
    # The words of DescribeModelPackageGroup are known, those of ListModelPackages are not.
    client = _Answers(list_model_packages=refused, describe_model_package_group=("ValidationException", _MISSING))
    assert list(registry.candidates(client, "g", approval="automatic")) == []


def test_a_group_that_lists_nothing_is_not_asked_for() -> None:
    client = _Answers()
    assert list(registry.candidates(client, "g", approval="manual")) == []
    assert client.asked == ["list_model_packages"]


def test_what_a_list_refuses_of_a_group_that_is_there_is_an_error() -> None:
    client = _Answers(list_model_packages=("ThrottlingException", "Rate exceeded"))
    with pytest.raises(ClientError, match="Rate exceeded"):
        list(registry.candidates(client, "g", approval="manual"))


@pytest.mark.parametrize("code", ["AccessDeniedException", "AccessDenied"])
@pytest.mark.parametrize("lists", [True, False])
def test_a_group_that_is_missing_or_closed_in_another_account_is_not_readable(code: str, lists: bool) -> None:
    denied = (code, "no resource-based policy allows it")
    errors = {"list_model_packages": denied} if lists else {}
    if not lists:
        # Whatever the list says, whether the group is there is not told.
        errors = {"list_model_packages": ("ValidationException", "?"), "describe_model_package_group": denied}
    client = _Answers(**errors)
    with pytest.raises(registry.NotReadableError, match="no resource-based policy"):
        list(registry.candidates(client, "g", approval="manual"))
    assert ("describe_model_package_group" in client.asked) is not lists


def _without(monkeypatch: pytest.MonkeyPatch, gone: str, code: str, message: str) -> Any:
    """A client to which one version is not there."""
    client = boto3.client("sagemaker")
    describe = client.describe_model_package

    def refuse(ModelPackageName: str) -> Any:  # noqa: N803  # as boto3 has it
        if ModelPackageName == gone:
            raise ClientError({"Error": {"Code": code, "Message": message}}, "DescribeModelPackage")
        return describe(ModelPackageName=ModelPackageName)

    monkeypatch.setattr(client, "describe_model_package", refuse)
    return client


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize(
    ("code", "message"),
    [("ValidationException", f"ModelPackage {arn('m', 9)} does not exist."), ("AccessDeniedException", "no")],
)
def test_a_known_version_that_was_deleted_is_left_out(monkeypatch: pytest.MonkeyPatch, code: str, message: str) -> None:
    store("m", 2)
    client = _without(monkeypatch, arn("m", 9), code, message)
    assert _numbers("m", also=[arn("m", 9)], client=client) == [2, 1]


@pytest.mark.usefixtures("calls")
def test_a_known_version_that_is_denied_is_gone_if_the_group_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    store("m", 2, status="Rejected")
    client = _without(monkeypatch, arn("m", 9), "AccessDeniedException", "no")
    assert _numbers("m", also=[arn("m", 9)], client=client) == []


def test_a_known_version_that_is_denied_is_not_gone_if_there_is_no_group() -> None:
    missing = ("ValidationException", _MISSING)
    client = _Answers(
        list_model_packages=missing,
        describe_model_package_group=missing,
        describe_model_package=("AccessDeniedException", "no"),
    )
    with pytest.raises(registry.NotReadableError):
        list(registry.candidates(client, "g", approval="manual", also=[arn("m", 9)]))
