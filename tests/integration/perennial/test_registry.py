from copy import copy
from datetime import timedelta

import pytest
from moto.sagemaker.models import sagemaker_backends

from contract.history import Kind
from perennial.account import records, registry
from perennial.account.aws import Aws
from perennial.account.registry import Decision
from perennial.account.stack import Stack
from perennial.errors import OperatorError
from tests.integration.perennial.conftest import MODEL


def _decided(aws: Aws, stack: Stack) -> list[dict[str, object]]:
    return list(records.decisions(aws, stack.history_table, model=MODEL))


def test_versions_come_newest_first_with_what_was_registered(aws: Aws, stack: Stack, versions: list[str]) -> None:
    found = list(registry.versions(aws, stack, model=MODEL))
    assert [version.number for version in found] == [2, 1]
    assert {version.arn for version in found} == set(versions)
    assert found[0].description == "auc is 0.92"
    assert found[0].metadata["value"] == "0.92"


def test_a_decision_changes_the_registry_and_is_appended_to_the_history(
    aws: Aws, stack: Stack, versions: list[str]
) -> None:
    changed = registry.decide(
        aws, stack, model=MODEL, version=1, decision=Decision.APPROVED, reason="good on prod data"
    )
    assert (changed.arn, changed.status) == (versions[0], "Approved")
    package = aws.client("sagemaker").describe_model_package(ModelPackageName=versions[0])
    assert package["ModelApprovalStatus"] == "Approved"
    assert package["ApprovalDescription"] == "good on prod data"
    (row,) = _decided(aws, stack)
    assert (row["outcome"], row["version"], row["before"]) == ("approved", 1, "PendingManualApproval")
    assert row["model_package_arn"] == versions[0]
    assert row["by"] == aws.identity()


def test_every_decision_stays_in_the_history(aws: Aws, stack: Stack, versions: list[str]) -> None:
    for decision in (Decision.APPROVED, Decision.REJECTED, Decision.APPROVED):
        registry.decide(aws, stack, model=MODEL, version=2, decision=decision, reason="")
    outcomes = sorted(str(row["outcome"]) for row in _decided(aws, stack))
    assert outcomes == ["approved", "approved", "rejected"]


def test_a_version_that_does_not_exist_is_explained(aws: Aws, stack: Stack, versions: list[str]) -> None:
    with pytest.raises(OperatorError, match="has no version 3; choose one of 1, 2"):
        registry.decide(aws, stack, model=MODEL, version=3, decision=Decision.APPROVED, reason="")
    assert _decided(aws, stack) == []


def test_an_old_version_is_decided_about_without_reading_all(aws: Aws, stack: Stack, versions: list[str]) -> None:
    packages = sagemaker_backends["123456789012"]["us-east-1"].model_packages
    for number in range(3, 1001):
        package = copy(packages[versions[1]])
        package.arn, package.model_package_version = f"{versions[0].rpartition('/')[0]}/{number}", number
        package.creation_time += timedelta(minutes=number)
        packages[package.arn] = package
    calls: list[str] = []
    aws.client("sagemaker").meta.events.register("before-call.*.*", lambda model, **_: calls.append(model.name))
    changed = registry.decide(aws, stack, model=MODEL, version=1, decision=Decision.APPROVED, reason="")
    assert changed.arn == versions[0]
    assert calls == ["ListModelPackages", "DescribeModelPackage", "UpdateModelPackage", "DescribeModelPackage"]
    with pytest.raises(OperatorError, match=r"has no version 1001; choose one of 991, .*, 1000 or an older one"):
        registry.decide(aws, stack, model=MODEL, version=1001, decision=Decision.APPROVED, reason="")


def test_a_reason_that_is_too_long_is_refused_before_anything_changes(
    aws: Aws, stack: Stack, versions: list[str]
) -> None:
    with pytest.raises(OperatorError, match="at most 1024 characters, got 1025"):
        registry.decide(aws, stack, model=MODEL, version=1, decision=Decision.APPROVED, reason="x" * 1025)
    assert next(registry.versions(aws, stack, model=MODEL)).status == "PendingManualApproval"


def test_an_account_that_only_serves_decides_nothing(aws: Aws) -> None:
    serving = Stack(
        name="PerennialQa", bucket="b", endpoint="e", deployment_arn="d", app="perennial", table="t", history_table="h"
    )
    with pytest.raises(OperatorError, match=r"stack PerennialQa only serves.*in the training account"):
        registry.decide(aws, serving, model=MODEL, version=1, decision=Decision.REJECTED, reason="")


def test_a_row_of_the_history_is_never_overwritten(aws: Aws, stack: Stack) -> None:
    def append(outcome: str) -> None:
        records.append(
            aws,
            "history",
            kind=Kind.DECISION,
            subject=MODEL,
            moment="20260101",
            values={"outcome": outcome, "reason": None},
        )

    append("approved")
    with pytest.raises(OperatorError, match="nothing was overwritten"):
        append("rejected")
    assert _decided(aws, stack) == [{"pk": f"decision#{MODEL}", "sk": "20260101", "outcome": "approved"}]


def test_a_decision_is_never_dated_before_what_it_is_about(aws: Aws, stack: Stack, versions: list[str]) -> None:
    # The workflows of a local cloud write the time of its virtual clock, which may be ahead of the registry's.
    ahead = "2999-01-01T00:00:00+00:00"
    gate = {"recorded_at": ahead, "outcome": "accepted"}
    records.append(aws, "history", kind=Kind.DECISION, subject=MODEL, moment="29990101", values=gate)
    registry.decide(aws, stack, model=MODEL, version=1, decision=Decision.APPROVED, reason="")
    (row,) = (row for row in _decided(aws, stack) if "by" in row)
    assert str(row["recorded_at"]) == "2999-01-01T00:00:00.000+00:00"
