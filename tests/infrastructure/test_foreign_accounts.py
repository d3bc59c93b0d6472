"""No policy of any resource lets another account in, but what is agreed here."""

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config.loader import Config
from contract.names import STACK_NAMES
from tests.infrastructure.foreign_accounts import Agreed, deployed, entries, strangers
from tests.infrastructure.templates import Template, of_type

pytestmark = pytest.mark.security("permissions")

_SANDBOX, _QA, _PROD, _PIPELINE = "111111111111", "222222222222", "333333333333", "444444444444"
_ACCOUNTS = {"PerennialSandbox": _SANDBOX, "PerennialQa": _QA, "PerennialProd": _PROD, "PerennialPipeline": _PIPELINE}


def _agreed(stack: str, resource: str, accounts: set[str], actions: set[str], why: str) -> Agreed:
    return Agreed(stack=stack, resource=resource, accounts=frozenset(accounts), actions=frozenset(actions), why=why)


_AGREED = (
    _agreed("PerennialSandbox", "ArtifactsBucketPolicy", {_QA, _PROD}, {"s3:GetObject"}, "QA and prod copy models"),
    _agreed("PerennialSandbox", "ArtifactsKey", {_QA, _PROD}, {"kms:Decrypt"}, "the models are encrypted"),
    *(
        _agreed(stack, "ApprovalsAccept", {_SANDBOX}, {"events:PutEvents"}, "the training account tells of an approval")
        for stack in ("PerennialQa", "PerennialProd")
    ),
    *(
        _agreed(stack, "SmokeRole", {_PIPELINE}, {"sts:AssumeRole"}, "the pipeline asks the endpoint after a stage")
        for stack in ("PerennialSandbox", "PerennialQa", "PerennialProd")
    ),
    _agreed(
        "PerennialPipeline",
        "ArtifactsPolicy",
        {_SANDBOX, _QA, _PROD},
        {"s3:GetBucket*", "s3:GetObject*", "s3:List*"},
        "CDK Pipelines: the deploy roles read the templates that the pipeline hands on",
    ),
    _agreed(
        "PerennialPipeline",
        "Key",
        {_SANDBOX, _QA, _PROD},
        {"kms:Decrypt", "kms:DescribeKey"},
        "CDK Pipelines: the templates are encrypted",
    ),
)


def agreed_on(stack: str, config: Config | None = None) -> list[Agreed]:
    """Whom a stack lets in, also in tests/infrastructure/test_iam_lint.py.

    Args:
        stack: its name.
        config: with ids of its own; the example's without it.
    """
    found = [item for item in _AGREED if item.stack == stack]
    if config is None:
        return found
    ids = dict(zip((_SANDBOX, _QA, _PROD), (config.environment(name).account_id for name in STACK_NAMES), strict=True))
    if config.accounts.pipeline is not None:
        ids[_PIPELINE] = config.accounts.pipeline.account_id
    return [
        replace(item, accounts=frozenset(ids[account] for account in item.accounts if account in ids)) for item in found
    ]


def test_no_account_is_let_in_but_the_agreed_ones(assembly: Path) -> None:
    found = list(deployed(assembly))

    # The four of the app, and the pipeline's three stages once more.
    assert sorted(name for name, _, _ in found) == sorted([*_ACCOUNTS, *list(_ACCOUNTS)[:3]])
    for stack, account, template in found:
        assert account == _ACCOUNTS[stack]
        assert strangers(template, account=account, agreed=agreed_on(stack)) == [], stack


@pytest.mark.parametrize("stack", _ACCOUNTS)
def test_what_is_agreed_is_there(stack: str, stacks: dict[str, Template]) -> None:
    agreed = {
        (item.resource, account, action)
        for item in agreed_on(stack)
        for account in item.accounts
        for action in item.actions
    }

    assert agreed == set(entries(stacks[stack], account=_ACCOUNTS[stack]))


def test_groups_are_shared_with_qa_and_prod_only(stacks: dict[str, Template]) -> None:
    readers = {
        stack: {
            arn.split(":")[4]
            for function in of_type(template, "AWS::Lambda::Function")
            for arn in function["Properties"]
            .get("Environment", {})
            .get("Variables", {})
            .get("REGISTRY_READERS", "")
            .split()
        }
        for stack, template in stacks.items()
    }

    # A group's policy is made of this when its first model is registered.
    assert readers == {stack: {_QA, _PROD} if stack == "PerennialSandbox" else set() for stack in _ACCOUNTS}


def _statement(principal: Any, action: str = "x:Do", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*", **more}


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _root(account: str) -> dict[str, str]:
    return {"AWS": f"arn:aws:iam::{account}:root"}


def _with(template: Template, **resources: dict[str, Any]) -> Template:
    return {**template, "Resources": template["Resources"] | resources}


def test_a_key_of_prod_that_lets_qa_in_is_found(stacks: dict[str, Template]) -> None:
    template = copy.deepcopy(stacks["PerennialProd"])
    (key,) = of_type(template, "AWS::KMS::Key")
    key["Properties"]["KeyPolicy"]["Statement"].append(_statement(_root(_QA), "kms:Decrypt"))

    assert strangers(template, account=_PROD, agreed=agreed_on("PerennialProd")) == [
        f"ArtifactsKey lets {_QA} do kms:Decrypt"
    ]


def test_more_than_what_is_agreed_is_found(stacks: dict[str, Template]) -> None:
    template = copy.deepcopy(stacks["PerennialSandbox"])
    for policy in of_type(template, "AWS::S3::BucketPolicy"):
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            if _QA in json.dumps(statement):
                statement["Action"] = ["s3:GetObject", "s3:PutObject"]

    assert strangers(template, account=_SANDBOX, agreed=agreed_on("PerennialSandbox")) == [
        f"ArtifactsBucketPolicy lets {_QA} do s3:PutObject",
        f"ArtifactsBucketPolicy lets {_PROD} do s3:PutObject",
    ]


@pytest.mark.parametrize(
    "properties",
    [
        {"PolicyDocument": _policy(_statement(_root(_QA)))},
        {"PolicyDocument": _policy(_statement({"AWS": [{"Fn::GetAtt": ["Role", "Arn"]}, _QA]}))},
        {"AssumeRolePolicyDocument": {"Statement": _statement({"AWS": {"Fn::Sub": f"arn:aws:iam::{_QA}:role/x"}})}},
        # The event bus's, which is one statement.
        {"Statement": _statement(_root(_QA)), "EventBusName": "default"},
        # AWS::Lambda::Permission.
        {"Action": "x:Do", "FunctionName": "f", "Principal": _QA},
        {"Action": "x:Do", "FunctionName": "f", "Principal": "events.amazonaws.com", "SourceAccount": _QA},
        # AWS::Logs::ResourcePolicy has a text.
        {"PolicyDocument": json.dumps(_policy(_statement(_root(_QA))))},
        {"PolicyDocument": {"Fn::Join": ["", [json.dumps(_policy(_statement(_root(_QA))))]]}},
        # A service that comes on behalf of another account.
        {
            "PolicyDocument": _policy(
                _statement({"Service": "s3.amazonaws.com"}, Condition={"StringEquals": {"aws:SourceAccount": _QA}})
            )
        },
    ],
)
def test_another_account_is_found_in_every_kind_of_policy(
    properties: dict[str, Any], stacks: dict[str, Template]
) -> None:
    template = _with(stacks["PerennialProd"], New={"Type": "AWS::Some::Thing", "Properties": properties})

    assert strangers(template, account=_PROD, agreed=agreed_on("PerennialProd")) == [f"New lets {_QA} do x:Do"]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (_statement("*"), True),
        (_statement({"AWS": "*"}), True),
        (_statement({"AWS": ["*"]}, Condition={"Bool": {"aws:SecureTransport": "true"}}), True),
        (_statement({"AWS": "arn:aws:iam::*:role/perennial-deployment"}), True),
        (_statement("*", Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}), True),
        # Holds where the key is absent.
        (_statement("*", Condition={"StringEqualsIfExists": {"aws:PrincipalAccount": _PROD}}), True),
        (_statement("*", Condition={"StringNotEquals": {"aws:PrincipalAccount": _PROD}}), True),
        # Says whose the resource is, and nothing of the caller.
        (_statement("*", Condition={"StringEquals": {"aws:ResourceAccount": _PROD}}), True),
        (_statement({"Federated": "accounts.google.com"}), True),
        ({"Effect": "Allow", "NotPrincipal": _root(_PROD), "Action": "x:Do", "Resource": "*"}, True),
        (_statement("*", Condition={"StringEquals": {"aws:PrincipalAccount": _PROD}}), False),
        (_statement("*", Condition={"StringEquals": {"AWS:SourceAccount": {"Ref": "AWS::AccountId"}}}), False),
        (_statement({"AWS": {"Fn::GetAtt": ["Role", "Arn"]}}), False),
        (_statement({"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}), False),
        (_statement({"Service": "lambda.amazonaws.com"}), False),
        ({**_statement("*"), "Effect": "Deny"}, False),
    ],
)
def test_anybody_is_let_in_only_where_the_account_is_narrowed(
    statement: dict[str, Any], found: bool, stacks: dict[str, Template]
) -> None:
    policy = {"Type": "AWS::S3::BucketPolicy", "Properties": {"PolicyDocument": _policy(statement)}}
    template = _with(stacks["PerennialProd"], Door=policy)

    assert strangers(template, account=_PROD, agreed=agreed_on("PerennialProd")) == (
        ["Door lets * do x:Do"] if found else []
    )
