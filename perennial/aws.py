"""Every AWS call of the command line. AWS_ENDPOINT_URL decides between AWS and a local cloud; nothing else differs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, NoCredentialsError

from perennial import history
from perennial.errors import OperatorError
from perennial.history import History

# What a call may raise that no method turns into an OperatorError: missing permissions, throttling, lost connections.
FAILURES = (ClientError, BotoCoreError)


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Where the deployed training stack keeps things, from its outputs.

    Args:
        bucket: artifact bucket.
        state_machine_arn: the retraining state machine.
        schedule_group: group of the schedules, which are named as the models.
        endpoint: multi-model endpoint.
        table: state table.
    """

    bucket: str
    state_machine_arn: str
    schedule_group: str
    endpoint: str
    table: str

    @classmethod
    def from_outputs(cls, outputs: Mapping[str, str], *, stack_name: str) -> Self:
        """Read the outputs.

        Raises:
            OperatorError: an output is missing.
        """
        names = {
            "bucket": "ArtifactBucketName",
            "state_machine_arn": "RetrainingStateMachineArn",
            "schedule_group": "ScheduleGroupName",
            "endpoint": "EndpointName",
            "table": "StateTableName",
        }
        missing = sorted(output for output in names.values() if output not in outputs)
        if missing:
            raise OperatorError(
                f"stack {stack_name} has no output {', '.join(missing)}; it is not a training stack of this app, or it "
                f"was deployed from an older version: deploy it again with `cdk deploy {stack_name}`"
            )
        return cls(**{field: outputs[output] for field, output in names.items()})


@dataclass(frozen=True, kw_only=True)
class Execution:
    """One execution as Step Functions describes it.

    Args:
        arn: its ARN.
        status: RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED.
        started_at: when it began.
        stopped_at: when it ended.
        input: as a JSON text.
        output: as a JSON text; empty unless it succeeded.
        error: name of the error it failed with.
        cause: what the error says.
    """

    arn: str
    status: str
    started_at: datetime
    stopped_at: datetime | None
    input: str
    output: str
    error: str
    cause: str


class Aws:
    """The calls, with one session's credentials.

    Args:
        session: decides account and region.
        endpoint_url: of a local cloud; None for AWS itself.
    """

    def __init__(self, session: boto3.Session, *, endpoint_url: str | None = None) -> None:
        self._session = session
        self._endpoint_url = endpoint_url
        self._clients: dict[str, Any] = {}

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            # A cold model may take a while to load on the first invocation.
            config = Config(retries={"mode": "standard", "max_attempts": 4}, read_timeout=120)
            create: Any = self._session.client
            self._clients[service] = create(service, config=config, endpoint_url=self._endpoint_url)
        return self._clients[service]

    def stack(self, name: str) -> Stack:
        """Look a deployed training stack up.

        Raises:
            OperatorError: it is not deployed, or nothing answers.
        """
        try:
            found = self._client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                raise OperatorError(
                    f"stack {name} is not deployed in this account and region; deploy it with `cdk deploy {name}` "
                    "or, on a laptop, with `make demo`"
                ) from error
            raise
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
        outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
        return Stack.from_outputs(outputs, stack_name=name)

    def start(self, state_machine_arn: str, *, payload: str) -> str:
        """Start an execution; returns its ARN."""
        started = self._client("stepfunctions").start_execution(stateMachineArn=state_machine_arn, input=payload)
        return str(started["executionArn"])

    def executions(self, state_machine_arn: str) -> Iterator[str]:
        """ARNs of the executions, newest first."""
        pages = self._client("stepfunctions").get_paginator("list_executions")
        for page in pages.paginate(stateMachineArn=state_machine_arn):
            for execution in page["executions"]:
                yield execution["executionArn"]

    def execution(self, arn: str) -> Execution:
        """Describe an execution.

        Raises:
            OperatorError: there is none of that ARN.
        """
        client = self._client("stepfunctions")
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
        pages = self._client("stepfunctions").get_paginator("get_execution_history")
        return history.parse(
            event
            for page in pages.paginate(executionArn=execution_arn, includeExecutionData=False)
            for event in page["events"]
        )

    def definition(self, execution_arn: str) -> tuple[str, str]:
        """Name and definition of the state machine as an execution ran it."""
        found = self._client("stepfunctions").describe_state_machine_for_execution(executionArn=execution_arn)
        return found["name"], found["definition"]

    def upload(self, path: Path, *, bucket: str, key: str) -> None:
        """Upload a file."""
        self._client("s3").upload_file(str(path), bucket, key)

    def read(self, uri: str) -> str:
        """Text of an object, by its ``s3://`` URI."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        body = self._client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return str(body.decode("utf-8"))

    def training_job(self, name: str) -> dict[str, Any]:
        """Describe a training job."""
        return dict(self._client("sagemaker").describe_training_job(TrainingJobName=name))

    def model_package(self, arn: str) -> dict[str, Any]:
        """Describe a registered version."""
        return dict(self._client("sagemaker").describe_model_package(ModelPackageName=arn))

    def endpoint(self, name: str) -> dict[str, Any] | None:
        """Describe an endpoint, None when there is none."""
        try:
            return dict(self._client("sagemaker").describe_endpoint(EndpointName=name))
        except ClientError as error:
            if "Could not find" in error.response["Error"]["Message"]:
                return None
            raise

    def schedules(self, group: str) -> dict[str, str]:
        """State of every schedule of a group, such as ``rate(1 hour), ENABLED``, by name."""
        client = self._client("scheduler")
        pages = client.get_paginator("list_schedules").paginate(GroupName=group)
        found = {}
        for page in pages:
            for summary in page["Schedules"]:
                schedule = client.get_schedule(GroupName=group, Name=summary["Name"])
                state = str(schedule.get("State", "ENABLED")).lower()
                found[summary["Name"]] = f"{schedule['ScheduleExpression']}, {state}"
        return found

    def item(self, table: str, key: str) -> dict[str, str] | None:
        """One item of the state table with its values as text, None when there is none."""
        found = self._client("dynamodb").get_item(TableName=table, Key={"pk": {"S": key}}, ConsistentRead=True)
        if "Item" not in found:
            return None
        return {name: str(next(iter(value.values()))) for name, value in found["Item"].items()}

    def invoke(self, endpoint: str, *, target_model: str, body: str) -> str:
        """Ask one model behind a multi-model endpoint.

        Raises:
            OperatorError: the endpoint refuses; the message is SageMaker's.
        """
        try:
            answer = self._client("sagemaker-runtime").invoke_endpoint(
                EndpointName=endpoint, TargetModel=target_model, ContentType="text/csv", Accept="text/csv", Body=body
            )
        except ClientError as error:
            raise OperatorError(f"endpoint {endpoint} refused the request for {target_model}: {error}") from error
        return str(answer["Body"].read().decode("utf-8")).strip()
