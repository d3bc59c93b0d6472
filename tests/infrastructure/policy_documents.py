"""Every policy document of a template, with references written out as ARNs of the kind that they stand for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.infrastructure.templates import Template

Statement = dict[str, Any]
_ACCOUNT = "111111111111"
# What a reference to a resource of a type gives as its ARN.
_ARNS = {
    "AWS::CodeBuild::Project": "arn:aws:codebuild:us-east-1:{account}:project/{name}",
    "AWS::CodePipeline::Pipeline": "arn:aws:codepipeline:us-east-1:{account}:{name}",
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:us-east-1:{account}:table/{name}",
    "AWS::Events::Rule": "arn:aws:events:us-east-1:{account}:rule/{name}",
    "AWS::Glue::Job": "arn:aws:glue:us-east-1:{account}:job/{name}",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/{name}",
    "AWS::KMS::Key": "arn:aws:kms:us-east-1:{account}:key/{name}",
    "AWS::Lambda::Function": "arn:aws:lambda:us-east-1:{account}:function:{name}",
    "AWS::Logs::LogGroup": "arn:aws:logs:us-east-1:{account}:log-group:{name}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SNS::Topic": "arn:aws:sns:us-east-1:{account}:{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:us-east-1:{account}:{name}",
    "AWS::StepFunctions::StateMachine": "arn:aws:states:us-east-1:{account}:stateMachine:{name}",
}
# Those whose plain reference, too, is an ARN.
_REFERRED_TO_BY_ARN = ("AWS::SNS::Topic", "AWS::StepFunctions::StateMachine")
_IDS = {"AWS::EC2::SecurityGroup": "sg-0123456789abcdef0", "AWS::EC2::Subnet": "subnet-0123456789abcdef0"}
_PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::AccountId": _ACCOUNT,
    "AWS::Region": "us-east-1",
    "AWS::URLSuffix": "amazonaws.com",
}
_IDENTITY = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")


@dataclass(frozen=True, kw_only=True)
class Document:
    """A policy document.

    Args:
        resource: logical id of the resource that has it.
        grants: whether it is a role's or user's own, and no trust or resource policy.
        statements: with references written out.
    """

    resource: str
    grants: bool
    statements: tuple[Statement, ...]


def documents(template: Template) -> Iterator[Document]:
    """All of them, wherever they stand.

    Raises:
        KeyError: a policy names a resource of a type whose ARN is not known here.
    """
    for name, resource in template["Resources"].items():
        for found in _inside(resource.get("Properties", {})):
            written = tuple(write_out(statement, template) for statement in found["Statement"])
            yield Document(resource=name, grants=resource["Type"] in _IDENTITY, statements=written)


def _inside(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        statements = value.get("Statement")
        if isinstance(statements, list) and all("Effect" in item for item in statements):
            yield value
        elif isinstance(statements, dict) and "Effect" in statements:
            yield {"Statement": [statements]}
        elif "Effect" in value and "Principal" in value:
            # A resource that is one statement.
            yield {"Statement": [value]}
        else:
            for item in value.values():
                yield from _inside(item)
    elif isinstance(value, list):
        for item in value:
            yield from _inside(item)


def write_out(value: Any, template: Template) -> Any:
    """A value with its references written out."""
    if isinstance(value, list):
        return [write_out(item, template) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((function, argument),) = value.items()
        if function in _FUNCTIONS:
            return _FUNCTIONS[function](argument, template)
    return {key: write_out(item, template) for key, item in value.items()}


def _join(argument: Any, template: Template) -> str:
    return str(argument[0]).join(write_out(part, template) for part in argument[1])


def _substitute(argument: Any, template: Template) -> str:
    return re.sub(r"\$\{([\w:]+)\}", lambda found: _reference(found[1], template), argument)


def _attribute(argument: Any, template: Template) -> str:
    logical_id, attribute = argument
    return _arn(logical_id, template) if attribute.endswith("Arn") else _reference(logical_id, template)


def _reference(logical_id: str, template: Template) -> str:
    if logical_id in _PSEUDO:
        return _PSEUDO[logical_id]
    kind = template["Resources"].get(logical_id, {}).get("Type", "")
    return _arn(logical_id, template) if kind in _REFERRED_TO_BY_ARN else _IDS.get(kind, logical_id)


_FUNCTIONS = {"Fn::GetAtt": _attribute, "Fn::Join": _join, "Fn::Sub": _substitute, "Ref": _reference}


def _arn(logical_id: str, template: Template) -> str:
    return _ARNS[template["Resources"][logical_id]["Type"]].format(account=_ACCOUNT, name=logical_id)
