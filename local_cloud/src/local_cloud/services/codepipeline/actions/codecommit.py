"""Source actions that read a repository of CodeCommit.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeCommit.html
"""

from typing import Any

from botocore.exceptions import ClientError

from local_cloud.kernel import runtime
from local_cloud.kernel.errors import AccessDeniedError
from local_cloud.services.codepipeline import configuration
from local_cloud.services.codepipeline.action import (
    ActionCall,
    ActionDeclaration,
    ActionError,
    ActionResult,
    External,
    Revision,
)
from local_cloud.services.codepipeline.actions import git_sources
from local_cloud.services.iam import authorization, principals
from local_cloud.services.repositories import places

_REQUIRED = ("RepositoryName", "BranchName")
POLLS = "PollForSourceChanges"
# Permissions without a call of the API: https://docs.aws.amazon.com/codecommit/latest/userguide/auth-and-access-control-permissions-reference.html
# A third one, CancelUploadArchive, is needed by an action that is cancelled meanwhile, which takes no time here.
_UPLOAD = ("UploadArchive", "GetUploadArchiveStatus")


class CodeCommitSource:
    """``CodeCommit``."""

    def check(self, declaration: ActionDeclaration) -> None:
        """See `Action.check`."""
        configuration.check_names(declaration, known=(*_REQUIRED, POLLS, git_sources.FORMAT), required=_REQUIRED)
        git_sources.check_switch(declaration, POLLS)
        git_sources.check_format(declaration)

    def run(self, call: ActionCall) -> ActionResult:
        """See `Action.run`."""
        name, branch = (call.declaration.configuration[each] for each in _REQUIRED)
        # The account that the action's role is of, as on AWS for an action across accounts.
        place = places.codecommit(call.session.account_id, call.declaration.region, name)
        bare = place.bare(runtime.current().settings.state_dir)
        newest = _newest(call, name, branch) if call.asked_revision is None else call.asked_revision
        _client(call).get_commit(repositoryName=name, commitId=newest)
        commit, branch = git_sources.found(bare, branch, newest, missing=_no_branch(name, branch))
        external = External(id=commit.id, summary=commit.message)
        call.report(external)
        _authorize_upload(call, f"arn:aws:codecommit:{place.region}:{place.account}:{name}")
        git_sources.store(call, bare, commit.id)
        return ActionResult(
            variables={
                "AuthorDate": git_sources.date(commit.author),
                "BranchName": branch,
                "CommitId": commit.id,
                "CommitMessage": commit.message,
                "CommitterDate": git_sources.date(commit.committer),
                "RepositoryName": name,
            },
            external=external,
            revision=Revision(id=commit.id, summary=commit.message),
        )


def _client(call: ActionCall) -> Any:
    return call.session.client("codecommit")


def _newest(call: ActionCall, name: str, branch: str) -> str:
    try:
        return str(_client(call).get_branch(repositoryName=name, branchName=branch)["branch"]["commitId"])
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "BranchDoesNotExistException":
            raise ActionError("ConfigurationError", _no_branch(name, branch)) from error
        if code == "RepositoryDoesNotExistException":
            raise ActionError("ConfigurationError", f"The AWS CodeCommit repository {name} does not exist") from error
        raise


def _no_branch(name: str, branch: str) -> str:
    return (
        f"The action failed because no branch named {branch} was found in the selected AWS CodeCommit repository "
        f"{name}. Make sure you are using the correct branch name, and then try again."
    )


def _authorize_upload(call: ActionCall, arn: str) -> None:
    principal = principals.of_access_key(call.session.access_key_id)
    if principal is None:
        raise ActionError("PermissionError", "the credentials of the action's role are unknown")
    for each in _UPLOAD:
        try:
            authorization.authorize(principal, action=f"codecommit:{each}", resource=arn, owner=call.session.account_id)
        except AccessDeniedError as error:
            raise ActionError("PermissionError", str(error)) from error


ACTION = CodeCommitSource()
