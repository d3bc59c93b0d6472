"""Which models the deployed stack knows, asked before a run of one is started."""

import json
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from contract.calls.load_configuration import LoadConfiguration
from perennial.account.aws import Aws
from perennial.account.stack import Stack
from perennial.errors import OperatorError

_STATE = "Load Configuration"


def check(aws: Aws, stack: Stack, model: str) -> None:
    """Refuse a model that is not deployed; what is deployed counts, whatever the configuration here says.

    The run's own first function is asked: it has the models, and says what was probably meant.

    Args:
        aws: the training account.
        stack: its stack.
        model: a name.

    Raises:
        OperatorError: the stack has no such model.
    """
    try:
        function = _function(aws, stack)
    except (ClientError, KeyError):
        # Another release's state machine, or one that the caller may start and not see: the run itself tells.
        return
    asked = LoadConfiguration(
        model=model, run_id="check", execution="check", started=datetime.now(UTC).isoformat(), input={"model": model}
    )
    payload = json.dumps(asked.to_json())
    try:
        answer = aws.client("lambda").invoke(FunctionName=function, Payload=payload)
    except ClientError:
        return
    if "FunctionError" not in answer:
        return
    error = json.loads(answer["Payload"].read())
    raise OperatorError(f"nothing was started: {error.get('errorMessage', 'the function did not answer')}")


def _function(aws: Aws, stack: Stack) -> str:
    described = aws.client("stepfunctions").describe_state_machine(stateMachineArn=stack.training)
    return str(json.loads(described["definition"])["States"][_STATE]["Arguments"]["FunctionName"])
