"""What is refused of one action when its pipeline is made.

Where AWS's own words are known from its users' reports they are used; all others are ours.
"""

from collections.abc import Collection

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.codepipeline import action_types, variables
from local_cloud.services.codepipeline.action import ActionDeclaration
from local_cloud.services.codepipeline.errors import InvalidActionDeclarationError

# https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
_RESERVED = frozenset({variables.OWN, variables.PIPELINE})


def check(action: ActionDeclaration, *, region: str) -> None:
    """Look at an action by itself.

    Args:
        action: which one.
        region: of the pipeline.

    Raises:
        InvalidActionDeclarationError: AWS does not take it.
        NotEmulatedError: AWS takes it, and nobody here does it.
    """
    kind = action_types.kind_of(action.type)
    _count(action.name, "input", len(action.inputs), kind.inputs)
    _count(action.name, "output", len(action.outputs), kind.outputs)
    if action.region != region:
        raise NotEmulatedError(
            f"the local cloud does not emulate actions in another region, got {action.region} for action"
            f" {action.name}; leave region out, or give {region}"
        )
    if action.namespace in _RESERVED:
        raise InvalidActionDeclarationError(f"The namespace {action.namespace} of action {action.name} is reserved")
    if action.timeout_minutes is not None and action.type.category != "Approval":
        # https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionDeclaration.html
        raise InvalidActionDeclarationError(
            f"Action {action.name} has timeoutInMinutes, which is for manual approval actions only"
        )
    action_types.action_of(action.type).check(action)


def check_references(
    action: ActionDeclaration, *, stage: str, namespaces: Collection[str], variables_: Collection[str]
) -> None:
    """Look whether the variables of an action can have values.

    Args:
        action: which one.
        stage: its stage's name.
        namespaces: of actions that run before.
        variables_: of the pipeline.

    Raises:
        InvalidActionDeclarationError: they cannot.
    """
    for key, text in action.configuration.items():
        for namespace, name in variables.references(text):
            if namespace in namespaces or namespace == variables.OWN:
                continue
            if namespace == variables.PIPELINE and name in variables_:
                continue
            raise InvalidActionDeclarationError(
                "Valid format for a pipeline execution variable reference is a namespace and a key separated by a"
                " period (.). The following pipeline execution variables are referencing a namespace that does not"
                f" exist. StageName=[{stage}], ActionName=[{action.name}], ActionConfigurationKey=[{key}],"
                f" VariableReferenceText=[{namespace}.{name}]"
            )


def _count(action: str, kind: str, count: int, bounds: tuple[int, int]) -> None:
    least, most = bounds
    if count < least:
        raise InvalidActionDeclarationError(
            f"Action {action} declares {count} {kind} artifacts which is less than the minimum count ({least})"
        )
    if count > most:
        raise InvalidActionDeclarationError(
            f"Action {action} declares {count} {kind} artifacts which is more than the maximum count ({most})"
        )
