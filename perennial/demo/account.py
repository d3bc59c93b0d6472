"""One account of the demo: deployed by the CDK CLI, and watched until it serves what was decided."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from contract.golden import Golden
from contract.history import Kind
from contract.names import EnvironmentName
from perennial.account import answers, facts, failures, records, registry, serving
from perennial.account.answers import Answer
from perennial.account.aws import Aws
from perennial.account.bootstrap import Permissions, bootstrap
from perennial.account.cdk import Cdk
from perennial.account.execution import Run
from perennial.account.facts import Registered
from perennial.account.serving import Serving
from perennial.account.stack import Stack
from perennial.demo import ready
from perennial.errors import OperatorError
from perennial.screen import wording

_Found = TypeVar("_Found")
_POLL_SECONDS = 1.0
_BAKING_STEP = timedelta(minutes=1)
_CHANGING = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack"})
_SERVE_SECONDS = 600.0
_RUN_SECONDS = 900.0
_START_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What an account had done before somebody decided something.

    Args:
        executions: ARNs of the deployment executions.
        deployments: ids of the recorded deployments.
    """

    executions: frozenset[str]
    deployments: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A deployment that was awaited.

    Args:
        serving: what the endpoint serves since.
        action: deployed, restored or removed.
        changes: such as ``1 -> 2``, by model.
        run: the execution; it may have looked again afterwards, for somebody who asked meanwhile.
    """

    serving: Serving
    action: str
    changes: Mapping[str, str]
    run: Run

    @property
    def words(self) -> str:
        """In one line."""
        changed = ", ".join(f"{model} {change}" for model, change in sorted(self.changes.items()))
        return f"{self.action} {changed} in {wording.duration(self.run.history.elapsed)}"


@dataclass(frozen=True, kw_only=True)
class Account:
    """One account.

    Args:
        name: sandbox, qa or prod.
        account_id: 12 digits.
        stack_name: CloudFormation stack.
        aws: calls as the account's root.
        cdk: the CLI, as the account's root.
        pass_time: moves the virtual clock.
        skip_pauses: moves the virtual clock to where a workflow that pauses goes on.
    """

    name: EnvironmentName
    account_id: str
    stack_name: str
    aws: Aws
    cdk: Cdk
    pass_time: Callable[[timedelta], None]
    skip_pauses: Callable[[], None]

    @property
    def stack(self) -> Stack:
        """The deployed stack."""
        return self.aws.stack(self.stack_name)

    def bootstrap(self, *, region: str, app: str) -> None:
        """Prepare the account for deployments, with no more permissions than docs/deploy.md gives."""
        bootstrap(
            self.cdk,
            self.aws.client("cloudformation"),
            account_id=self.account_id,
            region=region,
            permissions=Permissions(app=app),
        )

    def deploy(self, assembly: str) -> None:
        """Deploy the stack."""
        self.cdk.run("deploy", self.stack_name, "--require-approval", "never", "--app", assembly)

    def mark(self) -> Mark:
        """What was done so far."""
        stack = self.stack
        return Mark(
            executions=frozenset(self.aws.executions(stack.deployment_arn)),
            deployments=frozenset(
                row["sk"] for name in serving.names(self.aws, stack) for row in self._recorded(stack, name)
            ),
        )

    def await_serving(self, versions: Mapping[str, str], *, since: Mark) -> Delivery:
        """Wait until the account's first endpoint serves exactly these versions; see `await_endpoints`.

        Args:
            versions: ARN by model.
            since: as of `await_endpoints`.
        """
        first = self.stack.endpoint
        return self.await_endpoints({first: versions}, since=since)[first]

    def await_endpoints(
        self, wanted: Mapping[str, Mapping[str, str]], *, since: Mark, beside: Iterable[str] = ()
    ) -> dict[str, Delivery]:
        """Wait until endpoints serve exactly these versions, proven and recorded.

        Args:
            wanted: ARN by model, by the endpoint's name.
            since: taken before the decision that brings them; a deployment that fails after it is an error.
            beside: endpoints that may change meanwhile, and need their time too.

        Returns:
            what brought them, by the endpoint's name.

        Raises:
            OperatorError: a deployment failed, or nothing of this happened in time.
        """
        stack, changing = self.stack, dict.fromkeys([*wanted, *beside])
        found: dict[str, Delivery] = {}

        def look() -> bool | None:
            self._check_failures(stack, since.executions)
            self._shorten_waits(changing)
            for name in wanted.keys() - found.keys():
                delivery = self._delivered(stack, name, wanted[name], since)
                if delivery is not None:
                    found[name] = delivery
            return found.keys() == wanted.keys() or None

        told = {
            name: ", ".join(f"{model} {registry.number(arn)}" for model, arn in sorted(versions.items()))
            for name, versions in wanted.items()
        }
        wait_for(look, seconds=_SERVE_SECONDS, what=f"{self.name} to serve {', '.join(told.values())}")
        for name, versions in wanted.items():
            served = found[name].serving
            if served.versions != dict(versions) or served.status != "InService":
                raise OperatorError(
                    f"{self.name} recorded {told[name]}, but its endpoint is {served.status} with {served.versions}"
                )
        return found

    def _delivered(self, stack: Stack, endpoint: str, versions: Mapping[str, str], since: Mark) -> Delivery | None:
        """The last deployment to an endpoint, if it brought these versions and has ended."""
        row = next(self._recorded(stack, endpoint), None)
        if row is None or row["versions"] != dict(versions) or row["sk"] in since.deployments:
            return None
        run = facts.run(self.aws, row["execution"])
        if run.execution.status != "SUCCEEDED":
            return None
        served = serving.read(self.aws, endpoint)
        return Delivery(serving=served, action=row["action"], changes=row["changes"], run=run)

    def ask(self, about: Registered) -> Answer:
        """Ask the endpoint about the held-out row of a version's evaluation.

        Raises:
            OperatorError: it does not serve the model, refuses, or answers anything but one number.
        """
        stack, golden = self.stack, Golden.from_evaluation(about.evaluation)
        served = serving.fleet(self.aws, stack).model(about.model)
        return answers.ask(self.aws, endpoint=served.endpoint, model=about.model, about=golden, family=served.family)

    def _recorded(self, stack: Stack, endpoint: str) -> Iterator[dict[str, Any]]:
        return records.rows(self.aws, stack.history_table, kind=Kind.DEPLOYMENT, subject=endpoint)

    def _shorten_waits(self, endpoints: Iterable[str]) -> None:
        """Let time pass on the virtual clock where nothing but time is awaited.

        A canary waits for alarms, which are evaluated in that time too; a workflow pauses before it looks at its
        endpoint again, which may be ready long since.
        """
        found = [self.aws.endpoint(name) or {} for name in endpoints]
        variants = [
            variant
            for endpoint in found
            for variant in endpoint.get("PendingDeploymentSummary", {}).get("ProductionVariants", [])
        ]
        if any(status["Status"] == "Baking" for variant in variants for status in variant.get("VariantStatus", [])):
            self.pass_time(_BAKING_STEP)
        elif not any(endpoint.get("EndpointStatus") in _CHANGING for endpoint in found):
            self.skip_pauses()

    def _check_failures(self, stack: Stack, known: frozenset[str]) -> None:
        pages = self.aws.client("stepfunctions").get_paginator("list_executions")
        failed = pages.paginate(stateMachineArn=stack.deployment_arn, statusFilter="FAILED").search("executions")
        for execution in failed:
            if execution["executionArn"] not in known:
                found = self.aws.execution(execution["executionArn"])
                told = failures.words(found.error, found.cause)
                raise OperatorError(f"a deployment in {self.name} failed: {told} ({found.arn})")

    def await_end(self, arn: str) -> Run:
        """Wait until an execution has ended."""

        def look() -> Run | None:
            return None if self.aws.execution(arn).status == "RUNNING" else facts.run(self.aws, arn)

        return wait_for(look, seconds=_RUN_SECONDS, what=f"the end of {arn}")

    def await_run(self, model: str, *, known: frozenset[str]) -> str:
        """Wait until the dispatcher has started a run of a model; returns its ARN.

        Args:
            model: its name.
            known: executions from before the tick.
        """

        def look() -> str | None:
            for arn in self.aws.executions(self.stack.training):
                if arn not in known and json.loads(self.aws.execution(arn).input).get("model") == model:
                    return arn
            return None

        return wait_for(look, seconds=_START_SECONDS, what=f"the schedule to start a run of {model}")


def wait_for(look: Callable[[], _Found | None], *, seconds: float, what: str) -> _Found:
    """Look again and again until something is found.

    Raises:
        OperatorError: nothing was, in time.
    """
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while time.monotonic() < deadline:
        found = look()
        if found is not None:
            return found
        pause.wait(_POLL_SECONDS)
    raise OperatorError(
        f"waited {seconds:g} s for {what}, in vain; look into the dead-letter queue and {ready.STATE_DIR}/logs"
    )
