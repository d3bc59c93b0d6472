"""What a build has of its service role before anything else: a session, and a log.

References:
    https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
"""

from botocore.exceptions import ClientError

from local_cloud.kernel import runtime
from local_cloud.kernel.credentials import RoleSession, assume_service_role
from local_cloud.kernel.errors import AccessDeniedError
from local_cloud.services.codebuild.errors import PhaseError
from local_cloud.services.codebuild.log import Log
from local_cloud.services.codebuild.record import BuildRecord

_DENIED = "ACCESS_DENIED"


def take(build: BuildRecord) -> RoleSession:
    """Take on the role, on behalf of the project.

    Raises:
        PhaseError: it is not there, or does not trust CodeBuild for this project.
    """
    role = str(build.definition["serviceRole"])
    try:
        return assume_service_role(
            role,
            service="codebuild.amazonaws.com",
            session_name=f"AWSCodeBuild-{build.uuid}",
            region=build.order.region,
            source_arn=build.project_arn,
        )
    except AccessDeniedError as error:
        raise PhaseError(
            _DENIED, f"CodeBuild is not authorized to perform: sts:AssumeRole on service role {role}: {error}"
        ) from error


def open_log(build: BuildRecord, session: RoleSession) -> Log:
    """Begin the build's log, with its role.

    Raises:
        PhaseError: the role may not write it.
    """
    file = runtime.current().settings.log_dir / f"codebuild-{build.order.project}-{build.uuid}.log"
    client = session.client("logs") if build.log_group is not None else None
    log = Log(file, client=client, group=build.log_group or "", stream=build.log_stream)
    try:
        log.open()
    except ClientError as error:
        answer = error.response["Error"]
        if not answer["Code"].startswith("AccessDenied"):
            raise PhaseError("CLIENT_ERROR", str(error)) from error
        raise PhaseError(
            _DENIED,
            f"Service role {session.role_arn} does not allow AWS CodeBuild to create Amazon CloudWatch Logs log"
            f" streams for build {build.arn}. Error message: {answer['Message']}",
        ) from error
    return log
