"""Who made a request, and what policies that principal has."""

import re
from typing import Any

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from local_cloud.services.iam import policy
from local_cloud.services.iam.policy import Document, Principal

_ACCOUNT_ID = re.compile(r"\d{12}")


def of_access_key(access_key: str) -> Principal | None:
    """The principal behind an access key; None for a key that nobody was given."""
    if _ACCOUNT_ID.fullmatch(access_key):
        return Principal(arn=f"arn:aws:iam::{access_key}:root", account_id=access_key)
    for account_id, backends in list(sts_backends.items()):
        session = backends["aws"].get_assumed_role_from_access_key(access_key)
        if session is not None:
            return Principal(
                arn=session.role_arn,
                account_id=account_id,
                session_arn=session.arn,
                session_policies=_session_policies(session),
            )
    return None


def _session_policies(session: Any) -> tuple[str, ...]:
    """The policy that came with AssumeRole, and the managed ones that it named."""
    managed = iam_backends[session.account_id]["aws"].managed_policies
    named = [_default_version(managed[arn]) for arn in getattr(session, "lc_policy_arns", ())]
    return (*([str(session.policy)] if session.policy else []), *named)


def role_of(principal: Principal) -> Any | None:
    """Moto's role behind a principal; None when there is none."""
    roles = list(iam_backends[principal.account_id]["aws"].roles.values())
    return next((role for role in roles if role.arn == principal.arn), None)


def identity_policies(principal: Principal) -> list[Document]:
    """Inline and attached policies of a role."""
    role = role_of(principal)
    if role is None:
        return []
    attached = [document_of(item) for item in role.managed_policies.values()]
    return [*(policy.parse(text) for text in role.policies.values()), *attached]


def permissions_boundary(principal: Principal) -> Document | None:
    """The role's permissions boundary, if it has one."""
    arn = getattr(role_of(principal), "permissions_boundary_arn", None)
    return document_of(iam_backends[principal.account_id]["aws"].managed_policies[arn]) if arn else None


def document_of(managed_policy: Any) -> Document:
    """A managed policy as it is in force."""
    return policy.parse(_default_version(managed_policy))


def _default_version(managed_policy: Any) -> str:
    return next(str(version.document) for version in managed_policy.versions if version.is_default)
