"""Where a command acts, said on stderr before it does anything there."""

import argparse

from perennial.account.aws import Aws
from perennial.account.connection import connect, find_stack, region_of
from perennial.account.stack import Stack
from perennial.account.target import Target
from perennial.screen.asides import aside


def announce(aws: Aws) -> Target:
    """Say where a command acts."""
    target = Target.of(aws)
    aside(str(target), style="dim")
    return target


def reach(options: argparse.Namespace) -> tuple[Aws, Stack]:
    """The stack that the options name, and its account."""
    aws = connect(options.region)
    # For a command that asks before it changes something.
    options.target = announce(aws)
    return aws, find_stack(aws, options.stack)


def reach_execution(options: argparse.Namespace) -> Aws:
    """The account of an execution, in the region that its ARN names."""
    aws = connect(region_of(options.execution_arn) or options.region)
    announce(aws)
    return aws
