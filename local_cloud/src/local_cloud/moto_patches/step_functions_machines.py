"""Faults of moto's Step Functions where state machines are made, and where others answer their tasks."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from local_cloud.kernel import patching

# With name, definition and type these tell a repeated CreateStateMachine from another one; role and tags do not:
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
_CONFIGURATIONS = ("loggingConfiguration", "tracingConfiguration", "encryptionConfiguration")
_NO_JSON = "Definition must be a valid JSON object"
_MOST_DIAGNOSTICS = 100
# What a text of moto's has that shows an object.
_PYTHON = ("<moto", " object at 0x", "(Program|", "StateProps", "TypedProps")


def install() -> None:
    """Correct all of them."""
    definitions()
    validations()
    existing_names()
    executions_that_start()
    executions_of_nothing()


def problems_of(definition: str) -> list[str]:
    """What is wrong with a definition, as AWS tells it: ``CODE: message at /States/...``.

    Raises:
        ValueError: it is no JSON.
        NotImplementedError: AWS would run it, and nothing here does.
    """
    from local_cloud.services.step_functions import definitions as checks
    from local_cloud.services.step_functions import transitions

    machine = json.loads(definition)
    if refused := list(checks.refusals(machine)):
        raise NotImplementedError("; ".join(refused))
    found = [*checks.template_problems(machine)] or [*_parsed(definition)]
    return found or [*transitions.problems(machine), *checks.problems(machine)]


def _parsed(definition: str) -> Iterator[str]:
    """Why a definition cannot be parsed, in words; nothing if it can."""
    from moto.stepfunctions.parser.asl.parse import asl_parser

    try:
        asl_parser.AmazonStateLanguageParser.parse(definition)
    except asl_parser.ASLParserException as error:
        yield f"SCHEMA_VALIDATION_FAILED: {'; '.join(error.errors)}"
    except Exception as error:  # noqa: BLE001  # moto's checks raise whatever comes to hand
        told = str(error)
        if any(sign in told for sign in _PYTHON):
            told = "the definition is none of the Amazon States Language"
        yield f"SCHEMA_VALIDATION_FAILED: {told}"


@patching.owner
def definitions() -> None:
    """A state may lead nowhere or call what does not exist, and intrinsic functions be none: an execution finds out."""
    from moto.stepfunctions.parser.api import InvalidDefinition
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    def validate_definition(definition: str) -> None:
        try:
            found = problems_of(definition)
        except ValueError as error:
            raise InvalidDefinition(f"Invalid State Machine Definition: '{_NO_JSON}'") from error
        if found:
            raise InvalidDefinition(f"Invalid State Machine Definition: '{', '.join(found)}'")

    patching.replace(StepFunctionsParserBackend, "_validate_definition", staticmethod(validate_definition))


@patching.owner
def validations() -> None:
    """ValidateStateMachineDefinition and ListStateMachineVersions are missing; nobody here publishes versions."""
    from moto.core.responses import ActionResult
    from moto.stepfunctions.responses import StepFunctionResponse

    def validate_state_machine_definition(self: Any) -> Any:
        return ActionResult(validation(self._get_param("definition"), most=self._get_int_param("maxResults")))

    def list_state_machine_versions(self: Any) -> Any:
        self.stepfunction_backend.describe_state_machine(self._get_param("stateMachineArn"))
        return ActionResult({"stateMachineVersions": []})

    added: dict[str, Callable[[Any], Any]] = {
        "validate_state_machine_definition": validate_state_machine_definition,
        "list_state_machine_versions": list_state_machine_versions,
    }
    for name, answer in added.items():
        patching.replace(StepFunctionResponse, name, answer)


def validation(definition: str, *, most: int | None = None) -> dict[str, Any]:
    """The answer of ValidateStateMachineDefinition.

    Reference: https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html,
    which asks nobody to rely on more than the result. AWS's further warnings are not known.

    Args:
        definition: of the machine.
        most: diagnostics at once; 0 and None for all that AWS gives.

    Raises:
        NotImplementedError: AWS would run it, and nothing here does.
    """
    try:
        found = problems_of(definition)
    except ValueError:
        found = [f"INVALID_JSON_DESCRIPTION: {_NO_JSON}"]
    shown = found[: most or _MOST_DIAGNOSTICS]
    return {
        "result": "FAIL" if found else "OK",
        "diagnostics": [_diagnostic(problem) for problem in shown],
        "truncated": len(shown) < len(found),
    }


def _diagnostic(problem: str) -> dict[str, str]:
    code, _, rest = problem.partition(": ")
    message, at, place = rest.rpartition(" at /")
    if not at:
        return {"severity": "ERROR", "code": code, "message": rest}
    return {"severity": "ERROR", "code": code, "message": message, "location": f"/{place}"}


@patching.owner
def existing_names() -> None:
    """CreateStateMachine of a name that exists answers as if it had made the new one, and changes nothing."""
    from moto.stepfunctions.exceptions import StateMachineDoesNotExist
    from moto.stepfunctions.models import StepFunctionBackend
    from moto.stepfunctions.parser.api import StateMachineAlreadyExists

    create = StepFunctionBackend.create_state_machine

    def create_state_machine(self: Any, name: str, **asked: Any) -> Any:
        arn = f"arn:aws:states:{self.region_name}:{self.account_id}:stateMachine:{name}"
        try:
            found = self.describe_state_machine(arn)
        except StateMachineDoesNotExist:
            return create(self, name=name, **asked)
        # What was not said is what the first request left to the service.
        alike = all(asked.get(part) in (None, getattr(found, part)) for part in _CONFIGURATIONS)
        kind = asked.get("sm_type") or "STANDARD"
        if not alike or (asked["definition"], kind) != (found.definition, found.type):
            raise StateMachineAlreadyExists(f"State Machine Already Exists: '{arn}'")
        return found

    patching.replace(StepFunctionBackend, "create_state_machine", create_state_machine)


@patching.owner
def executions_that_start() -> None:
    """An execution is listed before it has a status, and calls about others fail while it has no environment."""
    from moto.stepfunctions.parser.api import ExecutionStatus
    from moto.stepfunctions.parser.backend.execution import Execution
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    make, executions = Execution.__init__, StepFunctionsParserBackend._get_executions

    def init(self: Any, *rest: Any, **named: Any) -> None:
        make(self, *rest, **named)
        self.exec_worker = self._get_start_execution_worker()
        self.exec_status = ExecutionStatus.RUNNING

    def start(self: Any) -> None:
        self.exec_worker.start()

    def get_executions(self: Any, *rest: Any, **named: Any) -> list[Any]:
        # Those without an environment wait for no answer and have no map runs.
        return [found for found in executions(self, *rest, **named) if found.exec_worker.env is not None]

    patching.replace(Execution, "__init__", init)
    patching.replace(Execution, "start", start)
    patching.replace(StepFunctionsParserBackend, "_get_executions", get_executions)


@patching.owner
def executions_of_nothing() -> None:
    """ListExecutions without the ARN of a state machine ends in an error of Python."""
    from moto.core.exceptions import JsonRESTError
    from moto.stepfunctions.responses import StepFunctionResponse

    list_executions = StepFunctionResponse.list_executions

    def list_of_a_machine(self: Any) -> Any:
        if not self._get_param("stateMachineArn"):
            # The words are ours; https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
            raise JsonRESTError("ValidationException", "ListExecutions needs a stateMachineArn or a mapRunArn")
        return list_executions(self)

    patching.replace(StepFunctionResponse, "list_executions", list_of_a_machine)
