"""Which stacks import what another one exports: it can neither be removed nor changed while they do.

Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from local_cloud.cloudformation import engine, store
from local_cloud.cloudformation.errors import ValidationError
from local_cloud.cloudformation.model import Region, Stack

_SECTIONS = ("Resources", "Outputs", "Conditions")


def importers(region: Region, exporting: Stack) -> dict[str, list[str]]:
    """Names of stacks by the export of the stack that they import."""
    own = {output["ExportName"] for output in exporting.outputs.values() if "ExportName" in output}
    exports, found = store.exports_of(region), dict[str, list[str]]()
    for stack in store.stacks_of(region):
        if own and stack is not exporting and stack.template and stack.status != "DELETE_COMPLETE":
            for name in _imported(stack, exports) & own:
                found.setdefault(name, []).append(stack.name)
    return found


def _imported(stack: Stack, exports: Mapping[str, str]) -> set[str]:
    scope = engine.scope_of(stack, stack.template, stack.resolved_parameters, exports)
    names = set()
    for argument in _arguments([stack.template.get(section, {}) for section in _SECTIONS]):
        # What cannot be resolved was not imported.
        with contextlib.suppress(ValidationError):
            names.add(str(scope.resolve(argument)))
    return names


def _arguments(value: Any) -> Iterator[Any]:
    """Of every ``Fn::ImportValue`` within."""
    if isinstance(value, dict):
        if "Fn::ImportValue" in value:
            yield value["Fn::ImportValue"]
        for item in value.values():
            yield from _arguments(item)
    elif isinstance(value, list):
        for item in value:
            yield from _arguments(item)
