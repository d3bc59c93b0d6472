"""A run of an unknown model is refused before anything is started."""

import io
import json
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from contract.calls.load_configuration import LoadConfiguration
from perennial.account import deployed_models
from perennial.account.aws import Aws
from perennial.account.stack import Stack
from perennial.errors import OperatorError

MACHINE = "arn:aws:states:us-east-1:111111111111:stateMachine:perennial-retraining"
FUNCTION = "arn:aws:lambda:us-east-1:111111111111:function:load"
STACK = Stack(
    name="PerennialSandbox",
    bucket="b",
    endpoint="e",
    deployment_arn="d",
    app="perennial",
    table="t",
    history_table="h",
    retraining_arn=MACHINE,
)


class Deployed:
    """Both clients: the definition of the state machine, and what its first function answers."""

    def __init__(self, answer: dict[str, Any], *, failed: bool, state: str = "Load Configuration") -> None:
        self._answer, self._failed, self._state = answer, failed, state
        self.asked: dict[str, Any] = {}

    def client(self, _service: str) -> "Deployed":
        return self

    def describe_state_machine(self, *, stateMachineArn: str) -> dict[str, str]:  # noqa: N803  # boto3's own name
        assert stateMachineArn == MACHINE
        states = {self._state: {"Arguments": {"FunctionName": FUNCTION}}}
        return {"definition": json.dumps({"States": states})}

    def invoke(self, *, FunctionName: str, Payload: str) -> dict[str, Any]:  # noqa: N803  # boto3's own names
        assert FunctionName == FUNCTION
        self.asked = json.loads(Payload)
        error = {"FunctionError": "Unhandled"} if self._failed else {}
        return {"Payload": io.BytesIO(json.dumps(self._answer).encode()), **error}


def test_a_model_that_is_deployed_may_run() -> None:
    deployed = Deployed({"name": "air-time"}, failed=False)
    deployed_models.check(cast("Aws", deployed), STACK, "air-time")
    asked = LoadConfiguration.from_json(deployed.asked)
    assert (asked.model, asked.input) == ("air-time", {"model": "air-time"})


def test_an_unknown_model_is_refused_in_the_functions_words() -> None:
    # https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
    answer = {"errorType": "UnknownModelError", "errorMessage": "no model named 'x' is configured; choose one of y"}
    with pytest.raises(OperatorError) as raised:
        deployed_models.check(cast("Aws", Deployed(answer, failed=True)), STACK, "x")
    assert str(raised.value) == "nothing was started: no model named 'x' is configured; choose one of y"


def test_another_releases_state_machine_is_left_to_answer_itself() -> None:
    deployed = Deployed({}, failed=True, state="Read Settings")
    deployed_models.check(cast("Aws", deployed), STACK, "x")
    assert deployed.asked == {}


@pytest.mark.parametrize("call", ["describe_state_machine", "invoke"])
def test_whoever_may_only_start_runs_is_not_held_up(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(_: object, **_more: str) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, call)

    monkeypatch.setattr(Deployed, call, deny)
    deployed_models.check(cast("Aws", Deployed({}, failed=True)), STACK, "x")
