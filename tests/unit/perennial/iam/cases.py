"""A role and its calls."""

from typing import Any

from tests.support.iam.calls import Call
from tests.support.iam.proof import Expectations, Proof, prove
from tests.support.iam.roles import Grant, Role

ACCOUNT, OTHER = "111111111111", "222222222222"
BUCKET = "arn:aws:s3:::data"


def grant(action: str, resource: str = f"{BUCKET}/*", **more: Any) -> Grant:
    return Grant(action=action, resource=resource, template=more.pop("template", resource), **more)


def role(*grants: Grant, name: str = "Worker") -> Role:
    return Role(stack="App", account_id=ACCOUNT, name=name, arn=f"arn:aws:iam::{ACCOUNT}:role/{name}-1", grants=grants)


def call(action: str, resource: str = f"{BUCKET}/key", **more: Any) -> Call:
    principal = more.pop("principal", f"arn:aws:iam::{ACCOUNT}:role/Worker-1")
    values = {"account_id": ACCOUNT, "owner": ACCOUNT, "session": f"{principal}/s", **more}
    return Call(principal=principal, action=action, resource=resource, **values)


def proof(roles: list[Role], *calls: Call, **expected: Any) -> Proof:
    return prove(roles, dict.fromkeys(calls, 1), Expectations(**expected))
