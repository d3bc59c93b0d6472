"""What an account's bootstrap is told, from the configuration alone."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from config.accounts_schema import Accounts
from config.loader import load
from perennial.account.bootstrap import Permissions, bootstrap, trusted_by
from perennial.account.cdk import Cdk
from perennial.errors import OperatorError
from tests.unit.config.test_network_schema import PRIVATE

SANDBOX, TOOLS = "111111111111", "444444444444"


def _accounts(**changes: Any) -> Accounts:
    return Accounts.model_validate({**load().accounts.model_dump(), **changes})


def _values(permissions: Permissions) -> dict[str, str]:
    return {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in permissions.parameters}


def test_an_account_of_the_fleet_trusts_the_pipelines() -> None:
    accounts = _accounts()
    assert trusted_by(accounts, SANDBOX) == [TOOLS]
    expected = {"App": "perennial", "PermissionsBoundary": "", "Pipeline": "no", "Network": "no"}
    assert _values(Permissions.of(accounts, SANDBOX)) == expected


def test_the_pipelines_account_trusts_nobody() -> None:
    accounts = _accounts()
    assert trusted_by(accounts, TOOLS) == []
    assert _values(Permissions.of(accounts, TOOLS))["Pipeline"] == "yes"


def test_a_pipeline_may_live_in_an_account_of_the_fleet() -> None:
    pipeline = load().accounts.model_dump()["pipeline"]
    source = {**pipeline["source"], "connection_arn": pipeline["source"]["connection_arn"].replace(TOOLS, SANDBOX)}
    accounts = _accounts(pipeline={"account_id": SANDBOX, "source": source})
    assert trusted_by(accounts, SANDBOX) == []
    assert trusted_by(accounts, "222222222222") == [SANDBOX]
    assert Permissions.of(accounts, SANDBOX).pipeline


def test_without_a_pipeline_nobody_is_trusted() -> None:
    assert trusted_by(_accounts(pipeline=None), SANDBOX) == []


def test_boundary_and_network_are_told() -> None:
    environments = load().accounts.model_dump()["environments"]
    environments["qa"]["network"] = PRIVATE
    accounts = _accounts(permissions_boundary="boundaries/developers", environments=environments)
    assert _values(Permissions.of(accounts, SANDBOX))["PermissionsBoundary"] == "boundaries/developers"
    assert not Permissions.of(accounts, SANDBOX).network
    assert Permissions.of(accounts, "222222222222").network


def test_an_account_that_nobody_configured_is_refused() -> None:
    with pytest.raises(OperatorError, match=r"account 999999999999 is not in config/accounts.yaml"):
        Permissions.of(_accounts(), "999999999999")


def test_a_named_environment_is_bootstrapped_without_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr("perennial.account.bootstrap.deploy_policies", lambda *_: "arn:one,arn:two")
    cdk = cast("Cdk", SimpleNamespace(run=lambda *arguments: ran.append(arguments)))

    bootstrap(cdk, None, account_id="222222222222", region="eu-west-1", permissions=Permissions(app="a"), trust=["3"])

    (arguments,) = ran
    assert arguments[:2] == ("bootstrap", "aws://222222222222/eu-west-1")
    # An empty one wins over the app of cdk.json.
    assert arguments[arguments.index("--app") + 1] == ""
    assert arguments[arguments.index("--trust") + 1] == "3"
    assert arguments[arguments.index("--cloudformation-execution-policies") + 1] == "arn:one,arn:two"
