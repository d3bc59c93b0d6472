"""Source actions that read a repository by a connection: of a local repository that stands for the provider's.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
"""

import json
import re

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
from local_cloud.services.codepipeline.errors import InvalidActionDeclarationError
from local_cloud.services.repositories import connections, places
from local_cloud.services.repositories.connections import Connection, UnavailableConnectionError
from local_cloud.services.repositories.places import Place, RepositoryNameError

_REQUIRED = ("ConnectionArn", "FullRepositoryId", "BranchName")
_ARN = re.compile(r"arn:aws:(codeconnections|codestar-connections):[a-z0-9-]+:\d{12}:connection/.+")


class CodeConnectionsSource:
    """``CodeStarSourceConnection``."""

    def check(self, declaration: ActionDeclaration) -> None:
        """See `Action.check`."""
        configuration.check_names(
            declaration, known=(*_REQUIRED, "DetectChanges", git_sources.FORMAT), required=_REQUIRED
        )
        arn, name = declaration.configuration["ConnectionArn"], declaration.configuration["FullRepositoryId"]
        if configuration.is_fixed(arn) and not _ARN.fullmatch(arn):
            raise InvalidActionDeclarationError(
                f"Action configuration for action '{declaration.name}' has ConnectionArn '{arn}', which is no ARN of a"
                " connection"
            )
        if configuration.is_fixed(name) and configuration.is_fixed(arn):
            try:
                place_of(declaration).path(runtime.current().settings.state_dir)
            except RepositoryNameError as error:
                raise InvalidActionDeclarationError(
                    f"Action configuration for action '{declaration.name}' has FullRepositoryId '{name}': {error}"
                ) from error
        git_sources.check_switch(declaration, "DetectChanges")
        git_sources.check_format(declaration)

    def run(self, call: ActionCall) -> ActionResult:
        """See `Action.run`."""
        given = call.declaration.configuration
        arn, name, branch = (given[each] for each in _REQUIRED)
        connection = _connection(call, arn=arn, name=name, branch=branch)
        place = place_of(call.declaration)
        bare = place.bare(runtime.current().settings.state_dir)
        missing = f"[{connection.provider}] No Branch [{branch}] found for FullRepositoryName [{name}]"
        if not bare.exists:
            make = f"python -m local_cloud repository {name} --account {place.account}"
            missing += f": `{make}` makes the repository, push to it"
        commit, branch = git_sources.found(bare, branch, call.asked_revision, missing=missing)
        summary = json.dumps(
            {"ProviderType": connection.provider, "CommitMessage": commit.message}, separators=(",", ":")
        )
        external = External(id=commit.id, summary=summary)
        call.report(external)
        git_sources.store(call, bare, commit.id)
        return ActionResult(
            variables={
                "AuthorDate": git_sources.date(commit.author),
                "BranchName": branch,
                "CommitId": commit.id,
                "CommitMessage": commit.message,
                "ConnectionArn": arn,
                "FullRepositoryName": name,
            },
            external=external,
            revision=Revision(id=commit.id, summary=summary),
        )


def place_of(declaration: ActionDeclaration) -> Place:
    """The repository that an action of this kind names."""
    given = declaration.configuration
    return places.connection(given["ConnectionArn"].split(":")[4], given["FullRepositoryId"])


def _connection(call: ActionCall, *, arn: str, name: str, branch: str) -> Connection:
    """The connection, if the action's role may use it.

    CodePipeline says no more than that the role may not; what IAM says stands behind it here.
    """
    try:
        return connections.use(arn, access_key_id=call.session.access_key_id, full_repository_id=name, branch=branch)
    except AccessDeniedError as error:
        raise ActionError(
            "PermissionError",
            f"Unable to use Connection: {arn}. The provided role does not have sufficient permissions. {error}",
        ) from error
    except UnavailableConnectionError as error:
        raise ActionError("ConfigurationError", str(error)) from error


ACTION = CodeConnectionsSource()
