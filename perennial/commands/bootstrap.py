"""``perennial bootstrap``: prepare the account of one's credentials for deployments, and limit them to the app."""

import argparse

from rich.console import Console

from config.loader import load
from perennial.account.bootstrap import Permissions, bootstrap, trusted_by
from perennial.account.cdk import Cdk, checkout, own_identity
from perennial.account.connection import connect
from perennial.commands.place import announce


def add_arguments(_: argparse.ArgumentParser) -> None:
    """It takes nothing."""


def perform(_: argparse.Namespace, console: Console) -> None:
    """Do it."""
    root, accounts = checkout(), load().accounts
    # Stacks lie where the configuration says, whatever region the profile is used to.
    aws = connect(accounts.region)
    account_id = announce(aws).account_id
    log = root / "out" / f"bootstrap-{account_id}.log"
    console.print(
        f"bootstrapping {account_id} in {accounts.region}; the CDK CLI's own words are in {log}", soft_wrap=True
    )
    policies = bootstrap(
        Cdk(root=root, environment=own_identity(), log=log),
        aws.client("cloudformation"),
        account_id=account_id,
        region=accounts.region,
        permissions=Permissions.of(accounts, account_id),
        trust=trusted_by(accounts, account_id),
    )
    for arn in policies.split(","):
        console.print(f"deployments are limited to {arn}", soft_wrap=True)
