"""JSONata expressions of states: what they must give, and how they fail.

Causes have the form that LocalStack recorded on AWS (tests/aws/services/stepfunctions/v2/**/*.snapshot.json).
"""

from collections.abc import Callable
from typing import Any

from moto.stepfunctions.parser.asl.jsonata.jsonata import (
    IllegalJSONataVariableReference,
    JSONataException,
    eval_jsonata_expression,
)

from local_cloud.services.step_functions import failures, places

# A function, for example, is of no kind.
_KINDS = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}


def validate(env: Any, expression: str, whole: str, result: Any) -> None:
    """Whether a result is JSON.

    Args:
        env: the interpreter's environment of the state.
        expression: as it is written.
        whole: with the values of its variables.
        result: what it gave.

    Raises:
        FailureEventException: it is none.
    """
    if result is None and not eval_jsonata_expression(f"$exists({whole})"):
        raise _failed(env, expression, "returned nothing (undefined).")
    # The evaluator gives a text for what is none, too.
    other = isinstance(result, str) and eval_jsonata_expression(f"$type({whole})") != "string"
    if other or type(result) not in _KINDS:
        raise _failed(env, expression, "returned an unsupported result type.")


def in_words(evaluate: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """The evaluation of a component with an expression, whose failures have AWS's name and form."""

    def eval_body(self: Any, env: Any) -> None:
        try:
            evaluate(self, env)
        except JSONataException as error:
            what = f"threw an error during evaluation. {error.details}"
            raise _failed(env, self.expression, what) from error
        except IllegalJSONataVariableReference as error:
            what = f"refers to {error.variable_reference}, which Step Functions does not have."
            raise _failed(env, self.expression, what) from error

    return eval_body


def pushing(kind: str) -> Callable[[Any, Any], None]:
    """The evaluation of a component whose expression must give a value of a kind."""
    return lambda self, env: env.stack.append(_value(self, env, kind))


def giving(kind: str) -> Callable[[Any, Any], Any]:
    """The same of one whose method gives the value."""
    return lambda self, env: _value(self, env, kind)


def _value(component: Any, env: Any, kind: str) -> Any:
    component.string_jsonata.eval(env=env)
    value = env.stack.pop()
    found = _KINDS.get(type(value))
    if kind == "integer" and found == "number" and value == int(value):
        return int(value)
    if found != kind:
        raise unexpected(env, component.string_jsonata.expression, kind, value)
    return value


def unexpected(env: Any, expression: str, kind: str, value: Any) -> Exception:
    """The failure of an expression that gives a value of another kind than the one it must give."""
    what = f"returned an unexpected result type. Expected '{kind}', but was '{_KINDS[type(value)]}' for value: "
    return _failed(env, expression, what + failures.as_json(value))


def _failed(env: Any, expression: str, what: str) -> Exception:
    place = places.here()
    cause = f"The JSONata expression '{expression}' specified for the field '{place}' {what}"
    return failures.query_failure(env, cause, place)
