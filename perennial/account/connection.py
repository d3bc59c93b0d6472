"""Reaches the account that a command is for, and its stack."""

import os

import boto3

from config.errors import ConfigError
from config.loader import load
from perennial.account.aws import Aws
from perennial.account.stack import Stack
from perennial.errors import NotDeployedError, OperatorError

_PARTS_OF_AN_ARN = 6


def connect(region: str | None, *, profile: str | None = None) -> Aws:
    """The calls, in a region: that of the profile, or else of the configuration, when None is given."""
    session = boto3.Session(region_name=region, profile_name=profile)
    if session.region_name is None:
        session = boto3.Session(region_name=load().accounts.region, profile_name=profile)
    return Aws(session, endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))


def find_stack(aws: Aws, name: str) -> Stack:
    """Look a deployed stack up.

    Raises:
        OperatorError: it is not deployed; the message names the configuration's region if that is another one.
    """
    try:
        return aws.stack(name)
    except NotDeployedError as error:
        try:
            configured = load().accounts.region
        except ConfigError:
            # What is wrong with the configuration is another matter than what was asked.
            raise error from None
        if configured == aws.region:
            raise
        raise OperatorError(f"{error}; the configuration says {configured}: try --region {configured}") from error


def region_of(arn: str) -> str | None:
    """Region of an ARN; None when it names none, or is no ARN."""
    parts = arn.split(":")
    return parts[3] or None if parts[0] == "arn" and len(parts) >= _PARTS_OF_AN_ARN else None
