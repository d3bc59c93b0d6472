"""What starts workflows by itself: decisions of the registry, schedules, and what is told of executions that ended."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from contract import keys
from local_cloud.api import RunningCloud
from local_cloud.testing.waiting import until
from tests.faults import plan
from tests.faults.deployed import APP, REGION
from tests.faults.observation import Account, Run

DECISION = {"source": "aws.sagemaker", "detail_type": "SageMaker Model Package State Change"}
END = {"source": "aws.states", "detail_type": "Step Functions Execution Status Change"}
# What befalls a trigger, and what comes of it.
CELLS: Mapping[str, str] = {
    "approval, twice on the registry's bus": "two executions, one deployment",
    "approval, twice on the serving account's bus": "two executions, one deployment",
    "approval, behind that of a later version": "two executions, the later decision serves",
    "approval, behind the rejection of the same version": "two executions, nothing is deployed",
    "deployment schedule, twice": "two executions, one deployment",
    "dispatcher's schedule, twice": "two looks, one run",
    "dispatcher's schedule, a day late and behind the next": "two looks, one run",
    "announcement of an execution's end, twice": "two notifications",
}
_NAMESPACE = "Perennial"


@dataclass(kw_only=True)
class Fleet:
    """The training account and one that serves.

    Args:
        cloud: where they are.
        training: holds the registry.
        serving: deploys what is approved there.
        model: name of the only model.
        taken: names of the cells that were taken.
    """

    cloud: RunningCloud
    training: Account
    serving: Account
    model: str
    taken: list[str] = field(default_factory=list)

    @contextmanager
    def decisions(self) -> Iterator[None]:
        """Let decisions reach the serving account; the training account only forwards them."""
        switched = [
            (account.client("events"), rule["Name"])
            for account in (self.training, self.serving)
            for rule in account.client("events").list_rules()["Rules"]
            if DECISION["detail_type"] in rule.get("EventPattern", "")
            and (account is self.serving or "other accounts" in rule.get("Description", ""))
        ]
        assert len(switched) == 2, switched
        for client, name in switched:
            client.enable_rule(Name=name)
        try:
            yield
        finally:
            for client, name in switched:
                client.disable_rule(Name=name)

    def decide(self, version: str, status: str) -> None:
        """Approve or reject a version."""
        self.training.client("sagemaker").update_model_package(ModelPackageArn=version, ModelApprovalStatus=status)

    def fault(self, **order: Any) -> str:
        """Plan a fault that strikes once; returns its id."""
        return plan.add(self.cloud, {"times": 1, **order})

    def over(self, fault_id: str) -> None:
        """Forget a fault, which must have struck once."""
        assert plan.hits(self.cloud)[fault_id] == 1
        plan.remove(self.cloud, fault_id)

    def take(self, cell: str) -> None:
        """Count a cell, a key of `CELLS`, that came to its end as it should."""
        assert cell in CELLS, cell
        assert cell not in self.taken, cell
        self.taken.append(cell)

    def struck(self, fault_id: str) -> None:
        """Wait until a fault has struck; a cell without it proves nothing."""
        until(lambda: plan.hits(self.cloud)[fault_id] or None)

    def tick(self, account: Account, name: str) -> datetime:
        """Move the clock to the next firing of a schedule, which is switched off otherwise; returns its time."""
        group = account.outputs["ScheduleGroupName"]
        self._switch(account, name, "ENABLED")
        where = {"account_id": account.account_id, "region": REGION, "group": group, "name": name}
        answer = self.cloud.control("clock", {"advance_to_next_firing_of": where})
        return datetime.fromisoformat(answer["fires_at"])

    def rest(self, account: Account, name: str) -> None:
        """Switch a schedule off."""
        self._switch(account, name, "DISABLED")

    def pass_a_day(self) -> None:
        """Every model becomes due."""
        self.cloud.control("clock", {"advance_seconds": timedelta(days=1).total_seconds()})

    def last_tick(self) -> datetime | None:
        """Until when the dispatcher has looked."""
        item = self.training.state_item(keys.LAST_TICK)
        return None if item is None else datetime.fromisoformat(item["at"]["S"])

    def looks(self, moment: datetime) -> int:
        """How often the dispatcher came to the end of its look for one scheduled time."""
        start = moment.replace(second=0, microsecond=0)
        found = self.training.client("cloudwatch").get_metric_statistics(
            Namespace=_NAMESPACE,
            MetricName="StaleModels",
            Dimensions=[{"Name": "App", "Value": APP}],
            StartTime=start,
            EndTime=start + timedelta(minutes=1),
            Period=60,
            Statistics=["SampleCount"],
        )
        return int(sum(point["SampleCount"] for point in found["Datapoints"]))

    def executions(self, account: Account, machine: str) -> list[str]:
        """ARNs of a state machine's executions."""
        pages = account.client("stepfunctions").get_paginator("list_executions")
        found = pages.paginate(stateMachineArn=account.outputs[machine])
        return [item["executionArn"] for page in found for item in page["executions"]]

    def golden(self, version: str) -> float:
        """What a version answered when it was evaluated."""
        found = self.training.client("sagemaker").describe_model_package(ModelPackageName=version)
        bucket, _, key = found["CustomerMetadataProperties"]["evaluation"].removeprefix("s3://").partition("/")
        body = self.training.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return float(json.loads(body)["golden"]["answer"])

    def check_serves(self, version: str) -> None:
        """The endpoint serves a version, gives its golden answer, and nobody holds the lease."""
        assert self.serving.served(self.model) == version
        assert abs(self.serving.ask(self.model) - self.golden(version)) < 1e-5
        assert not self.serving.leases()

    def _switch(self, account: Account, name: str, state: str) -> None:
        client = account.client("scheduler")
        found = client.get_schedule(GroupName=account.outputs["ScheduleGroupName"], Name=name)
        kept = ("GroupName", "Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")
        client.update_schedule(**{key: found[key] for key in kept}, State=state)


class Watch:
    """What one cell starts.

    Args:
        fleet: all accounts.
        account: where the workflow runs.
        machine: output with the state machine's ARN.
    """

    def __init__(self, fleet: Fleet, account: Account, machine: str) -> None:
        self._executions: Callable[[], list[str]] = lambda: fleet.executions(account, machine)
        self._account = account
        self._before = set(self._executions())

    def started(self) -> list[str]:
        """ARNs of what was started since."""
        return [arn for arn in self._executions() if arn not in self._before]

    def runs(self, count: int) -> list[Run]:
        """Wait until so many were started and all have ended.

        Raises:
            AssertionError: one failed, or there are more.
        """
        until(lambda: True if len(self.started()) >= count else None)
        found: dict[str, Run] = {}
        # An execution that ended may have asked for another one.
        while waiting := [arn for arn in self.started() if arn not in found]:
            found |= {arn: self._account.wait(arn) for arn in waiting}
        assert [run.status for run in found.values()] == ["SUCCEEDED"] * count, found
        return list(found.values())
