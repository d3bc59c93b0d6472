"""How a component of the interpreter is evaluated: an exception that nobody foresaw becomes a failure in words."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.common.path.items_path import ItemsPath
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringExpression
from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_func import ComparisonFunc
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackOutcomeFailureError
from moto.stepfunctions.parser.asl.eval.program_state import ProgramRunning
from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError

from local_cloud.services.step_functions import failures, places
from local_cloud.services.step_functions.sync import InterruptedTaskError

# They have a meaning for what is around the component.
KNOWN = (
    FailureEventException,
    InterruptedTaskError,
    TimeoutError,
    ClientError,
    BotoCoreError,
    CallbackOutcomeFailureError,
)


def evaluate(component: Any, env: Any) -> None:
    """In the place of every component's own ``eval``.

    Raises:
        FailureEventException: it cannot be evaluated, and why.
    """
    if not env.is_running():
        return
    field = places.field_of(component)
    with places.within(field):
        try:
            # The execution may end meanwhile, and only what runs has fields.
            if field is not None and isinstance(state := env._program_state, ProgramRunning):  # noqa: SLF001  # moto's setter asks twice
                state.next_field_name = field
            component._eval_body(env)  # noqa: SLF001  # as moto's own
        except KNOWN:
            raise
        except NoSuchJsonPathError as error:
            # The field that has the path knows more.
            if isinstance(component, StringExpression):
                raise
            raise _of_missing_path(component, env, error) from error
        except Exception as error:
            if not env.is_running():
                # What the component needs was not evaluated any more.
                raise InterruptedTaskError from error
            raise _in_words(component, env, error) from error


def _of_missing_path(component: Any, env: Any, error: Any) -> Exception:
    data = failures.as_json(error.data)
    if isinstance(component, ItemsPath):
        step = error.json_path.rpartition(".")[2]
        return failures.failure(env, failures.REFERENCE_PATH, f'Unable to apply step "{step}" to input {data}')
    cause = (
        f"The JSONPath '{error.json_path}' specified for the field '{env.next_field_name}'"
        f" could not be found in the input '{data}'"
    )
    return failures.failure(env, failures.RUNTIME, cause)


def _in_words(component: Any, env: Any, error: Exception) -> Exception:
    if isinstance(error, TypeError) and isinstance(component, ComparisonFunc):
        cause = f"The value of the field '{env.next_field_name}' has not the type that the comparison needs."
        return failures.failure(env, failures.RUNTIME, cause)
    return failures.failure(env, failures.RUNTIME, failures.unforeseen(error))
