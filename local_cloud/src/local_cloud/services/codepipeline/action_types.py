"""Who does which kind of action; a module is imported when the first pipeline has an action of its kind."""

import importlib
from dataclasses import dataclass
from typing import cast

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.codepipeline.action import Action, ActionType


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of action.

    Args:
        module: below ``actions``, which has it as ``ACTION``.
        inputs: fewest and most input artifacts.
        outputs: fewest and most output artifacts.
    """

    module: str
    inputs: tuple[int, int]
    outputs: tuple[int, int]


# https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-action-artifacts.html
_KINDS = {
    ("Source", "AWS", "CodeStarSourceConnection"): Kind(module="code_connections", inputs=(0, 0), outputs=(1, 1)),
    ("Source", "AWS", "CodeCommit"): Kind(module="codecommit", inputs=(0, 0), outputs=(1, 1)),
    ("Source", "AWS", "S3"): Kind(module="s3", inputs=(0, 0), outputs=(1, 1)),
    ("Build", "AWS", "CodeBuild"): Kind(module="codebuild", inputs=(1, 5), outputs=(0, 5)),
    ("Test", "AWS", "CodeBuild"): Kind(module="codebuild", inputs=(1, 5), outputs=(0, 5)),
    ("Deploy", "AWS", "CloudFormation"): Kind(module="cloudformation", inputs=(0, 10), outputs=(0, 1)),
    ("Approval", "AWS", "Manual"): Kind(module="manual_approval", inputs=(0, 0), outputs=(0, 0)),
}
_PACKAGE = "local_cloud.services.codepipeline.actions"


def kind_of(action_type: ActionType) -> Kind:
    """What is known of a kind of action.

    Raises:
        NotEmulatedError: nobody here does it.
    """
    found = _KINDS.get((action_type.category, action_type.owner, action_type.provider))
    if found is None or action_type.version != "1":
        known = ", ".join(f"{owner}/{category}/{provider}" for category, owner, provider in sorted(_KINDS))
        raise NotEmulatedError(
            f"the local cloud does not emulate actions of {action_type.owner}/{action_type.category}/"
            f"{action_type.provider}, version {action_type.version}; choose version 1 of {known}"
        )
    return found


def action_of(action_type: ActionType) -> Action:
    """Who does a kind of action.

    Raises:
        NotEmulatedError: nobody here does it.
    """
    module = importlib.import_module(f"{_PACKAGE}.{kind_of(action_type).module}")
    return cast("Action", module.ACTION)
