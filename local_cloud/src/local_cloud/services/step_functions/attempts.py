"""How a Task or a Map is tried: what the history tells of a failure, and which Retry and Catch are for it."""

from typing import Any

from botocore.exceptions import ClientError, HTTPClientError
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.catch.catch_outcome import CatchOutcome
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.common.retry.retry_outcome import RetryOutcome
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map import StateMap
from moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils import LambdaFunctionErrorException
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_events import (
    SfnFailedEntryCountException,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda import StateTaskLambda
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackOutcomeFailureError, HeartbeatTimeoutError

from local_cloud.services.step_functions.error_names import MissedHeartbeat
from local_cloud.services.step_functions.sync import InterruptedTaskError

_OF_SERVICES = (
    ClientError,
    HTTPClientError,
    CallbackOutcomeFailureError,
    LambdaFunctionErrorException,
    SfnFailedEntryCountException,
)
# The history tells of these elsewhere: where the execution fails, and where the expression was evaluated.
_TOLD = {HistoryEventType.ExecutionFailed, HistoryEventType.EvaluationFailed}


def eval_state(state: Any, env: Any) -> None:
    """In the place of a Task's and a Map's own.

    Raises:
        FailureEventException: nothing catches the failure.
        InterruptedTaskError: the execution is over, whatever failed on the way.
    """
    env.states.context_object.context_object_data["State"]["RetryCount"] = 0
    while env.is_running() and not _is_done(state, env):
        pass


def _is_done(state: Any, env: Any) -> bool:
    """Try once; False if it is to be tried again."""
    try:
        state._evaluate_with_timeout(env)  # noqa: SLF001  # as moto's own
    except Exception as error:
        if not env.is_running():
            raise InterruptedTaskError from error
        failure = _failure_of(state, env, error)
        if not isinstance(state, StateMap) and failure.event_type not in _TOLD:
            _tell(env, failure.event_type, event_details=failure.event_details)
        output = state._construct_error_output_value(failure_event=failure)  # noqa: SLF001  # as above
        env.states.set_error_output(output)
        env.states.set_result(output)
        if state.retry and state._handle_retry(env=env, failure_event=failure) == RetryOutcome.CanRetry:  # noqa: SLF001  # as above
            return False
        if isinstance(state, StateMap) and failure.event_type != HistoryEventType.ExecutionFailed:
            _tell(env, HistoryEventType.MapStateFailed)
        if state.catch:
            state._handle_catch(env=env, failure_event=failure)  # noqa: SLF001  # as above
            if env.stack[-1] == CatchOutcome.Caught:
                return True
        raise FailureEventException(failure_event=failure) from error
    return True


def _failure_of(state: Any, env: Any, error: Exception) -> Any:
    if isinstance(error, TimeoutError):
        own = isinstance(state, StateTaskLambda)
        event = state._from_error(env=env, ex=error) if own else state._get_timed_out_failure_event(env)  # noqa: SLF001  # as above
        if isinstance(error, HeartbeatTimeoutError):
            event.error_name = MissedHeartbeat()
        return event
    # Some tasks take every other exception for an error of their service.
    of_service = isinstance(error, _OF_SERVICES)
    return state._from_error(env=env, ex=error) if of_service else ExecutionState._from_error(state, env=env, ex=error)  # noqa: SLF001  # as above


def _tell(env: Any, event: Any, **details: Any) -> None:
    env.event_manager.add_event(context=env.event_history_context, event_type=event, **details)
