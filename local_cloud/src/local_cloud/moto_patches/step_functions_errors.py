"""Faults of moto's Step Functions in how executions fail: wrong names of errors, and causes in Python."""

from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    exceptions()
    events_of_failures()
    causes()
    names_of_errors()


@patching.owner
def exceptions() -> None:
    """What is unforeseen in a component fails the execution with the name and text of an exception of Python."""
    from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
    from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState

    from local_cloud.services.step_functions import evaluation, failures

    describe = ExecutionState._from_error

    def from_error(self: Any, env: Any, ex: Exception) -> Any:
        known = isinstance(ex, evaluation.KNOWN)
        return describe(self, env=env, ex=ex) if known else failures.unforeseen_event(env, ex)

    patching.replace(EvalComponent, "eval", evaluation.evaluate)
    patching.replace(
        ExecutionState, "_from_error", from_error, after="moto_patches.step_functions_tasks.connection_errors"
    )


@patching.owner
def events_of_failures() -> None:
    """A state whose own fields cannot be evaluated tells of it twice, and some tasks take that for an error of AWS."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map import StateMap
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask

    from local_cloud.services.step_functions import attempts

    patching.replace(StateTask, "_eval_state", attempts.eval_state)
    patching.replace(StateMap, "_eval_state", attempts.eval_state)


@patching.owner
def causes() -> None:
    """Causes name an event that is not the state's entry, some the state None, and others no state at all."""
    from moto.stepfunctions.parser.api import ExecutionFailedEventDetails
    from moto.stepfunctions.parser.asl.component.common.error_name import failure_event

    from local_cloud.services.step_functions import failures

    make = failure_event.FailureEvent.__init__
    extract = failure_event.FailureEventException.extract_error_cause_pair

    def init(self: Any, env: Any, *rest: Any, **named: Any) -> None:
        make(self, env, *rest, **named)
        state = env.states.context_object.context_object_data.get("State") or {}
        self.state_name = state.get("Name") or self.state_name
        for event in reversed(env.event_manager._history_event_list):
            if event.get("stateEnteredEventDetails", {}).get("name") == self.state_name:
                self.source_event_id = event["id"]
                break

    def pair(self: Any) -> Any:
        # What was stopped without an error has details that are None.
        return extract(self) if any((self.failure_event.event_details or {}).values()) else None

    def details(self: Any) -> Any:
        found = self.extract_error_cause_pair()
        if found is None:
            return None
        (error, cause), event, told = found, self.failure_event, ExecutionFailedEventDetails()
        if error:
            told["error"] = error
        if cause:
            told["cause"] = failures.whole_cause(error, cause, event.state_name, event.source_event_id)
        return told

    patching.replace(failure_event.FailureEvent, "__init__", init)
    patching.replace(failure_event.FailureEventException, "extract_error_cause_pair", pair)
    patching.replace(failure_event.FailureEventException, "get_execution_failed_event_details", details)


@patching.owner
def names_of_errors() -> None:
    """States.ALL matches States.Runtime, which nothing does on AWS, and nothing matches States.HeartbeatTimeout."""
    from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl

    from local_cloud.services.step_functions import error_names

    def eval_body(self: Any, env: Any) -> None:
        listed = {name.error_name for name in self.error_names}
        env.stack.append(error_names.matches(listed, env.stack.pop()))

    patching.replace(ErrorEqualsDecl, "_eval_body", eval_body)
