"""Runs one action as its role.

The pipeline's role is taken on by CodePipeline; the role of an action, which may be of another account, by the
pipeline's role. An action without a role is done by the pipeline's.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/security-iam.html
"""

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.kernel.credentials import RoleSession, assume_service_role
from local_cloud.kernel.errors import AccessDeniedError, NotEmulatedError
from local_cloud.kernel.passing import is_passing
from local_cloud.kernel.work import Work
from local_cloud.services.codepipeline import action_types
from local_cloud.services.codepipeline.action import ActionCall, ActionError, ActionResult, External
from local_cloud.services.codepipeline.records import ActionRun, Execution, Pipeline

SERVICE = "codepipeline.amazonaws.com"
_DENIED = ("AccessDenied", "UnauthorizedOperation", "AuthorizationError", "KMS.AccessDenied")


def perform(pipeline: Pipeline, execution: Execution, run: ActionRun, work: Work) -> ActionResult:
    """Do an action.

    Raises:
        ActionError: it failed.
        Exception: it failed too, for a reason that `error_of` puts into words.
    """
    session = _session(pipeline, execution, run)
    asked = next((item.value for item in execution.overrides if item.action == run.declaration.name), None)
    sources = execution.source_runs()

    def report(external: External) -> None:
        with pipeline.lock:
            run.external = external

    call = ActionCall(
        pipeline=pipeline.name,
        pipeline_arn=pipeline.arn,
        account_id=pipeline.account_id,
        region=pipeline.region,
        execution_id=execution.id,
        action_execution_id=run.id,
        stage=run.stage,
        declaration=run.declaration,
        session=session,
        inputs=run.inputs,
        outputs=run.outputs,
        asked_revision=asked,
        source_revision=sources[0].revision if sources else None,
        work=work,
        report=report,
    )
    return action_types.action_of(run.declaration.type).run(call)


def error_of(error: Exception) -> tuple[str, str]:
    """Code and message of what an action failed with.

    Reference: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_FailureDetails.html
    """
    if isinstance(error, AccessDeniedError):
        return "PermissionError", str(error)
    if isinstance(error, ClientError):
        told = error.response["Error"]
        if any(word in str(told.get("Code")) for word in _DENIED):
            return "PermissionError", str(error)
        return "SystemUnavailable" if is_passing(error) else "ConfigurationError", str(error)
    if isinstance(error, NotEmulatedError):
        return "ConfigurationError", str(error)
    if isinstance(error, BotoCoreError):
        return "SystemUnavailable", str(error)
    return "SystemUnavailable", f"the local cloud failed, which is a fault of its own: {error}"


def _session(pipeline: Pipeline, execution: Execution, run: ActionRun) -> RoleSession:
    declaration = run.declaration
    own = assume_service_role(
        execution.declaration.role_arn,
        service=SERVICE,
        session_name=run.id,
        region=declaration.region,
        source_arn=pipeline.arn,
    )
    if declaration.role_arn is None or declaration.role_arn == execution.declaration.role_arn:
        return own
    try:
        given = own.client("sts").assume_role(RoleArn=declaration.role_arn, RoleSessionName=run.id)["Credentials"]
    except ClientError as error:
        code, words = error_of(error)
        raise ActionError(code, f"The pipeline's role could not assume the role of the action: {words}") from error
    return RoleSession(
        role_arn=declaration.role_arn,
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
        region=declaration.region,
    )
