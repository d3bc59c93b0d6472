"""An intrinsic function as a component of the interpreter."""

from typing import Any

from moto.stepfunctions.parser.asl.component.common.query_language import QueryLanguageMode
from moto.stepfunctions.parser.asl.component.common.string.string_expression import (
    StringExpressionSimple,
    StringVariableSample,
)
from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError, extract_json

from local_cloud.services.step_functions import failures, intrinsics
from local_cloud.services.step_functions.intrinsic_functions import IntrinsicError, apply, exists, fill, takes


class IntrinsicFunction(StringExpressionSimple):  # type: ignore[misc]  # moto is not typed for us
    """A call that is evaluated with the state's input on the top of the stack.

    Args:
        text: the call.

    Raises:
        IntrinsicSyntaxError: it is none, or of no function, or with more or fewer arguments.
    """

    def __init__(self, text: str) -> None:
        super().__init__(literal_value=text)
        self._call = checked(text)

    def _eval_body(self, env: Any) -> None:
        env.stack.append(_value(self._call, env))


def checked(text: str) -> intrinsics.Call:
    """A call of functions that exist.

    Raises:
        IntrinsicSyntaxError: see `IntrinsicFunction`.
    """
    call = intrinsics.parse(text)
    _check(call)
    return call


def _check(call: intrinsics.Call) -> None:
    if not exists(call.name):
        raise intrinsics.IntrinsicSyntaxError(f"there is no function States.{call.name}")
    if not takes(call.name, len(call.arguments)):
        raise intrinsics.IntrinsicSyntaxError(f"States.{call.name} does not take {len(call.arguments)} arguments")
    for argument in call.arguments:
        if isinstance(argument, intrinsics.Call):
            _check(argument)


def _value(argument: Any, env: Any) -> Any:
    match argument:
        case intrinsics.Call():
            return _result(argument, env)
        case intrinsics.Path(text=text):
            return _found(text, env)
        case _:
            return argument.value


def _result(call: intrinsics.Call, env: Any) -> Any:
    values = [_value(argument, env) for argument in call.arguments]
    try:
        return _filled(call.arguments[0], values) if call.name == "Format" else apply(call.name, values)
    except IntrinsicError as error:
        cause = f"The intrinsic function '{call.text}' could not be evaluated: {error}."
        raise failures.failure(env, failures.INTRINSIC, cause) from error


def _filled(template: Any, values: list[Any]) -> Any:
    if not isinstance(template, intrinsics.Text):
        return apply("Format", values)
    if template.pieces is None:
        raise IntrinsicError("a brace that marks no place of an argument must be escaped by a backslash")
    return fill(template.pieces, values[1:])


def _found(path: str, env: Any) -> Any:
    if path.startswith("$$"):
        context = env.states.context_object.context_object_data
        try:
            return extract_json(path[1:], context)
        except NoSuchJsonPathError as error:
            raise NoSuchJsonPathError(json_path=path, data=context) from error
    if path[1:2] in {"", ".", "["}:
        return extract_json(path, env.stack[-1])
    StringVariableSample(query_language_mode=QueryLanguageMode.JSONPath, expression=path).eval(env)
    return env.stack.pop()
