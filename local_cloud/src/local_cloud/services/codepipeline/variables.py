"""Variables in the configuration of actions: ``#{namespace.name}``.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
"""

import re
from collections.abc import Mapping

from local_cloud.services.codepipeline.action import ActionError

PIPELINE, OWN = "variables", "codepipeline"
_REFERENCE = re.compile(r"#\{([^{}]*)\}")
Namespaces = Mapping[str, Mapping[str, str]]


def references(text: str) -> list[tuple[str, str]]:
    """Namespace and name of each variable in a text; the namespace is empty where there is no period."""
    return [(place.rpartition(".")[0], place.rpartition(".")[2]) for place in _REFERENCE.findall(text)]


def resolve(configuration: Mapping[str, str], namespaces: Namespaces) -> dict[str, str]:
    """A configuration with the values of its variables.

    Args:
        configuration: of an action.
        namespaces: values by namespace and name.

    Raises:
        ActionError: there is no such variable. The code is AWS's for a wrong configuration, the wording is ours.
    """

    def value(found: re.Match[str]) -> str:
        namespace, _, name = found.group(1).rpartition(".")
        if name not in namespaces.get(namespace, {}):
            known = ", ".join(
                f"{space}.{item}" for space, items in sorted(namespaces.items()) for item in sorted(items)
            )
            raise ActionError(
                "ConfigurationError",
                f"The variable {found.group(0)} has no value in this execution; known are {known}.",
            )
        return namespaces[namespace][name]

    return {key: _REFERENCE.sub(value, text) for key, text in configuration.items()}
