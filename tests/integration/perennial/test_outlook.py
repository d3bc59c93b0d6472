"""What will serve, said before and after somebody decides or deploys."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from rich.console import Console

from config.loader import load
from config.schema import Model
from contract import keys
from contract.family import BEFORE
from contract.golden import Golden
from contract.history import Kind
from perennial.account import outlook, records, registry, verdict
from perennial.account.aws import Aws
from perennial.account.registry import Decision
from perennial.account.serving import Fleet, Served, Serving
from perennial.account.stack import Stack
from perennial.commands import deploy, status, why
from shared import versions as window
from tests.integration.perennial.conftest import MODEL

_NOTHING = Fleet(endpoints={"perennial-sandbox": Serving(status="not created yet")})


def _serving(arn: str, model: str = MODEL) -> Fleet:
    served = Served(
        arn=arn,
        digest="",
        golden=Golden(request="1", answer=1.0),
        family=BEFORE,
        uri="s3://bucket/x",
        endpoint="perennial-sandbox",
    )
    return _fleet({model: served})


def _fleet(models: Mapping[str, Served]) -> Fleet:
    return Fleet(endpoints={"perennial-sandbox": Serving(status="InService", config="c", models=models)})


def _models(*, when: str = "keep", sandbox: str = "automatic") -> list[Model]:
    (model,) = (item for item in load().models if item.name == MODEL)
    approval = model.approval.model_copy(update={"sandbox": sandbox})
    return [model.model_copy(update={"when_unapproved": when, "approval": approval})]


def _decide(aws: Aws, stack: Stack, version: int, decision: Decision) -> None:
    registry.decide(aws, stack, model=MODEL, version=version, decision=decision, reason="")


def _told(aws: Aws, stack: Stack, served: Fleet, models: Sequence[Model]) -> dict[str, str]:
    return dict(outlook.of(aws, stack, served, model=MODEL, models=models))


def test_an_approval_serves_everywhere(aws: Aws, stack: Stack, versions: list[str]) -> None:
    _decide(aws, stack, 2, Decision.APPROVED)
    assert _told(aws, stack, _serving(versions[0]), _models()) == {
        "sandbox": "version 2 serves next, instead of 1",
        "qa, prod": "version 2 is to serve",
    }
    assert _told(aws, stack, _serving(versions[1]), _models())["sandbox"] == "version 2 goes on serving"
    assert _told(aws, stack, _NOTHING, _models())["sandbox"] == "version 2 serves next"


def test_an_old_version_that_was_approved_this_moment_is_told(aws: Aws, stack: Stack, versions: list[str]) -> None:
    client = aws.client("sagemaker")
    for _ in range(window.WINDOW + 1):
        client.create_model_package(
            ModelPackageGroupName=stack.group(MODEL),
            ModelApprovalStatus="Approved",
            InferenceSpecification={
                "Containers": [{"Image": "i", "ModelDataUrl": "s3://bucket/n.tar.gz"}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        )
    _decide(aws, stack, 1, Decision.APPROVED)
    newest = f"{versions[0].rpartition('/')[0]}/{window.WINDOW + 3}"
    # No deployment has seen the approval yet.
    told = dict(outlook.of(aws, stack, _serving(newest), model=MODEL, models=_models(), decided=versions[0]))
    assert told["qa, prod"] == "version 1 is to serve"


@pytest.mark.parametrize(("sandbox", "warned"), [("automatic", False), ("manual", True)])
def test_what_serves_although_nobody_approved_it_is_warned_of(
    sandbox: str, warned: bool, aws: Aws, stack: Stack, versions: list[str]
) -> None:
    told = list(outlook.warnings(aws, stack, _serving(versions[0]), models=_models(sandbox=sandbox)))
    assert [line.partition(";")[0] for line in told] == (
        [f"{MODEL} serves version 1, which nobody has approved"] if warned else []
    )


def test_a_rejection_goes_back_to_the_approved_version_before(aws: Aws, stack: Stack, versions: list[str]) -> None:
    for number in (1, 2):
        _decide(aws, stack, number, Decision.APPROVED)
    _decide(aws, stack, 2, Decision.REJECTED)
    assert _told(aws, stack, _serving(versions[1]), _models()) == {
        "sandbox": "version 1 serves next, instead of 2",
        "qa, prod": "version 1 is to serve",
    }


def test_a_version_of_another_algorithm_is_not_to_serve(aws: Aws, stack: Stack, versions: list[str]) -> None:
    # As deployments have it: its model's algorithm was changed since.
    _decide(aws, stack, 1, Decision.APPROVED)
    aws.client("sagemaker").update_model_package(
        ModelPackageArn=versions[1], ModelApprovalStatus="Approved", CustomerMetadataProperties={"algorithm": "other"}
    )
    assert _told(aws, stack, _NOTHING, _models()) == {
        "sandbox": "version 1 serves next",
        "qa, prod": "version 1 is to serve",
    }


@pytest.mark.parametrize(
    ("when", "here", "elsewhere"),
    [
        (
            "keep",
            "version 2 goes on serving, although no version is approved",
            "whatever serves goes on serving, although no version is approved",
        ),
        (
            "remove",
            "version 2 is taken off: no version is approved",
            "nothing of it is to serve: no version is approved",
        ),
    ],
)
def test_rejecting_the_only_approved_version_says_that_it_serves_on(
    when: str, here: str, elsewhere: str, aws: Aws, stack: Stack, versions: list[str]
) -> None:
    for number in (1, 2):
        _decide(aws, stack, number, Decision.REJECTED)
    models = _models(when=when)
    assert _told(aws, stack, _serving(versions[1]), models) == {"sandbox": here, "qa, prod": elsewhere}
    assert _told(aws, stack, _NOTHING, models)["sandbox"] == "no version serves: no version is approved"


@pytest.mark.parametrize(
    ("sandbox", "said"),
    [
        ("automatic", {"sandbox": "version 2 serves next"}),
        ("manual", {"sandbox": "no version serves: no version is approved"}),
    ],
)
def test_what_nobody_judged_serves_in_sandbox_only(
    sandbox: str, said: dict[str, str], aws: Aws, stack: Stack, versions: list[str]
) -> None:
    elsewhere = {"qa, prod": "whatever serves goes on serving, although no version is approved"}
    assert _told(aws, stack, _NOTHING, _models(sandbox=sandbox)) == {**said, **elsewhere}


def test_a_version_that_only_its_approval_told_of_is_known_here_too(
    aws: Aws, stack: Stack, versions: list[str]
) -> None:
    client, group = aws.client("sagemaker"), stack.group(MODEL)
    container = {"Image": "i", "ModelDataUrl": "s3://bucket/m.tar.gz"}
    specification = {
        "Containers": [container],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    for _ in range(12):
        client.create_model_package(
            ModelPackageGroupName=group, ModelApprovalStatus="Approved", InferenceSpecification=specification
        )
    _decide(aws, stack, 1, Decision.APPROVED)
    remembered = {"M": {MODEL: {"L": [{"S": versions[0]}]}}}
    item = {"pk": {"S": keys.NAMED.of(stack.endpoint)}, "models": remembered}
    aws.client("dynamodb").put_item(TableName="state", Item=item)
    assert _told(aws, stack, _NOTHING, _models())["qa, prod"] == "version 1 is to serve"


def test_of_a_model_that_is_not_configured_it_is_said_what_comes(aws: Aws, stack: Stack, versions: list[str]) -> None:
    ((where, words),) = outlook.of(aws, stack, _serving(versions[1], "gone"), model="gone", models=_models())
    assert where == stack.endpoint
    assert words.startswith("version 2 serves; it is not in the configuration here")
    assert outlook.of(aws, stack, _NOTHING, model="gone", models=_models()) == []


def test_status_and_deploy_warn_of_what_is_not_configured_or_rejected(
    aws: Aws, stack: Stack, versions: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    served = _serving(versions[1])
    gone = _serving(versions[0], "gone")
    both = _fleet({**served.models, **gone.models})
    assert list(outlook.warnings(aws, stack, served, models=_models())) == []
    for number in (1, 2):
        _decide(aws, stack, number, Decision.REJECTED)
    first, second = outlook.warnings(aws, stack, both, models=_models())
    assert first == (
        f"{MODEL} serves version 2, which is rejected; version 2 goes on serving, although no version is approved"
    )
    assert second.startswith("gone serves version 1; it is not in the configuration here")
    monkeypatch.setattr("perennial.account.serving.fleet", lambda *_: both)
    for show in (status.show, _deploy):
        console = Console(file=io.StringIO(), width=240)
        show(aws, stack, models=_models(), console=console)
        assert isinstance(console.file, io.StringIO)
        assert {first, second} <= set(console.file.getvalue().splitlines())


def _deploy(aws: Aws, stack: Stack, **more: Any) -> None:
    deploy.deploy(aws, stack, force=False, **more)


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ({"unapproved": [], "versions": {"a": "x/1"}}, ""),
        ({"unapproved": ["a"], "versions": {"a": "x/1"}}, "without an approved version a version 1 serves on"),
        ({"unapproved": ["a"], "versions": {}}, "a left out, no version is approved"),
    ],
)
def test_a_deployment_says_what_has_no_approved_version(output: dict[str, Any], said: str) -> None:
    assert verdict.unapproved(output) == said


_AT = "at 2026-01-03 00:00:00 UTC"


@pytest.mark.parametrize(
    ("row", "because"),
    [
        ({"changes": {"m": "2 -> none"}}, f"version 2 was taken off {_AT}"),
        (
            {"changes": {"m": "2 -> none"}, "unapproved": ["m"]},
            f"version 2 was taken off {_AT}: no version was approved any more, and when_unapproved is remove",
        ),
        (
            {"changes": {"m": "2 -> none"}, "unapproved": []},
            f"version 2 was taken off {_AT}: the model was not in the deployed configuration any more",
        ),
        (
            {"changes": {"m": "1 -> 2"}, "unapproved": []},
            f"version 2 was deployed {_AT}, and no deployment took it off since: `destroy` did, or somebody by hand",
        ),
    ],
)
def test_why_tells_how_a_model_came_not_to_serve(row: dict[str, Any], because: str, aws: Aws, stack: Stack) -> None:
    values = {"recorded_at": "2026-01-03T00:00:00Z", "execution": "execution-3", "action": "removed", **row}
    records.append(
        aws,
        "history",
        kind=Kind.DEPLOYMENT,
        subject=stack.endpoint,
        moment="20260103",
        values={**values, "versions": {}},
    )
    assert why.explain(aws, stack, model="m") == [
        ("serves", "no version"),
        ("because", because),
        ("", "execution-3"),
    ]
