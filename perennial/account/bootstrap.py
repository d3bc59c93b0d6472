"""Prepares an account: the policies that CloudFormation is limited to there, then the CDK CLI's own bootstrap stack."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from botocore.exceptions import ClientError, WaiterError

from config.accounts_schema import Accounts
from perennial.account.cdk import Cdk
from perennial.errors import OperatorError

TEMPLATE = Path(__file__).parents[2] / "bootstrap" / "execution-policy.yaml"
_OUTPUT = "ExecutionPolicies"
_CHANGE_SET = "execution-policy"
# As the CLI and the waiters of boto3 word it.
_NO_CHANGES = "didn't contain changes"
_PATIENCE = {"Delay": 1, "MaxAttempts": 600}


@dataclass(frozen=True, kw_only=True)
class Permissions:
    """What deployments into an account are limited to.

    Args:
        app: prefix of physical names.
        permissions_boundary: name of the managed policy that every role has to have; None for none.
        pipeline: whether the promotion pipeline is deployed there.
        network: whether the account's stack has a network.
    """

    app: str
    permissions_boundary: str | None = None
    pipeline: bool = False
    network: bool = False

    @classmethod
    def of(cls, accounts: Accounts, account_id: str) -> Self:
        """What the configuration says of an account.

        Raises:
            OperatorError: it says nothing of it.
        """
        here = [settings for settings in accounts.environments.values() if settings.account_id == account_id]
        pipeline = accounts.pipeline is not None and accounts.pipeline.account_id == account_id
        if not here and not pipeline:
            raise OperatorError(
                f"account {account_id} is not in config/accounts.yaml; add it there, or use credentials of one that is"
            )
        return cls(
            app=accounts.app,
            permissions_boundary=accounts.permissions_boundary,
            pipeline=pipeline,
            network=any(settings.network is not None for settings in here),
        )

    @property
    def parameters(self) -> list[dict[str, str]]:
        """Parameters of the template."""
        values = {
            "App": self.app,
            "PermissionsBoundary": self.permissions_boundary or "",
            "Pipeline": "yes" if self.pipeline else "no",
            "Network": "yes" if self.network else "no",
        }
        return [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]


def bootstrap(
    cdk: Cdk,
    client: Any,
    *,
    account_id: str,
    region: str,
    permissions: Permissions,
    trust: Sequence[str] = (),
) -> str:
    """Prepare an account for deployments, or bring it up to date; returns the ARNs of the policies.

    Args:
        cdk: the CLI, with credentials of the account that may write IAM policies.
        client: boto3's client of CloudFormation, with the same credentials.
        account_id: 12 digits.
        region: AWS region.
        permissions: what deployments are limited to.
        trust: accounts that may deploy into this one, besides itself.

    Raises:
        OperatorError: a stack failed.
    """
    policies = deploy_policies(client, permissions)
    trusted = [part for account in trust for part in ("--trust", account)]
    cdk.run(
        "bootstrap",
        f"aws://{account_id}/{region}",
        "--cloudformation-execution-policies",
        policies,
        *trusted,
        # The environment is named: without this the CLI would synthesise the app, and look for nothing in it.
        "--app",
        "",
    )
    return policies


def trusted_by(accounts: Accounts, account_id: str) -> list[str]:
    """The accounts that deploy into another one: the pipeline's, if there is one."""
    pipeline = accounts.pipeline
    return [pipeline.account_id] if pipeline is not None and pipeline.account_id != account_id else []


def deploy_policies(client: Any, permissions: Permissions) -> str:
    """Deploy ``bootstrap/execution-policy.yaml``; returns the policies' ARNs with commas between them.

    Raises:
        OperatorError: the stack failed.
    """
    stack = f"{permissions.app}-execution-policy"
    try:
        _deploy(client, stack, permissions.parameters)
    except WaiterError as error:
        raise OperatorError(f"stack {stack} failed: {error}; its events tell why") from error
    outputs = client.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    return next(str(output["OutputValue"]) for output in outputs if output["OutputKey"] == _OUTPUT)


def _deploy(client: Any, stack: str, parameters: list[dict[str, str]]) -> None:
    exists = _exists(client, stack)
    kind = "UPDATE" if exists else "CREATE"
    created = client.create_change_set(
        StackName=stack,
        ChangeSetName=_CHANGE_SET,
        ChangeSetType=kind,
        TemplateBody=TEMPLATE.read_text(encoding="utf-8"),
        Parameters=parameters,
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )["Id"]
    try:
        client.get_waiter("change_set_create_complete").wait(ChangeSetName=created, WaiterConfig=_PATIENCE)
    except WaiterError as error:
        if _NO_CHANGES not in error.last_response.get("StatusReason", ""):
            raise
        client.delete_change_set(ChangeSetName=created)
        return
    client.execute_change_set(ChangeSetName=created)
    client.get_waiter(f"stack_{kind.lower()}_complete").wait(StackName=stack, WaiterConfig=_PATIENCE)


def _exists(client: Any, stack: str) -> bool:
    try:
        found = client.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return False
        raise
    # A change set that was never executed leaves a stack without resources.
    return bool(found["StackStatus"] != "REVIEW_IN_PROGRESS")
