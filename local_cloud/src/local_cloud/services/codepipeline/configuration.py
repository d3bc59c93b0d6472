"""What an action's configuration may have; wrong ones are refused when the pipeline is made."""

import re
from collections.abc import Iterable

from local_cloud.services.codepipeline.action import ActionDeclaration
from local_cloud.services.codepipeline.errors import InvalidActionDeclarationError

_VARIABLE = re.compile(r"#\{[^{}]+\}")


def check_names(declaration: ActionDeclaration, *, known: Iterable[str], required: Iterable[str]) -> None:
    """Look whether all that is needed is there, and nothing that its provider does not know.

    Args:
        declaration: of the action.
        known: names that its provider takes.
        required: those that it needs.

    Raises:
        InvalidActionDeclarationError: it is not so.
    """
    if unknown := sorted(set(declaration.configuration) - set(known)):
        raise InvalidActionDeclarationError(
            f"Action configuration for action '{declaration.name}' contains unknown configuration '{unknown[0]}'"
        )
    for name in required:
        if not declaration.configuration.get(name):
            raise InvalidActionDeclarationError(
                f"Action configuration for action '{declaration.name}' is missing required configuration '{name}'"
            )


def is_fixed(value: str) -> bool:
    """Whether a value has no variable, so that it is known when the pipeline is made."""
    return _VARIABLE.search(value) is None
