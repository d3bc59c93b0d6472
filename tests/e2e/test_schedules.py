"""What the schedules of the accounts that only serve do by themselves."""

from tests.e2e.cloud import Account, Fleet, until


def test_every_account_looks_every_hour_for_something_to_deploy(fleet: Fleet) -> None:
    accounts = (fleet.qa, fleet.prod)
    before = {account.account_id: {run.arn for run in account.settle()} for account in accounts}
    for account in accounts:
        account.schedules("ENABLED")
    fleet.qa.cloud.control("clock", {"advance_seconds": 2 * 3600})

    def started(account: Account) -> set[str]:
        return set(account.executions("DeploymentStateMachineArn")) - before[account.account_id]

    until(lambda: all(started(account) for account in accounts), "the schedules to start deployments")
    for account in accounts:
        account.schedules("DISABLED")
        runs = [run for run in account.settle() if run.arn in started(account)]
        assert {run.status for run in runs} == {"SUCCEEDED"}
        assert "deployed" not in {run.output["outcome"] for run in runs}
