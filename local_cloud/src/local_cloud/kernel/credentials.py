"""Role credentials for what runs inside the local cloud: jobs, functions, state machines, schedules."""

import os
import threading
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from moto.sts.models import sts_backends

from local_cloud.kernel import runtime, sdk
from local_cloud.services.iam import trust

# A session of its own for each client would read the service's model from disk again; one serves all, a caller a time.
_clients = boto3.Session(region_name="us-east-1", botocore_session=sdk.session())
_lock = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class RoleSession:
    """Temporary credentials of one role, as STS would hand them out."""

    role_arn: str
    access_key_id: str
    secret_access_key: str
    session_token: str
    region: str

    @property
    def account_id(self) -> str:
        """Account that owns the role."""
        return self.role_arn.split(":")[4]

    @property
    def endpoint_url(self) -> str:
        """Where the local cloud listens."""
        return runtime.current().settings.endpoint_url

    def client(self, service: str, config: Config | None = None) -> Any:
        """A boto3 client that calls the local cloud as this role.

        The return type is Any because boto3 makes client classes at run time.
        """
        with _lock:
            return _clients.client(  # type: ignore[call-overload]  # the service name is not a literal here
                service,
                region_name=self.region,
                endpoint_url=self.endpoint_url,
                aws_access_key_id=self.access_key_id,
                aws_secret_access_key=self.secret_access_key,
                aws_session_token=self.session_token,
                config=config,
            )

    def environment(self) -> dict[str, str]:
        """The whole environment of a job process: these credentials, and nothing of the server's own environment."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "JAVA_HOME") if name in os.environ}
        return kept | {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": self.session_token,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def assume_service_role(
    role_arn: str, *, service: str, session_name: str, region: str, source_arn: str | None = None
) -> RoleSession:
    """Let an AWS service take a role, as it would on AWS.

    Args:
        role_arn: the role.
        service: service principal, for example ``glue.amazonaws.com``.
        session_name: shows up in the assumed-role ARN.
        region: region of the session.
        source_arn: ARN of the resource on whose behalf the service acts (aws:SourceArn).

    Raises:
        AccessDeniedError: the role does not exist, or its trust policy does not name the service.
    """
    trust.check_service(role_arn, service=service, source_arn=source_arn)
    account_id = role_arn.split(":")[4]
    role = sts_backends[account_id]["aws"].assume_role(
        region_name=region,
        role_session_name=session_name[:64],
        role_arn=role_arn,
        policy="",
        duration=3600,
        external_id="",
    )
    return RoleSession(
        role_arn=role_arn,
        access_key_id=role.access_key_id,
        secret_access_key=role.secret_access_key,
        session_token=role.session_token,
        region=region,
    )
