"""Fields of states that are paths, where moto's own evaluation is wrong."""

from collections.abc import Callable
from typing import Any

from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError

from local_cloud.services.step_functions import failures, json_paths

_Evaluation = Callable[[Any, Any], Any]


def telling(evaluate: _Evaluation) -> _Evaluation:
    """The evaluation of a field whose path may lead nowhere."""

    def eval_path(self: Any, env: Any) -> Any:
        try:
            return evaluate(self, env)
        except FailureEventException as failure:
            missing = failure.__context__
            if not isinstance(missing, NoSuchJsonPathError):
                raise
            cause = json_paths.missing(missing.json_path, missing.data)
            raise failures.failure(env, failures.RUNTIME, cause) from missing

    return eval_path


def eval_seconds(field: Any, env: Any) -> int:
    """TimeoutSecondsPath and HeartbeatSecondsPath, which must lead to a positive integer."""
    try:
        field.string_sampler.eval(env=env)
    except NoSuchJsonPathError as missing:
        cause = json_paths.missing(missing.json_path, missing.data)
        raise failures.failure(env, failures.RUNTIME, cause) from missing
    seconds = env.stack.pop()
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds <= 0:
        cause = (
            f"The {type(field).__name__} field refers to value {failures.as_json(seconds)}"
            f" which is not a positive integer: {field.string_sampler.literal_value}"
        )
        raise failures.failure(env, failures.RUNTIME, cause)
    return seconds


def eval_items_path(field: Any, env: Any) -> None:
    """ItemsPath, which must lead to an array."""
    field.string_sampler.eval(env=env)
    if not isinstance(env.stack[-1], list):
        cause = f'Reference path "{field.string_sampler.literal_value}" must point to array.'
        raise failures.failure(env, failures.RUNTIME, cause)


def eval_result_path(field: Any, env: Any) -> None:
    """ResultPath, which puts the result into the state's input."""
    given = env.states.get_input()
    if field.result_path_src is None:
        env.stack.clear()
        env.stack.append(given)
        return
    result = env.stack.pop()
    try:
        env.stack.append(json_paths.put(field.result_path_src, given, result))
    except json_paths.ConflictError as error:
        raise failures.failure(env, failures.RESULT_PATH, str(error)) from error


def eval_max_concurrency(field: Any, env: Any) -> int:
    """MaxConcurrencyPath, which must lead to an integer or to a text that is one."""
    field.string_sampler.eval(env=env)
    value = env.stack.pop()
    if isinstance(value, str) and value.lstrip("-").isdigit():
        value = int(value)
    path = field.string_sampler.literal_value
    if isinstance(value, bool) or not isinstance(value, int):
        told = value if isinstance(value, str) else failures.as_json(value)
        cause = f'The MaxConcurrencyPath field refers to value "{told}" which is not a valid integer: {path}'
        raise failures.failure(env, failures.RUNTIME, cause)
    if value < 0:
        cause = f"Expected non-negative integer for MaxConcurrency, got '{value}' instead."
        raise failures.failure(env, failures.RUNTIME, cause)
    return value


def check_seconds(field: Any, env: Any, seconds: Any) -> None:
    """What SecondsPath leads to, which must be an integer that is not negative."""
    told = seconds if isinstance(seconds, str) else failures.as_json(seconds)
    place = f"{field.string_sampler.literal_value} == {told}"
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        cause = f"The SecondsPath parameter cannot be parsed as a long value: {place}"
        raise failures.failure(env, failures.RUNTIME, cause)
    if seconds < 0:
        cause = f"The SecondsPath parameter references a negative value: {place}"
        raise failures.failure(env, failures.RUNTIME, cause)
