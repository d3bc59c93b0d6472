"""Where in a state the interpreter is: the field, as causes of failures name it."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

_here = threading.local()

# The interpreter's components that are fields of a state, by the names of their classes, where the two differ.
_FIELDS = {
    "ArgumentsJSONataTemplateValueObject": "Arguments",
    "ArgumentsStringJSONata": "Arguments",
    "AssignDecl": "Assign",
    "ConditionStringJSONata": "Condition",
    "HeartbeatSecondsJSONata": "HeartbeatSeconds",
    "ItemsArray": "Items",
    "ItemsJSONata": "Items",
    "MaxConcurrencyJSONata": "MaxConcurrency",
    "MaxItemsStringJSONata": "MaxItems",
    "SecondsJSONata": "Seconds",
    "TimeoutSecondsJSONata": "TimeoutSeconds",
    "ToleratedFailureCountStringJSONata": "ToleratedFailureCount",
    "ToleratedFailurePercentageStringJSONata": "ToleratedFailurePercentage",
}
# Components that stand for fields of any name.
_NAMED: dict[str, Callable[[Any], str]] = {
    "PayloadBindingStringExpressionSimple": lambda component: f"{component.field}.$",
    "PayloadBindingValue": lambda component: component.field,
    "AssignTemplateBindingStringExpressionSimple": lambda component: f"{component.identifier}.$",
    "AssignTemplateBindingValue": lambda component: component.identifier,
    "JSONataTemplateBinding": lambda component: component.identifier,
    "ComparisonFuncValue": lambda component: component.operator_type.name,
    "ComparisonFuncStringVariableSample": lambda component: component.operator_type.name,
}
_SAME = {
    "Cause",
    "CausePath",
    "Error",
    "ErrorPath",
    "HeartbeatSecondsPath",
    "InputPath",
    "ItemsPath",
    "ItemSelector",
    "MaxConcurrencyPath",
    "MaxItemsPath",
    "Output",
    "OutputPath",
    "Parameters",
    "ResultPath",
    "ResultSelector",
    "SecondsPath",
    "TimeoutSecondsPath",
    "Timestamp",
    "TimestampPath",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentagePath",
    "Variable",
}


def field_of(component: Any) -> str | None:
    """The field that a component is, None if it is none of its own."""
    name = type(component).__name__
    if name in _NAMED:
        return str(_NAMED[name](component))
    return name if name in _SAME else _FIELDS.get(name)


@contextlib.contextmanager
def within(name: str | None) -> Iterator[None]:
    """Be in a field, or in no other one if it is None."""
    if name is None:
        yield
        return
    before = getattr(_here, "path", ())
    _here.path = (*before, name)
    try:
        yield
    finally:
        _here.path = before


def here() -> str:
    """The field with those that it is in, for example ``Output/result``."""
    return "/".join(getattr(_here, "path", ()))
