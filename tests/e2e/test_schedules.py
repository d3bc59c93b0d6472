"""What the schedules of the accounts that only serve do by themselves."""

from tests.e2e.cloud import Account, Fleet, until


def test_every_account_looks_every_hour_for_something_to_deploy(promoted: Fleet) -> None:
    accounts = (promoted.qa, promoted.prod)
    before = {account.account_id: set(account.executions("DeploymentStateMachineArn")) for account in accounts}
    for account in accounts:
        account.settle()
        account.schedules("ENABLED")
    promoted.qa.cloud.control("clock", {"advance_seconds": 3600})

    def started(account: Account) -> set[str]:
        return set(account.executions("DeploymentStateMachineArn")) - before[account.account_id]

    until(lambda: all(started(account) for account in accounts), "the schedules to start deployments")
    for account in accounts:
        account.schedules("DISABLED")
        assert {run.status for run in account.settle() if run.arn in started(account)} == {"SUCCEEDED"}
