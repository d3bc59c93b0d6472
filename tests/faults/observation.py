"""What can be seen of one run from outside: its history, notifications, leases, jobs, versions and rows."""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract import container, keys
from contract.names import endpoint_of
from local_cloud.api import RunningCloud

_DEADLINE_SECONDS = 240
_ENDED_JOBS = {"Completed", "Failed", "Stopped"}
_ENDED_RUNS = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR"}


@dataclass(frozen=True, kw_only=True)
class Run:
    """An execution that has ended.

    Args:
        arn: of the execution.
        status: as DescribeExecution gives it.
        error: error name of a failed one.
        cause: its cause.
        output: of one that succeeded.
        failures: error names of failed attempts by state.
        states: names in the order they were entered.
    """

    arn: str
    status: str
    error: str
    cause: str
    output: Mapping[str, Any]
    failures: Mapping[str, list[str]]
    states: list[str]


class Account:
    """One account of the fleet.

    Args:
        cloud: where it is.
        account_id: 12 digits.
        outputs: of its stack.
        alone: the only model, if that has an endpoint of its own; else all share the first one.
    """

    def __init__(self, cloud: RunningCloud, account_id: str, outputs: Mapping[str, str], *, alone: str = "") -> None:
        self.cloud = cloud
        self.endpoint_name = endpoint_of(outputs["EndpointName"], alone)
        self._alone = bool(alone)
        self.account_id = account_id
        self.outputs = outputs
        self._clients: dict[str, Any] = {}
        self._inbox = ""
        self._messages: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:
        """boto3 as the account's root."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self.cloud.client(service, self.account_id)
            return self._clients[service]

    def use(self, cloud: RunningCloud) -> None:
        """Go on with a server that was started again."""
        self.cloud, self._clients = cloud, {}

    def prepare(self) -> None:
        """Switch schedules and approvals off, and subscribe to the notifications."""
        client = self.client("scheduler")
        for item in client.list_schedules(GroupName=self.outputs["ScheduleGroupName"])["Schedules"]:
            found = client.get_schedule(GroupName=item["GroupName"], Name=item["Name"])
            kept = ("GroupName", "Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")
            client.update_schedule(**{key: found[key] for key in kept}, State="DISABLED")
        events = self.client("events")
        for rule in events.list_rules()["Rules"]:
            # Decisions of the registry would start deployments beside those of the test.
            if "SageMaker Model Package State Change" in rule.get("EventPattern", ""):
                events.disable_rule(Name=rule["Name"])
        self._inbox = self.client("sqs").create_queue(QueueName="operator")["QueueUrl"]
        arn = f"arn:aws:sqs:us-east-1:{self.account_id}:operator"
        self.client("sns").subscribe(TopicArn=self.outputs["NotificationTopicArn"], Protocol="sqs", Endpoint=arn)

    def start(self, machine: str, payload: Mapping[str, Any], *, name: str) -> str:
        """Start an execution of the state machine of an output; returns its ARN."""
        started = self.client("stepfunctions").start_execution(
            stateMachineArn=self.outputs[machine], input=json.dumps(payload), name=name
        )
        return str(started["executionArn"])

    def wait(self, arn: str) -> Run:
        """Wait for the end of an execution.

        Raises:
            AssertionError: it does not end.
        """
        client, end = self.client("stepfunctions"), time.monotonic() + _DEADLINE_SECONDS
        while (found := client.describe_execution(executionArn=arn))["status"] == "RUNNING":
            assert time.monotonic() < end, f"{arn} does not end; it is in {self.states(arn)[-1:]}"
            time.sleep(0.3)
        events = self.events(arn)
        return Run(
            arn=arn,
            status=found["status"],
            error=found.get("error", ""),
            cause=found.get("cause", ""),
            output=json.loads(found.get("output") or "{}"),
            failures=_failures(events),
            states=_entered(events),
        )

    def events(self, arn: str) -> list[dict[str, Any]]:
        """History of an execution."""
        pages = self.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event for page in pages for event in page["events"]]

    def states(self, arn: str) -> list[str]:
        """States that an execution entered so far."""
        return _entered(self.events(arn))

    def notifications(self, arn: str) -> list[dict[str, Any]]:
        """What was told about an execution so far."""
        client = self.client("sqs")
        with_more = True
        while with_more:
            found = client.receive_message(QueueUrl=self._inbox, MaxNumberOfMessages=10).get("Messages", [])
            for message in found:
                client.delete_message(QueueUrl=self._inbox, ReceiptHandle=message["ReceiptHandle"])
                with self._lock:
                    self._messages.append(json.loads(message["Body"]))
            with_more = bool(found)
        with self._lock:
            return [message for message in self._messages if arn in message["Message"]]

    def leases(self) -> dict[str, str]:
        """Owners by key of the leases that are held."""
        items = self.client("dynamodb").scan(TableName=self.outputs["StateTableName"])["Items"]
        held = [item for item in items if keys.MODEL_LEASE.begins(item["pk"]["S"]) and item["expires_at"]["N"] != "0"]
        return {item["pk"]["S"]: item["owner"]["S"] for item in held}

    def state_item(self, key: str) -> dict[str, Any] | None:
        """One item of the state table, in DynamoDB's notation."""
        found = self.client("dynamodb").get_item(TableName=self.outputs["StateTableName"], Key={"pk": {"S": key}})
        item: dict[str, Any] | None = found.get("Item")
        return item

    def rows(self, kind: str, subject: str) -> list[dict[str, Any]]:
        """The history's rows, in DynamoDB's notation."""
        found = self.client("dynamodb").query(
            TableName=self.outputs["HistoryTableName"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"{kind}#{subject}"}},
        )
        rows: list[dict[str, Any]] = found["Items"]
        return rows

    def versions(self, model: str) -> list[dict[str, Any]]:
        """Registered versions of a model, described, oldest first."""
        client = self.client("sagemaker")
        group = f"perennial-{model}"
        groups = client.list_model_package_groups(NameContains=group)["ModelPackageGroupSummaryList"]
        if not any(item["ModelPackageGroupName"] == group for item in groups):
            return []
        pages = client.get_paginator("list_model_packages").paginate(
            ModelPackageGroupName=group, SortBy="CreationTime", SortOrder="Ascending"
        )
        arns = [item["ModelPackageArn"] for page in pages for item in page["ModelPackageSummaryList"]]
        return [client.describe_model_package(ModelPackageName=arn) for arn in arns]

    def running_jobs(self) -> list[str]:
        """Jobs that run, of all services."""
        client, found = self.client("sagemaker"), []
        for operation, items, name, status in (
            ("list_training_jobs", "TrainingJobSummaries", "TrainingJobName", "TrainingJobStatus"),
            ("list_transform_jobs", "TransformJobSummaries", "TransformJobName", "TransformJobStatus"),
            ("list_processing_jobs", "ProcessingJobSummaries", "ProcessingJobName", "ProcessingJobStatus"),
            (
                "list_hyper_parameter_tuning_jobs",
                "HyperParameterTuningJobSummaries",
                "HyperParameterTuningJobName",
                "HyperParameterTuningJobStatus",
            ),
        ):
            for page in client.get_paginator(operation).paginate():
                found += [item[name] for item in page[items] if item[status] not in _ENDED_JOBS]
        glue = self.client("glue")
        for job in glue.get_jobs()["Jobs"]:
            for run in glue.get_job_runs(JobName=job["Name"])["JobRuns"]:
                if run["JobRunState"] not in _ENDED_RUNS:
                    found.append(json.dumps(run["Arguments"]))
        return found

    def endpoint(self) -> tuple[str, str] | None:
        """Status and configuration of the endpoint, None without one."""
        client = self.client("sagemaker")
        try:
            found = client.describe_endpoint(EndpointName=self.endpoint_name)
        except client.exceptions.ClientError:
            return None
        return found["EndpointStatus"], found["EndpointConfigName"]

    def served(self, model: str) -> str | None:
        """ARN of the version that answers, None without an endpoint that ever served, or its status in transition."""
        status, config = self.endpoint() or ("Failed", "")
        if status == "Failed":
            return None
        if status != "InService":
            return status
        client = self.client("sagemaker")
        (variant,) = client.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
        prefix = container.model_data_prefix(client.describe_model(ModelName=variant["ModelName"])["PrimaryContainer"])
        bucket, _, key = prefix.removeprefix("s3://").partition("/")
        body = self.client("s3").get_object(Bucket=bucket, Key=f"{key}manifest.json")["Body"].read()
        self.ask(model)
        return str(json.loads(body)["models"][model]["model_package_arn"])

    def ask(self, model: str) -> float:
        """The endpoint's answer for a model to one fixed request."""
        answer = self.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=self.endpoint_name,
            **({} if self._alone else {"TargetModel": f"{model}.tar.gz"}),
            ContentType="text/csv",
            Accept="text/csv",
            Body="3,1",
        )
        return float(answer["Body"].read())


def _entered(events: list[dict[str, Any]]) -> list[str]:
    return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


def _failures(events: list[dict[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    state = ""
    for event in events:
        if "stateEnteredEventDetails" in event:
            state = event["stateEnteredEventDetails"]["name"]
        for name, details in event.items():
            if name.endswith("EventDetails") and event["type"].startswith(("Task", "Lambda")) and "error" in details:
                found.setdefault(state, []).append(details["error"])
    return found
