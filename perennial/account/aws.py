"""Every AWS call of the command line. AWS_ENDPOINT_URL decides between AWS and a local cloud; nothing else differs."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from perennial.account import history
from perennial.account.execution import Execution
from perennial.account.history import History
from perennial.account.stack import Stack
from perennial.errors import NotDeployedError, OperatorError

_RETRY: Any = {"mode": "standard", "max_attempts": 4}
# Of a model that is still being loaded, SageMaker says ModelNotReadyException, which only the legacy mode repeats.
_RETRIES: Any = {"sagemaker-runtime": {"mode": "legacy", "total_max_attempts": 8}}


class Aws:
    """The calls, with one session's credentials.

    Args:
        session: decides account and region.
        endpoint_url: of a local cloud; None for AWS itself.
    """

    def __init__(self, session: boto3.Session, *, endpoint_url: str | None = None) -> None:
        self._session = session
        self.endpoint_url = endpoint_url
        self._clients: dict[str, Any] = {}

    @property
    def region(self) -> str:
        """AWS region of all calls."""
        return str(self._session.region_name)

    def client(self, service: str) -> Any:
        """boto3's client of a service."""
        if service not in self._clients:
            # A cold model may take a while to load on the first invocation.
            config = Config(retries=_RETRIES.get(service, _RETRY), read_timeout=120)
            create: Any = self._session.client
            self._clients[service] = create(service, config=config, endpoint_url=self.endpoint_url)
        return self._clients[service]

    def assume(self, role_arn: str, *, session_name: str) -> "Aws":
        """The calls, as another role."""
        found = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName=session_name)["Credentials"]
        session = boto3.Session(
            aws_access_key_id=found["AccessKeyId"],
            aws_secret_access_key=found["SecretAccessKey"],
            aws_session_token=found["SessionToken"],
            region_name=self._session.region_name,
        )
        return Aws(session, endpoint_url=self.endpoint_url)

    def stack(self, name: str) -> Stack:
        """Look a deployed stack up.

        Raises:
            NotDeployedError: it is not deployed.
            OperatorError: nothing answers, or it is a stack of something else.
        """
        try:
            with _explained():
                found = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                raise NotDeployedError(
                    f"stack {name} is not deployed in this account and region; deploy it with `cdk deploy {name}` "
                    "or, on a laptop, with `make demo`"
                ) from error
            raise
        outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
        return Stack.from_outputs(outputs, stack_name=name)

    def start(self, state_machine_arn: str, *, payload: str) -> str:
        """Start an execution; returns its ARN."""
        started = self.client("stepfunctions").start_execution(stateMachineArn=state_machine_arn, input=payload)
        return str(started["executionArn"])

    def executions(self, state_machine_arn: str) -> Iterator[str]:
        """ARNs of the executions, newest first."""
        pages = self.client("stepfunctions").get_paginator("list_executions")
        for page in pages.paginate(stateMachineArn=state_machine_arn):
            for execution in page["executions"]:
                yield execution["executionArn"]

    def execution(self, arn: str) -> Execution:
        """Describe an execution.

        Raises:
            OperatorError: there is none of that ARN.
        """
        client = self.client("stepfunctions")
        try:
            found = client.describe_execution(executionArn=arn)
        except (client.exceptions.ExecutionDoesNotExist, client.exceptions.InvalidArn) as error:
            raise OperatorError(f"no execution has the ARN {arn!r}; `status` lists the last ones") from error
        return Execution(
            arn=arn,
            status=found["status"],
            started_at=found["startDate"],
            stopped_at=found.get("stopDate"),
            input=found.get("input", "{}"),
            output=found.get("output", ""),
            error=found.get("error", ""),
            cause=found.get("cause", ""),
        )

    def history(self, execution_arn: str) -> History:
        """What happened in an execution so far."""
        pages = self.client("stepfunctions").get_paginator("get_execution_history")
        return history.parse(
            event
            for page in pages.paginate(executionArn=execution_arn, includeExecutionData=False)
            for event in page["events"]
        )

    def followed(self, execution_arn: str) -> Callable[[], History]:
        """What happened in an execution so far, at each call; all events are fetched only when there is a new one."""
        seen, known = 0, History()

        def look() -> History:
            nonlocal seen, known
            newest = self.newest_event(execution_arn)
            if newest != seen:
                seen, known = newest, self.history(execution_arn)
            return known

        return look

    def newest_event(self, execution_arn: str) -> int:
        """Number of the last event of an execution so far, 0 before the first one."""
        found = self.client("stepfunctions").get_execution_history(
            executionArn=execution_arn, includeExecutionData=False, reverseOrder=True, maxResults=1
        )
        return max((int(event["id"]) for event in found["events"]), default=0)

    def definition(self, execution_arn: str) -> tuple[str, str]:
        """Name and definition of the state machine as an execution ran it."""
        found = self.client("stepfunctions").describe_state_machine_for_execution(executionArn=execution_arn)
        return found["name"], found["definition"]

    def upload(self, path: Path, *, bucket: str, key: str) -> None:
        """Upload a file."""
        self.client("s3").upload_file(str(path), bucket, key)

    def read(self, uri: str) -> str:
        """Text of an object, by its ``s3://`` URI."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        body = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return str(body.decode("utf-8"))

    def endpoint(self, name: str) -> dict[str, Any] | None:
        """Describe an endpoint, None when there is none."""
        try:
            return dict(self.client("sagemaker").describe_endpoint(EndpointName=name))
        except ClientError as error:
            if "Could not find" in error.response["Error"]["Message"]:
                return None
            raise

    def identity(self) -> str:
        """ARN of whoever calls.

        Raises:
            OperatorError: nothing answers, or there are no credentials.
        """
        with _explained():
            return str(self.client("sts").get_caller_identity()["Arn"])

    def invoke(self, endpoint: str, *, model: str, request: Mapping[str, str]) -> str:
        """Ask one model behind an endpoint; the answer as text.

        Args:
            endpoint: its name.
            model: its name.
            request: the other arguments of InvokeEndpoint; see `contract.family`.

        Raises:
            OperatorError: the endpoint refuses; the message is SageMaker's.
        """
        try:
            answer = self.client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, **request)
        except ClientError as error:
            raise OperatorError(f"endpoint {endpoint} refused the request for {model}: {error}") from error
        return str(answer["Body"].read().decode("utf-8")).strip()


@contextmanager
def _explained() -> Iterator[None]:
    """Say what to do about a first call that reaches nobody."""
    try:
        yield
    except EndpointConnectionError as error:
        raise OperatorError(
            f"nothing answers: {error}; start the local cloud with `python -m local_cloud start`, "
            "or unset AWS_ENDPOINT_URL to talk to AWS"
        ) from error
    except NoCredentialsError as error:
        raise OperatorError(
            "no AWS credentials found; sign in, or for the local cloud set "
            "AWS_ACCESS_KEY_ID to the account's id and AWS_SECRET_ACCESS_KEY to anything"
        ) from error
