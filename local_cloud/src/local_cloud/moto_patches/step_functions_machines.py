"""Faults of moto's Step Functions where state machines are made, and where others answer their tasks."""

import json
from typing import Any

from local_cloud.kernel import patching

# With name, definition and type these tell a repeated CreateStateMachine from another one; role and tags do not:
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
_CONFIGURATIONS = ("loggingConfiguration", "tracingConfiguration", "encryptionConfiguration")


def install() -> None:
    """Correct all of them."""
    transitions()
    existing_names()
    causes_of_failures()


@patching.owner
def transitions() -> None:
    """A state may lead to one that does not exist, or nowhere: an execution finds that out."""
    from moto.stepfunctions.parser.api import InvalidDefinition
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    from local_cloud.services.step_functions.transitions import problems

    validate = StepFunctionsParserBackend._validate_definition

    def validate_definition(definition: str) -> None:
        validate(definition)
        if found := list(problems(json.loads(definition))):
            raise InvalidDefinition(f"Invalid State Machine Definition: '{', '.join(found)}'")

    patching.replace(StepFunctionsParserBackend, "_validate_definition", staticmethod(validate_definition))


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
def causes_of_failures() -> None:
    """SendTaskFailure drops the cause."""
    from moto.core.responses import EmptyResult
    from moto.stepfunctions.responses import StepFunctionResponse

    def send_task_failure(self: Any) -> Any:
        self.stepfunction_backend.send_task_failure(
            self._get_param("taskToken"), error=self._get_param("error"), cause=self._get_param("cause")
        )
        return EmptyResult()

    patching.replace(StepFunctionResponse, "send_task_failure", send_task_failure)
