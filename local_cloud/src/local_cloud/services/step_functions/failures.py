"""How an execution fails: with an error's name and a cause in the form that AWS gives them, and never in Python's.

References:
    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    https://states-language.net/spec.html#appendix-a
"""

import json
import uuid
from typing import Any

from moto.stepfunctions.parser.api import (
    EvaluationFailedEventDetails,
    ExecutionFailedEventDetails,
    HistoryEventType,
    TaskFailedEventDetails,
)
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from local_cloud.kernel import unforeseen as unforeseen_errors
from local_cloud.kernel.errors import LocalCloudError
from local_cloud.services.step_functions.service_model import UnsupportedParameterError

RUNTIME = "States.Runtime"
QUERY = "States.QueryEvaluationError"
NO_CHOICE = "States.NoChoiceMatched"
INTRINSIC = "States.IntrinsicFailure"
RESULT_PATH = "States.ResultPathMatchFailure"
REFERENCE_PATH = "States.ReferencePathConflict"
# Errors of the interpreter itself, whose causes say in which state.
_PLACED = {RUNTIME, QUERY, NO_CHOICE, INTRINSIC, RESULT_PATH, REFERENCE_PATH}


def failure(env: Any, error: str, cause: str) -> Exception:
    """What the interpreter raises; the history tells of it where the execution fails.

    Args:
        env: the interpreter's environment of the state.
        error: name.
        cause: in words.
    """
    details = EventDetails(executionFailedEventDetails=ExecutionFailedEventDetails(error=error, cause=cause))
    failed = FailureEvent(
        env=env,
        error_name=CustomErrorName(error),
        event_type=HistoryEventType.ExecutionFailed,
        event_details=details,
    )
    raised: Exception = FailureEventException(failed)
    return raised


def query_failure(env: Any, cause: str, place: str) -> Exception:
    """A JSONata expression that could not be evaluated, of which the history tells at once.

    Args:
        env: see `failure`.
        cause: in words.
        place: of the expression in the state, for example ``Output/result``.
    """
    raised = FailureEventException(
        FailureEvent(
            env=env,
            error_name=CustomErrorName(QUERY),
            event_type=HistoryEventType.EvaluationFailed,
            event_details=EventDetails(
                evaluationFailedEventDetails=EvaluationFailedEventDetails(error=QUERY, cause=cause, location=place)
            ),
        )
    )
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.EvaluationFailed,
        event_details=EventDetails(evaluationFailedEventDetails=raised.get_evaluation_failed_event_details()),
    )
    told: Exception = raised
    return told


def unforeseen(error: Exception) -> str:
    """The cause that is told of an exception which nobody turned into words: its own if it is one of ours.

    A fault of the interpreter has a reference to the server's log instead.
    """
    if isinstance(error, LocalCloudError | UnsupportedParameterError):
        return str(error)
    reference = uuid.uuid4()
    unforeseen_errors.LOG.error("a state could not be evaluated, reference %s", reference, exc_info=error)
    return (
        "The local cloud could not evaluate this state, which may be a fault of its own;"
        f" server.log has reference {reference}."
    )


def unforeseen_event(env: Any, error: Exception) -> FailureEvent:
    """The failure of a task whose call raised an exception that is no error of a service."""
    details = TaskFailedEventDetails(error=RUNTIME, cause=unforeseen(error))
    return FailureEvent(
        env=env,
        error_name=CustomErrorName(RUNTIME),
        event_type=HistoryEventType.TaskFailed,
        event_details=EventDetails(taskFailedEventDetails=details),
    )


def whole_cause(error: str | None, cause: str, state: str | None, event_id: int) -> str:
    """A cause with its state, where AWS says it."""
    if error not in _PLACED:
        return cause
    return f"An error occurred while executing the state '{state}' (entered at the event id #{event_id}). {cause}"


def as_json(value: Any) -> str:
    """A value within a cause."""
    return json.dumps(value, separators=(",", ":"), default=str)
