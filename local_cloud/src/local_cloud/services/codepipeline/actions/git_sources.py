"""What source actions that read a git repository have in common."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.codepipeline import artifacts
from local_cloud.services.codepipeline.action import ActionCall, ActionDeclaration, ActionError
from local_cloud.services.codepipeline.errors import InvalidActionDeclarationError
from local_cloud.services.repositories.git import BRANCHES, Bare, Commit, Person, UnknownRevisionError

_ZIP, _CLONE = "CODE_ZIP", "CODEBUILD_CLONE_REF"
FORMAT = "OutputArtifactFormat"


def check_format(declaration: ActionDeclaration) -> None:
    """Look at the format of the output artifact.

    Raises:
        NotEmulatedError: it would be a reference that CodeBuild clones.
        InvalidActionDeclarationError: there is no such format.
    """
    given = declaration.configuration.get(FORMAT) or _ZIP
    if given == _CLONE:
        raise NotEmulatedError(
            f"the local cloud does not emulate {FORMAT} {_CLONE} of action '{declaration.name}'; use {_ZIP}, which has"
            " the files without git's history"
        )
    if given != _ZIP:
        raise InvalidActionDeclarationError(
            f"Action configuration for action '{declaration.name}' has {FORMAT} '{given}', it takes {_ZIP} or {_CLONE}"
        )


def check_switch(declaration: ActionDeclaration, name: str) -> None:
    """Look at a value that is true or false.

    Raises:
        InvalidActionDeclarationError: it is neither.
    """
    given = declaration.configuration.get(name)
    if given is not None and given.lower() not in {"true", "false"}:
        raise InvalidActionDeclarationError(
            f"Action configuration for action '{declaration.name}' has {name} '{given}', it takes true or false"
        )


def found(bare: Bare, branch: str, asked: str | None, *, missing: str) -> tuple[Commit, str]:
    """The commit to take, and the branch that it is said to be of.

    A push to another branch can start a pipeline, whose trigger names it; such a commit is of that branch.

    Args:
        bare: the repository.
        branch: of the action's configuration.
        asked: a commit; None for the newest of the branch.
        missing: what CodePipeline says of a branch that is not there.

    Raises:
        ActionError: there is no such branch or commit.
    """
    head = bare.refs().get(f"{BRANCHES}{branch}") if bare.exists else None
    if asked is None:
        if head is None:
            raise ActionError("ConfigurationError", missing)
        return bare.commit(head), branch
    try:
        commit = bare.commit(asked)
    except (UnknownRevisionError, OSError) as error:
        raise ActionError("RevisionUnavailable", f"the repository has no commit {asked}") from error
    branches = bare.branches_of(commit.id)
    return commit, branch if branch in branches or not branches else branches[0]


def store(call: ActionCall, bare: Bare, commit: str) -> None:
    """Write the files of a commit into the output artifact, without git's history.

    Raises:
        ActionError: the role may not, or it is too large.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "files"
        files.mkdir()
        bare.check_out(commit, files)
        artifacts.store(call, call.outputs[0], files)


def date(person: Person) -> str:
    """When somebody wrote a commit, as output variables have it: ``2019-10-29T03:32:21Z``.

    Reference: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ListActionExecutions.html
    """
    return datetime.fromtimestamp(int(person.date.split()[0]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
