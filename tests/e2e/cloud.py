"""The three accounts of a deployed app, as the tests look at them."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from contract import keys
from local_cloud.api import RunningCloud
from perennial.account.cdk import Cdk

REGION = "us-east-1"
STACKS = {"PerennialSandbox": "111111111111", "PerennialQa": "222222222222", "PerennialProd": "333333333333"}
PIPELINE_ACCOUNT = "444444444444"
_DEADLINE_SECONDS = 900


@dataclass(frozen=True, kw_only=True)
class Run:
    """An execution that has ended.

    Args:
        arn: of the execution.
        status: SUCCEEDED or FAILED.
        error: error name of a failed one.
        cause: its cause.
        output: of one that succeeded.
        states: names in the order they were entered.
    """

    arn: str
    status: str
    error: str
    cause: str
    output: dict[str, Any]
    states: list[str]


@dataclass(frozen=True, kw_only=True)
class Account:
    """One account.

    Args:
        cloud: where it is.
        account_id: 12 digits.
        stack: name of its stack.
        outputs: of the stack.
        cdk: the CLI, as the account's root.
        assembly: what was deployed.
        physical_ids: of its stack's resources by logical id.
        ended: executions that have ended, by ARN; none is redriven.
    """

    cloud: RunningCloud
    account_id: str
    stack: str
    outputs: dict[str, str]
    cdk: Cdk
    assembly: Path
    physical_ids: dict[str, str]
    ended: dict[str, Run] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """boto3 as the account's root."""
        return self.cloud.client(service, self.account_id)

    def upload(self, model: str, file: Path) -> None:
        """Put one raw file where the model's ETL reads, in place of all others."""
        s3, bucket = self.client("s3"), self.outputs["ArtifactBucketName"]
        for entry in s3.list_objects_v2(Bucket=bucket, Prefix=f"raw/{model}/").get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=entry["Key"])
        s3.upload_file(str(file), bucket, f"raw/{model}/{file.name}")

    def run(self, model: str, **more: Any) -> Run:
        """Retrain a model by hand and wait for the end of the run."""
        return self.wait(self.start("RetrainingStateMachineArn", {"model": model, **more}))

    def deploy(self, **more: Any) -> Run:
        """Start the deployment workflow by hand and wait for its end."""
        return self.wait(self.start("DeploymentStateMachineArn", {"reason": "test", **more}))

    def start(self, output: str, payload: dict[str, Any]) -> str:
        """Start an execution; returns its ARN."""
        started = self.client("stepfunctions").start_execution(
            stateMachineArn=self.outputs[output], input=json.dumps(payload)
        )
        return str(started["executionArn"])

    def wait(self, arn: str) -> Run:
        """Wait for the end of an execution."""
        if arn not in self.ended:
            self.ended[arn] = self._wait(arn)
        return self.ended[arn]

    def _wait(self, arn: str) -> Run:
        client = self.client("stepfunctions")

        # While jobs compute, their time must not be up.
        deploys = arn.split(":")[6] == self.outputs["DeploymentStateMachineArn"].split(":")[6]

        def has_ended() -> bool:
            self.hurry(pauses=deploys)
            return bool(client.describe_execution(executionArn=arn)["status"] != "RUNNING")

        until(has_ended, f"{arn} to end")
        found = client.describe_execution(executionArn=arn)
        pages = client.get_paginator("get_execution_history").paginate(executionArn=arn)
        entered = [
            event["stateEnteredEventDetails"]["name"]
            for page in pages
            for event in page["events"]
            if "stateEnteredEventDetails" in event
        ]
        return Run(
            arn=arn,
            status=found["status"],
            error=found.get("error", ""),
            cause=found.get("cause", ""),
            output=json.loads(found.get("output") or "{}"),
            states=entered,
        )

    def executions(self, output: str) -> list[str]:
        """ARNs of the executions of a state machine, newest first."""
        found = self.client("stepfunctions").list_executions(stateMachineArn=self.outputs[output])["executions"]
        return [item["executionArn"] for item in found]

    def settle(self) -> list[Run]:
        """Wait until nothing deploys any more; returns all deployments so far, newest first."""
        return [self.wait(arn) for arn in self.executions("DeploymentStateMachineArn")]

    def hurry(self, *, pauses: bool = True) -> None:
        """Let an update's waiting time pass on the virtual clock.

        Args:
            pauses: those of a workflow, too, that looks again at an endpoint which is ready since.
        """
        client, name = self.client("sagemaker"), self.outputs["EndpointName"]
        try:
            endpoint = client.describe_endpoint(EndpointName=name)
        except client.exceptions.ClientError:
            return
        variants = endpoint.get("PendingDeploymentSummary", {}).get("ProductionVariants", [])
        if any(status["Status"] == "Baking" for item in variants for status in item.get("VariantStatus", [])):
            self.cloud.control("clock", {"advance_seconds": 60})
        elif pauses and endpoint["EndpointStatus"] in {"InService", "Failed"}:
            self.cloud.control("clock", {"skip_pauses": True})

    def schedules(self, state: Literal["ENABLED", "DISABLED"]) -> None:
        """Switch the account's schedules on or off."""
        client = self.client("scheduler")
        for item in client.list_schedules(GroupName=self.outputs["ScheduleGroupName"])["Schedules"]:
            found = client.get_schedule(GroupName=item["GroupName"], Name=item["Name"])
            kept = ("GroupName", "Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")
            client.update_schedule(**{key: found[key] for key in kept}, State=state)

    def leases(self) -> list[str]:
        """Keys of the leases that are held; one that is over only keeps names for the next deployment."""
        items = self.client("dynamodb").scan(TableName=self.outputs["StateTableName"])["Items"]
        leases = [item for item in items if keys.MODEL_LEASE.begins(item["pk"]["S"])]
        return [item["pk"]["S"] for item in leases if item["expires_at"] != {"N": "0"}]

    def history(self, kind: str, subject: str) -> list[dict[str, Any]]:
        """Rows of the history in DynamoDB's notation, newest first."""
        return list(
            self.client("dynamodb").query(
                TableName=self.outputs["HistoryTableName"],
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": f"{kind}#{subject}"}},
                ScanIndexForward=False,
            )["Items"]
        )

    def prefix(self) -> str | None:
        """S3 URI of what the endpoint serves, None without an endpoint at rest."""
        client = self.client("sagemaker")
        try:
            endpoint = client.describe_endpoint(EndpointName=self.outputs["EndpointName"])
        except client.exceptions.ClientError:
            return None
        if endpoint["EndpointStatus"] != "InService":
            return None
        (variant,) = client.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])[
            "ProductionVariants"
        ]
        return str(client.describe_model(ModelName=variant["ModelName"])["PrimaryContainer"]["ModelDataUrl"])

    def versions(self) -> dict[str, int]:
        """Served version by model; empty without an endpoint at rest."""
        prefix = self.prefix()
        if prefix is None:
            return {}
        models = json.loads(self.read(f"{prefix}manifest.json"))["models"]
        return {name: int(model["model_package_arn"].rpartition("/")[2]) for name, model in models.items()}

    def digest(self, model: str) -> str:
        """SHA-256 of the artifact that serves."""
        return hashlib.sha256(self.read(f"{self.prefix()}{model}.tar.gz")).hexdigest()

    def read(self, uri: str) -> bytes:
        """An object."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return bytes(self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())

    def invoke(self, model: str, line: str) -> float:
        """Ask the endpoint through plain boto3."""
        answer = self.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=self.outputs["EndpointName"],
            TargetModel=f"{model}.tar.gz",
            ContentType="text/csv",
            Accept="text/csv",
            Body=line,
        )
        return float(answer["Body"].read())


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """All accounts.

    Args:
        sandbox: the training account.
        qa: serves.
        prod: serves.
    """

    sandbox: Account
    qa: Account
    prod: Account

    @property
    def all(self) -> tuple[Account, Account, Account]:
        """The accounts in the order of promotion."""
        return self.sandbox, self.qa, self.prod

    def package(self, model: str, version: int) -> dict[str, Any]:
        """DescribeModelPackage."""
        return dict(self.sandbox.client("sagemaker").describe_model_package(ModelPackageName=_arn(model, version)))

    def judge(self, model: str, version: int, status: str) -> None:
        """Approve or reject a version, as its owner does."""
        self.sandbox.client("sagemaker").update_model_package(
            ModelPackageArn=_arn(model, version), ModelApprovalStatus=status
        )

    def expect(self, model: str, version: int, accounts: tuple[Account, ...] | None = None) -> None:
        """Wait until the accounts serve a version."""
        for account in accounts or self.all:

            def serves(account: Account = account) -> bool:
                account.hurry()
                return account.versions().get(model) == version

            until(serves, f"{account.stack} to serve {model} {version}")
            account.settle()


def physical_ids(cloud: RunningCloud, account_id: str, stack: str) -> dict[str, str]:
    """Of a stack's resources by logical id."""
    pages = cloud.client("cloudformation", account_id).get_paginator("list_stack_resources").paginate(StackName=stack)
    return {
        item["LogicalResourceId"]: item["PhysicalResourceId"]
        for page in pages
        for item in page["StackResourceSummaries"]
    }


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition."""
    end = time.monotonic() + _DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < end, f"waited {_DEADLINE_SECONDS} s for {what}"
        time.sleep(0.3)


def _arn(model: str, version: int) -> str:
    return f"arn:aws:sagemaker:{REGION}:{STACKS['PerennialSandbox']}:model-package/perennial-{model}/{version}"
