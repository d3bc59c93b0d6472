"""Evaluates intrinsic functions.

Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from local_cloud.cloudformation.errors import ValidationError
from local_cloud.cloudformation.template import Template

NO_VALUE = object()
_LOGICAL = frozenset({"Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not"})
_SUB = re.compile(r"\$\{(!?)([^}]*)\}")


@dataclass(kw_only=True)
class Scope:
    """What references resolve to.

    Args:
        template: the template.
        parameters: values by name.
        pseudo: ``AWS::AccountId`` and its like.
        physical_ids: of the resources that exist.
        attributes: of the resources that exist, by logical id.
        exports: of the account and region.
        stack_output: reads another stack's output, for Fn::GetStackOutput.
    """

    template: Template
    parameters: Mapping[str, Any]
    pseudo: Mapping[str, Any]
    physical_ids: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    exports: Mapping[str, str] = field(default_factory=dict)
    stack_output: Callable[[Mapping[str, Any]], str] | None = None

    def resolve(self, value: Any) -> Any:
        """Replace every intrinsic function in a value; AWS::NoValue removes its property or item."""
        if isinstance(value, dict):
            if len(value) == 1:
                name, argument = next(iter(value.items()))
                if name == "Ref":
                    return self._ref(argument)
                if isinstance(name, str) and name.startswith("Fn::"):
                    return self._function(name, argument)
            resolved = {key: self.resolve(item) for key, item in value.items()}
            return {key: item for key, item in resolved.items() if item is not NO_VALUE}
        if isinstance(value, list):
            return [item for item in (self.resolve(entry) for entry in value) if item is not NO_VALUE]
        return value

    def condition(self, name: str) -> bool:
        """Evaluate a named condition.

        Raises:
            ValidationError: the template has no such condition.
        """
        conditions = self.template.get("Conditions", {})
        if name not in conditions:
            raise ValidationError(f"Template error: unresolved condition dependency {name}")
        return self._truth(conditions[name])

    def _truth(self, expression: Any) -> bool:
        name, argument = next(iter(expression.items()))
        if name == "Condition":
            return self.condition(argument)
        if name == "Fn::And":
            return all(self._truth(item) for item in argument)
        if name == "Fn::Or":
            return any(self._truth(item) for item in argument)
        if name == "Fn::Not":
            return not self._truth(argument[0])
        if name == "Fn::Equals":
            left, right = (self.resolve(item) for item in argument)
            return bool(left == right)
        raise ValidationError(f"Template error: {name} is no condition function")

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        for source in (self.pseudo, self.parameters, self.physical_ids):
            if name in source:
                return source[name]
        raise ValidationError(f"Template format error: Unresolved resource dependencies [{name}]")

    def _function(self, name: str, argument: Any) -> Any:
        if name in _LOGICAL:
            return self._truth({name: argument})
        if name not in self.FUNCTIONS:
            raise ValidationError(f"Template error: the local cloud does not emulate {name}")
        return self.FUNCTIONS[name](self, argument)

    def _get_att(self, argument: Any) -> Any:
        logical_id, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        attributes = self.attributes.get(logical_id)
        if attributes is None:
            raise ValidationError(f"Template error: instance of Fn::GetAtt references undefined resource {logical_id}")
        if attribute not in attributes:
            raise ValidationError(
                f"Template error: resource {logical_id} does not support attribute type {attribute} in Fn::GetAtt"
            )
        return attributes[attribute]

    def _sub(self, argument: Any) -> str:
        text, variables = (argument, {}) if isinstance(argument, str) else (argument[0], self.resolve(argument[1]))

        def replace(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name in variables:
                return str(variables[name])
            return str(self._get_att(name) if "." in name else self._ref(name))

        return _SUB.sub(replace, text)

    def _find_in_map(self, argument: Any) -> Any:
        name, first, second = (self.resolve(item) for item in argument[:3])
        try:
            return self.resolve(self.template["Mappings"][name][first][second])
        except KeyError as error:
            raise ValidationError(f"Template error: Unable to get mapping for {name}::{first}::{second}") from error

    def _import_value(self, argument: Any) -> str:
        name = self.resolve(argument)
        if name not in self.exports:
            raise ValidationError(f"No export named {name} found. Rollback requested by user.")
        return self.exports[name]

    def _stack_output(self, argument: Any) -> str:
        if self.stack_output is None:
            raise ValidationError("Template error: Fn::GetStackOutput is not available here")
        return self.stack_output(self.resolve(argument))

    # Those of conditions beside; see `_truth`.
    FUNCTIONS: ClassVar[Mapping[str, Callable[["Scope", Any], Any]]] = {
        "Fn::GetAtt": _get_att,
        "Fn::Sub": _sub,
        "Fn::If": lambda self, item: self.resolve(item[1] if self.condition(item[0]) else item[2]),
        "Fn::Join": lambda self, item: str(item[0]).join(str(part) for part in self.resolve(item[1])),
        "Fn::Select": lambda self, item: self.resolve(item[1])[int(self.resolve(item[0]))],
        "Fn::Split": lambda self, item: str(self.resolve(item[1])).split(item[0]),
        "Fn::FindInMap": _find_in_map,
        "Fn::Base64": lambda self, item: base64.b64encode(str(self.resolve(item)).encode()).decode(),
        "Fn::ImportValue": _import_value,
        "Fn::GetAZs": lambda self, item: [
            f"{self.resolve(item) or self.pseudo['AWS::Region']}{zone}" for zone in "abc"
        ],
        "Fn::GetStackOutput": _stack_output,
    }


def strange_functions(value: Any) -> set[str]:
    """Names of the functions in a value that are not emulated."""
    if isinstance(value, list):
        return set().union(*map(strange_functions, value))
    if not isinstance(value, dict):
        return set()
    names = {name for name in value if len(value) == 1 and isinstance(name, str) and name.startswith("Fn::")}
    return (names - Scope.FUNCTIONS.keys() - _LOGICAL).union(*map(strange_functions, value.values()))


def references(value: Any) -> set[str]:
    """Names that a value refers to, through Ref, GetAtt and Sub."""
    found: set[str] = set()
    if isinstance(value, list):
        for item in value:
            found |= references(item)
    elif isinstance(value, dict):
        for name, argument in value.items():
            if name == "Ref" and isinstance(argument, str):
                found.add(argument)
            elif name == "Fn::GetAtt":
                found.add(argument.split(".")[0] if isinstance(argument, str) else argument[0])
            elif name == "Fn::Sub":
                text = argument if isinstance(argument, str) else argument[0]
                found |= {part.split(".")[0] for literal, part in _SUB.findall(text) if not literal}
                found |= references([] if isinstance(argument, str) else argument[1])
            else:
                found |= references(argument)
    return found
