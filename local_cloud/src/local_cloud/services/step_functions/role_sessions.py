"""Clients of a running state machine: every call is made with the execution role's own credentials."""

import functools
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import CredentialProvider, CredentialResolver, Credentials, ReadOnlyCredentials

from local_cloud.kernel import patching, runtime, sdk
from local_cloud.kernel.credentials import RoleSession, assume_service_role
from local_cloud.kernel.expiring import Expiring


@dataclass(frozen=True, kw_only=True)
class TaskCredentials:
    """With which rights a task calls.

    Args:
        role_arn: the role of the task, which its ``Credentials`` field may name.
        execution_role_arn: the role of the state machine.
        state_machine_arn: on whose behalf Step Functions takes the execution role (aws:SourceArn).
    """

    role_arn: str
    execution_role_arn: str
    state_machine_arn: str


class _Caller(Credentials):
    """Whoever calls: a client keeps its service's whole model, a megabyte or more, so that all callers share one."""

    def __init__(self) -> None:
        super().__init__("of the caller", "of the caller")

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Asked for every request that is signed."""
        session = _calling.get()
        return ReadOnlyCredentials(session.access_key_id, session.secret_access_key, session.session_token)


class _Provider(CredentialProvider):
    METHOD = "local-cloud-caller"

    def load(self) -> Credentials:
        """The only credentials there are."""
        return _Caller()


class TaskClient:
    """One of boto3's clients as a role; only its operations can be called, not its paginators or waiters.

    Args:
        shared: the client.
        session: of the role.
    """

    def __init__(self, shared: Any, session: RoleSession) -> None:
        self._shared = shared
        self._session = session

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """An operation."""
        operation = getattr(self._shared, name)

        def call(**parameters: Any) -> Any:
            token = _calling.set(self._session)
            try:
                answer = operation(**parameters)
            finally:
                _calling.reset(token)
            _answered.set(answer.get("ResponseMetadata"))
            return answer

        return call


_calling: ContextVar[RoleSession] = ContextVar("session of the task that calls")
_answered: ContextVar[dict[str, Any] | None] = ContextVar(
    "what came with the answer to a task's last call", default=None
)


class _Sessions(Expiring[tuple[TaskCredentials, str], RoleSession]):
    """By the task's credentials and the region."""


class _Clients(Expiring[tuple[str, str], Any]):
    """By service and region, for all sessions."""


@patching.owner
def install() -> None:
    """Tasks know their role only, and not on whose behalf Step Functions takes it."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask

    evaluate = StateTask._eval_state_credentials  # noqa: SLF001  # moto has no public way to tell a role

    def with_state_machine(self: Any, env: Any) -> TaskCredentials:
        return TaskCredentials(
            role_arn=evaluate(self, env).role_arn,
            execution_role_arn=env.aws_execution_details.role_arn,
            state_machine_arn=env.states.context_object.context_object_data["StateMachine"]["Id"],
        )

    patching.replace(StateTask, "_eval_state_credentials", with_state_machine)


def metadata() -> dict[str, Any]:
    """What optimised integrations tell beside the result of the last call: its request id, and what HTTP said.

    Reference: https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html, the example's output.
    """
    answered = _answered.get() or {}
    headers = {_spelling(name): value for name, value in answered.get("HTTPHeaders", {}).items()}
    return {
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": headers,
            "HttpStatusCode": answered.get("HTTPStatusCode"),
        },
        "SdkResponseMetadata": {"RequestId": answered.get("RequestId")},
    }


def _spelling(header: str) -> str:
    if header.startswith("x-amzn-"):
        return "x-amzn-RequestId" if header == "x-amzn-requestid" else header
    return "-".join(part.capitalize() for part in header.split("-"))


def client(credentials: Any, *, service: str, region: str) -> Any:
    """A client for one service.

    Args:
        credentials: `TaskCredentials`, or what the interpreter uses where it is no task (a Map that reads from S3).
        service: name of boto3's client.
        region: to call.

    Raises:
        AccessDeniedError: the execution role does not trust Step Functions.
        ClientError: the execution role may not take the task's role.
    """
    if not isinstance(credentials, TaskCredentials):
        return _client(_service_session(credentials.role_arn, region, None), service)
    session = runtime.current().of(_Sessions).get((credentials, region), lambda: _session(credentials, region))
    return _client(session, service)


def _client(session: RoleSession, service: str) -> TaskClient:
    def make() -> Any:
        # The state machine's own Retry decides what is repeated.
        config = Config(
            parameter_validation=False, retries={"total_max_attempts": 1}, read_timeout=900, max_pool_connections=50
        )
        return _shared().client(service, region_name=session.region, endpoint_url=session.endpoint_url, config=config)

    return TaskClient(runtime.current().of(_Clients).get((service, session.region), make), session)


@functools.cache
def _shared() -> Any:
    session = sdk.session()
    session.register_component("credential_provider", CredentialResolver([_Provider()]))
    return boto3.Session(botocore_session=session)


def _session(credentials: TaskCredentials, region: str) -> RoleSession:
    session = _service_session(credentials.execution_role_arn, region, credentials.state_machine_arn)
    if credentials.role_arn != credentials.execution_role_arn:
        session = _assumed(session, credentials.role_arn)
    return session


def _service_session(role_arn: str, region: str, source_arn: str | None) -> RoleSession:
    return assume_service_role(
        role_arn,
        service="states.amazonaws.com",
        session_name="StepFunctions",
        region=region,
        source_arn=source_arn,
    )


def _assumed(session: RoleSession, role_arn: str) -> RoleSession:
    """The session of a task with a role of its own, which the execution role takes.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html
    """
    given = session.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="StepFunctions")["Credentials"]
    return RoleSession(
        role_arn=role_arn,
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
        region=session.region,
    )
