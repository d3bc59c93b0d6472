"""Roles of a synthesised template and what their policies grant, in the names that were deployed."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.iam.matching import texts

_HASH = re.compile(r"[0-9A-F]{8}$")
_REFERENCE = re.compile(r"\$\{([^}!]+)\}")
_Name = Callable[[str, str, str], str]
# https://docs.aws.amazon.com/service-authorization/latest/reference/: region, account and physical id to ARN.
_ARNS: dict[str, _Name] = {
    "AWS::CodeBuild::Project": lambda region, account, name: f"arn:aws:codebuild:{region}:{account}:project/{name}",
    "AWS::DynamoDB::Table": lambda region, account, name: f"arn:aws:dynamodb:{region}:{account}:table/{name}",
    "AWS::Events::Rule": lambda region, account, name: f"arn:aws:events:{region}:{account}:rule/{name}",
    "AWS::IAM::Role": lambda _, account, name: f"arn:aws:iam::{account}:role/{name}",
    "AWS::KMS::Key": lambda region, account, name: f"arn:aws:kms:{region}:{account}:key/{name}",
    "AWS::Lambda::Function": lambda region, account, name: f"arn:aws:lambda:{region}:{account}:function:{name}",
    "AWS::Logs::LogGroup": lambda region, account, name: f"arn:aws:logs:{region}:{account}:log-group:{name}:*",
    "AWS::S3::Bucket": lambda _region, _account, name: f"arn:aws:s3:::{name}",
    # A queue's physical id is its address.
    "AWS::SQS::Queue": lambda region, account, url: f"arn:aws:sqs:{region}:{account}:{url.rpartition('/')[2]}",
}


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One action on one resource, as one statement allows or denies it.

    Args:
        action: as the policy writes it.
        resource: as the policy writes it, names filled in.
        template: the resource as the template writes it, references shown as ``${LogicalId}``.
        condition: of the statement.
        allows: False for a statement that denies.
    """

    action: str
    resource: str
    template: str
    condition: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    allows: bool = True

    def __hash__(self) -> int:
        """Grants are the same if all their texts are."""
        return hash((self.action, self.resource, self.condition_text, self.allows))

    @property
    def condition_text(self) -> str:
        """The condition in one line, empty without one."""
        return json.dumps(self.condition, sort_keys=True) if self.condition else ""


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role of the app.

    Args:
        stack: its stack.
        account_id: its account.
        name: its construct, which is the same in every account.
        arn: as deployed.
        grants: of all its identity policies, each once.
    """

    stack: str
    account_id: str
    name: str
    arn: str
    grants: tuple[Grant, ...]


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A synthesised template and what became of it.

    Args:
        name: of the stack.
        account_id: where it was deployed.
        region: where it was deployed.
        template: as synthesised.
        physical_ids: by logical id.
        managed_policies: text of AWS's own policies by ARN.
    """

    name: str
    account_id: str
    region: str
    template: Mapping[str, Any]
    physical_ids: Mapping[str, str]
    managed_policies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def resolve(self, value: Any) -> str:
        """A text of the template with its references filled in.

        Raises:
            ValueError: a function or attribute is not known here.
        """
        if isinstance(value, str):
            return value
        ((function, argument),) = value.items()
        if function == "Fn::Join":
            return str(argument[0]).join(self.resolve(part) for part in argument[1])
        if function == "Fn::Sub" and isinstance(argument, str):
            return _REFERENCE.sub(lambda match: self._named(match[1]), argument)
        if function == "Ref":
            return self._named(argument)
        if function == "Fn::GetAtt":
            return self._named(".".join(argument))
        raise ValueError(f"{self.name}: got {value}; known are Ref, Fn::GetAtt of an Arn, Fn::Join and Fn::Sub")

    def _named(self, reference: str) -> str:
        pseudo = {"AWS::AccountId": self.account_id, "AWS::Region": self.region, "AWS::Partition": "aws"}
        if reference in pseudo:
            return pseudo[reference]
        logical_id, _, attribute = reference.partition(".")
        if not attribute:
            return self.physical_ids[logical_id]
        kind = self.template["Resources"][logical_id]["Type"]
        if attribute != "Arn" or kind not in _ARNS:
            raise ValueError(f"{self.name}: got {reference} of {kind}; the Arn of {', '.join(_ARNS)} are known")
        return _ARNS[kind](self.region, self.account_id, self.physical_ids[logical_id])

    def roles(self) -> list[Role]:
        """Roles with what all their policies grant.

        Raises:
            ValueError: a role has a policy whose text is not known.
        """
        return [
            Role(
                stack=self.name,
                account_id=self.account_id,
                name=_HASH.sub("", logical_id),
                arn=_ARNS["AWS::IAM::Role"](self.region, self.account_id, self.physical_ids[logical_id]),
                grants=tuple(dict.fromkeys(self._grants(logical_id))),
            )
            for logical_id, resource in self.template["Resources"].items()
            if resource["Type"] == "AWS::IAM::Role"
        ]

    def _grants(self, role: str) -> Iterator[Grant]:
        for document in self._documents(role):
            for statement in _items(document["Statement"]):
                for action in texts(statement["Action"]):
                    for resource in _items(statement["Resource"]):
                        resolved = self.resolve(resource)
                        if "${" in resolved:
                            raise ValueError(
                                f"{self.name}: got the resource {resolved}; policy variables are not known"
                            )
                        yield Grant(
                            action=action,
                            resource=resolved,
                            template=shown(resource),
                            condition=self._condition(statement.get("Condition") or {}),
                            allows=statement["Effect"] == "Allow",
                        )

    def _documents(self, role: str) -> Iterator[Mapping[str, Any]]:
        properties = self.template["Resources"][role]["Properties"]
        yield from (item["PolicyDocument"] for item in properties.get("Policies") or [])
        attached = {json.dumps(item) for item in properties.get("ManagedPolicyArns") or []}
        for logical_id, resource in self.template["Resources"].items():
            if resource["Type"] not in {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"}:
                continue
            reference = json.dumps({"Ref": logical_id})
            if {"Ref": role} in (resource["Properties"].get("Roles") or []) or reference in attached:
                attached.discard(reference)
                yield resource["Properties"]["PolicyDocument"]
        for arn in sorted(self.resolve(json.loads(item)) for item in attached):
            if arn not in self.managed_policies:
                raise ValueError(
                    f"{self.name}: {role} has the policy {arn}, whose text is neither in the template nor given"
                )
            yield self.managed_policies[arn]

    def _condition(self, condition: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        return {
            operator: {key: [self.resolve(item) for item in _items(value)] for key, value in keys.items()}
            for operator, keys in condition.items()
        }


def shown(value: Any) -> str:
    """A text of a template with its references shown as ``${LogicalId}``, without CDK's hashes."""
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    if function == "Fn::Join":
        return str(argument[0]).join(shown(part) for part in argument[1])
    if function == "Fn::Sub":
        return str(argument)
    name = argument if isinstance(argument, str) else argument[0]
    return f"${{{_HASH.sub('', name)}}}"


def _items(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]
