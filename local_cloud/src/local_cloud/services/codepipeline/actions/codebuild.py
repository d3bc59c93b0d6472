"""Starts a build and waits for its end.

A request cannot hand CodePipeline's artifacts to StartBuild, so that the build is started here; the role of the action
is asked for the permission that StartBuild needs. It follows the build by CodeBuild's own call. The build reads and
writes artifacts as its project's role. The build of an action that is abandoned goes on, as a deployment to S3 does in
CodePipeline's documentation; StopBuild, which the CDK grants to the role, is called by nobody.

References:
    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
    https://docs.aws.amazon.com/codebuild/latest/userguide/how-to-create-pipeline.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-stop.html
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.kernel import not_emulated
from local_cloud.kernel.errors import AccessDeniedError, JobError, NotEmulatedError
from local_cloud.services.codebuild import builds
from local_cloud.services.codebuild.build import Build
from local_cloud.services.codebuild.errors import InvalidRequestError, MissingProjectError, TooManyBuildsError
from local_cloud.services.codebuild.order import BuildOrder, PipelineArtifact
from local_cloud.services.codepipeline import client_errors, configuration
from local_cloud.services.codepipeline.action import (
    ActionCall,
    ActionDeclaration,
    ActionError,
    ActionResult,
    Artifact,
    External,
)
from local_cloud.services.codepipeline.actions import build_variables
from local_cloud.services.codepipeline.errors import InvalidActionDeclarationError
from local_cloud.services.iam import authorization, principals

_KNOWN = ("BatchEnabled", "CombineArtifacts", "EnvironmentVariables", "PrimarySource", "ProjectName")
# Builds in batches are a thing of their own.
_LEFT_OUT = ("BatchEnabled", "CombineArtifacts")
_PAUSE = 0.2
_CODES: dict[type[Exception], str] = {
    InvalidRequestError: "InvalidInputException",
    MissingProjectError: "ResourceNotFoundException",
    TooManyBuildsError: "AccountLimitExceededException",
}


class CodeBuildAction:
    """Runs one build."""

    def check(self, declaration: ActionDeclaration) -> None:
        """Look at a declaration when the pipeline is made.

        Raises:
            InvalidActionDeclarationError: it cannot run.
            NotEmulatedError: it is a build in batches.
        """
        given = declaration.configuration
        configuration.check_names(declaration, known=_KNOWN, required=("ProjectName",))
        for name in _LEFT_OUT:
            if given.get(name, "false").lower() != "false":
                raise NotEmulatedError(not_emulated.refusal(f"{name} of a CodeBuild action"))
        source = given.get("PrimarySource")
        if source is None and len(declaration.inputs) > 1:
            raise _invalid(declaration, f"PrimarySource must be one of {', '.join(declaration.inputs)}, got none")
        if source is not None and configuration.is_fixed(source) and source not in declaration.inputs:
            raise _invalid(declaration, f"PrimarySource must be one of {', '.join(declaration.inputs)}, got {source}")
        if variables := given.get("EnvironmentVariables"):
            try:
                build_variables.parse(variables)
            except build_variables.VariablesError as error:
                raise _invalid(declaration, str(error)) from error

    def run(self, call: ActionCall) -> ActionResult:
        """Build.

        Raises:
            ActionError: the build failed, or the role may not start it.
        """
        build = _start(call)
        told = External(id=build.build_id, url=_console(call, build))
        call.report(told)
        client = call.session.client("codebuild")
        try:
            # On AWS it asks again and again; who may not ask learns it here before the build has run.
            client.batch_get_builds(ids=[build.build_id])
            while not build.wait(_PAUSE):
                if call.work.is_stopping:
                    raise ActionError("JobFailed", f"the action was stopped; build {build.build_id} goes on")
            (ended,) = client.batch_get_builds(ids=[build.build_id])["builds"]
        except ClientError as error:
            operation = error.operation_name[:1].lower() + error.operation_name[1:]
            raise client_errors.failure(error, "codebuild", doing=f"Error calling {operation}: ") from error
        if ended["buildStatus"] != "SUCCEEDED":
            summary = _summary(ended)
            call.report(External(id=told.id, url=told.url, summary=summary))
            raise ActionError("JobFailed", summary)
        exported = ended.get("exportedEnvironmentVariables") or ()
        return ActionResult(variables={item["name"]: item["value"] for item in exported}, external=told)


ACTION = CodeBuildAction()


def _start(call: ActionCall) -> Build:
    order = _order(call)
    arn = f"arn:aws:codebuild:{order.region}:{order.account_id}:project/{order.project}"
    try:
        _authorize(call, arn, order.account_id)
        return builds.start(order)
    except AccessDeniedError as error:
        raise ActionError("PermissionError", _told(str(error), "AccessDeniedException")) from error
    except (InvalidRequestError, MissingProjectError, TooManyBuildsError) as error:
        raise ActionError("JobFailed", _told(str(error), _CODES[type(error)])) from error
    except (NotEmulatedError, JobError) as error:
        raise ActionError("JobFailed", f"Error calling startBuild: {error}") from error


def _authorize(call: ActionCall, arn: str, owner: str) -> None:
    action, principal = "codebuild:StartBuild", principals.of_access_key(call.session.access_key_id)
    if principal is None:
        reason = "its session has ended"
        raise AccessDeniedError(principal=call.session.role_arn, action=action, resource=arn, reason=reason)
    authorization.authorize(principal, action=action, resource=arn, owner=owner)


def _told(message: str, code: str) -> str:
    return f"Error calling startBuild: {message} (Service: AWSCodeBuild; Status Code: 400; Error Code: {code})"


def _order(call: ActionCall) -> BuildOrder:
    given = call.declaration.configuration
    try:
        variables = build_variables.parse(given.get("EnvironmentVariables") or "[]")
    except build_variables.VariablesError as error:
        raise ActionError("ConfigurationError", str(error)) from error
    primary = given.get("PrimarySource") or call.declaration.inputs[0]
    if primary not in call.declaration.inputs:
        inputs = ", ".join(call.declaration.inputs)
        raise ActionError("ConfigurationError", f"PrimarySource must be one of {inputs}, got {primary}")
    return BuildOrder(
        # The project is one of the account whose role builds.
        account_id=call.session.account_id,
        region=call.declaration.region,
        project=given["ProjectName"],
        initiator=f"codepipeline/{call.pipeline}",
        overrides={"environmentVariablesOverride": variables} if variables else {},
        inputs=tuple(_handed(item) for item in sorted(call.inputs, key=lambda item: item.name != primary)),
        outputs=tuple(_handed(item) for item in call.outputs),
        source_version=call.source_revision.id if call.source_revision else None,
    )


def _handed(artifact: Artifact) -> PipelineArtifact:
    return PipelineArtifact(
        name=artifact.name, bucket=artifact.bucket, key=artifact.key, encryption_key=artifact.encryption_key
    )


def _console(call: ActionCall, build: Build) -> str:
    home = f"https://console.aws.amazon.com/codebuild/home?region={call.declaration.region}"
    return f"{home}#/builds/{build.build_id}/view/new"


def _summary(ended: Mapping[str, Any]) -> str:
    """AWS's words of a build that did not succeed, with the phase that failed where one did."""
    begin = f"Build terminated with state: {ended['buildStatus']}"
    for phase in ended["phases"]:
        for context in phase.get("contexts") or ():
            if context.get("statusCode"):
                why = f"Code: {context['statusCode']}, Message: {context.get('message', '')}"
                return f"{begin}. Phase: {phase['phaseType']}, {why}"
    return begin


def _invalid(declaration: ActionDeclaration, problem: str) -> InvalidActionDeclarationError:
    return InvalidActionDeclarationError(f"Action configuration for action '{declaration.name}': {problem}")
