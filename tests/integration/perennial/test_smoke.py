"""What the smoke command says of endpoints in every state; the models' answers are given, all else is moto's."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from contract import keys
from perennial.account.aws import Aws
from perennial.account.stack import Stack
from perennial.commands import smoke
from perennial.errors import OperatorError

_MODELS = {"air-time": 110.25, "flight-delay": 0.125}
Say = Callable[[str], str]


@pytest.fixture
def console() -> Console:
    return Console(record=True, width=200)


def _deploy(aws: Aws, number: int, *, create: bool = False) -> None:
    """Deployment d<number>, whose versions answer by that much more."""
    client, name = aws.client("sagemaker"), f"perennial-sandbox-{number}"
    models = {
        model: {
            "model_package_arn": f"arn:aws:sagemaker:us-east-1:123456789012:model-package/perennial-{model}/{number}",
            "source": "s3://bucket/models/m.tar.gz",
            "digest": "ab" * 32,
            "golden_request": f"{number},2,3",
            "golden_answer": answer + number,
        }
        for model, answer in _MODELS.items()
    }
    manifest = {"deployment_id": f"d{number}", "models": models}
    aws.client("s3").put_object(
        Bucket="bucket", Key=f"deployments/d{number}/manifest.json", Body=json.dumps(manifest).encode()
    )
    client.create_model(
        ModelName=name,
        ExecutionRoleArn="arn:aws:iam::123456789012:role/r",
        PrimaryContainer={"Image": "i", "ModelDataUrl": f"s3://bucket/deployments/d{number}/"},
    )
    client.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[
            {"VariantName": "v", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        ],
    )
    if create:
        client.create_endpoint(EndpointName="perennial-sandbox", EndpointConfigName=name)
        _record(aws)


def _record(aws: Aws, *, removed: bool = False) -> None:
    item: dict[str, Any] = {
        "pk": {"S": keys.DEPLOYMENTS.of("perennial-sandbox")},
        "retained": {"L": [{"M": {"deployment_id": {"S": "d1"}}}]},
        **({"removed": {"BOOL": True}} if removed else {}),
    }
    aws.client("dynamodb").put_item(TableName="state", Item=item)


def _answer(monkeypatch: pytest.MonkeyPatch, say: Say) -> list[str]:
    """Let the models answer to their request; returns who was asked."""
    asked: list[str] = []

    def invoke(_: Aws, endpoint: str, *, model: str, request: dict[str, str]) -> str:
        assert endpoint == "perennial-sandbox"
        # The manifests here are of before, when all models were XGBoost's.
        assert (request["TargetModel"], request["ContentType"], request["Accept"]) == (model, "text/csv", "text/csv")
        asked.append(model)
        return say(f"{model.removesuffix('.tar.gz')} {request['Body'].split(',', maxsplit=1)[0]}")

    monkeypatch.setattr(Aws, "invoke", invoke)
    return asked


def _truly(request: str) -> str:
    model, number = request.split()
    return f"{_MODELS[model] + int(number)}\n"


def _describe(monkeypatch: pytest.MonkeyPatch, *found: tuple[str, int] | None) -> None:
    """Let the endpoint be described so, one look after the other; the last one stays."""
    looks = list(found)

    def endpoint(_: Aws, name: str) -> dict[str, Any] | None:
        look = looks.pop(0) if len(looks) > 1 else looks[0]
        return look and {"EndpointName": name, "EndpointStatus": look[0], "EndpointConfigName": f"{name}-{look[1]}"}

    monkeypatch.setattr(Aws, "endpoint", endpoint)


def _never(_: float) -> None:
    pytest.fail("there was nothing to wait for")


def test_every_model_is_asked_and_told(
    aws: Aws, stack: Stack, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    _deploy(aws, 1, create=True)
    asked = _answer(monkeypatch, _truly)

    smoke.prove(aws, stack, console=console, pause=_never)

    assert sorted(asked) == ["air-time.tar.gz", "flight-delay.tar.gz"]
    said = console.export_text()
    assert "air-time      1        111.25   111.25" in said
    assert "endpoint perennial-sandbox is InService and serves 2 models" in said


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("1.126", "flight-delay.tar.gz in perennial-sandbox answered 1.126, its version answers 1.125"),
        ("<html>", 'flight-delay.tar.gz in perennial-sandbox answered "<html>", its version answers 1.125'),
        ("", "flight-delay.tar.gz answered '' instead of an answer in text/csv"),
        ("nan", 'flight-delay.tar.gz in perennial-sandbox answered "nan", its version answers 1.125'),
        ("1.125,1.125", "answered [1.125, 1.125], its version answers 1.125"),
    ],
)
def test_one_wrong_answer_is_an_error(
    answer: str, said: str, aws: Aws, stack: Stack, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    _deploy(aws, 1, create=True)
    _answer(monkeypatch, lambda request: answer if request == "flight-delay 1" else _truly(request))

    with pytest.raises(OperatorError) as failed:
        smoke.prove(aws, stack, console=console, pause=_never)

    assert said in str(failed.value)
    assert "air-time" not in str(failed.value)


def test_an_update_serves_all_the_while(
    aws: Aws, stack: Stack, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    _deploy(aws, 1)
    _describe(monkeypatch, ("Updating", 1))
    _answer(monkeypatch, _truly)

    smoke.prove(aws, stack, console=console, pause=_never)

    assert "is Updating and serves 2 models" in console.export_text()


def test_an_answer_of_the_next_version_is_waited_out(
    aws: Aws, stack: Stack, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    _deploy(aws, 1)
    _deploy(aws, 2)
    # Half of the traffic went to version 2 already, then all of it.
    _describe(monkeypatch, ("Updating", 1), ("Updating", 1), ("InService", 2))
    _answer(monkeypatch, lambda request: _truly(request.replace(" 1", " 2")))
    waited: list[float] = []

    smoke.prove(aws, stack, console=console, pause=waited.append)

    assert len(waited) == 1
    assert "air-time      2 " in console.export_text()


def test_an_update_that_ended_between_two_looks_is_no_error(
    aws: Aws, stack: Stack, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    _deploy(aws, 1)
    _deploy(aws, 2)
    _describe(monkeypatch, ("InService", 1), ("InService", 2))
    _answer(monkeypatch, lambda request: _truly(request.replace(" 1", " 2")))

    smoke.prove(aws, stack, console=console, pause=lambda _: None)

    assert "is InService and serves 2 models" in console.export_text()


def test_an_update_that_never_ends_is_an_error(
    aws: Aws, stack: Stack, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    _deploy(aws, 1)
    _describe(monkeypatch, ("Updating", 1))
    _answer(monkeypatch, lambda _: "0")

    with pytest.raises(OperatorError, match="perennial-sandbox is Updating, but does not serve"):
        smoke.prove(aws, stack, console=console, pause=lambda _: None, patience_seconds=60)


@pytest.mark.parametrize("look", [None, ("Creating", 1)])
def test_an_account_where_nothing_was_ever_deployed_has_nothing_to_prove(
    look: tuple[str, int] | None, aws: Aws, stack: Stack, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    _describe(monkeypatch, look)

    smoke.prove(aws, stack, console=console, pause=_never)

    assert "nothing was ever deployed here: nothing to prove" in console.export_text()


@pytest.mark.parametrize("look", [None, ("Creating", 1), ("Failed", 1)])
def test_an_endpoint_that_should_be_there_and_is_not_is_an_error(
    look: tuple[str, int] | None, aws: Aws, stack: Stack, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    _describe(monkeypatch, look)
    _record(aws)

    with pytest.raises(OperatorError, match=r"although d1 was deployed to it; `.* deploy --stack PerennialSandbox`"):
        smoke.prove(aws, stack, console=console, pause=_never)


def test_an_endpoint_that_a_deployment_removed_is_not_missed(
    aws: Aws, stack: Stack, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    _describe(monkeypatch, None)
    _record(aws, removed=True)

    smoke.prove(aws, stack, console=console, pause=_never)

    assert "a deployment removed it when no model was left to serve: nothing to prove" in console.export_text()


def test_a_first_deployment_that_failed_is_an_error(
    aws: Aws, stack: Stack, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    _describe(monkeypatch, ("Failed", 1))

    with pytest.raises(OperatorError, match="the creation of endpoint perennial-sandbox failed"):
        smoke.prove(aws, stack, console=console, pause=_never)
