"""AssumeRoleWithWebIdentity: a token that an OpenID Connect issuer signed is exchanged for a role's credentials.

AWS fetches the issuer's keys from its address. Nothing here leaves the machine, so that a token is verified with the
keys that somebody gave for the issuer, by the order ``/_local/issuer``; without them the answer is AWS's for an issuer
whose keys it cannot fetch.

Reference: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from moto.iam.models import iam_backends

from local_cloud.kernel import runtime
from local_cloud.kernel.errors import AccessDeniedError
from local_cloud.services.iam import calls, policy, trust
from local_cloud.services.iam.policy import Principal

ACTION = "sts:AssumeRoleWithWebIdentity"
# What issuers sign with; a token that names none is worth nothing.
_ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]
# Of which STS makes condition keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
_CONDITION_KEYS = ("aud", "sub", "azp", "amr")


class InvalidTokenError(Exception):
    """A token is refused.

    Args:
        code: ``InvalidIdentityToken`` or ``ExpiredTokenException``.
        message: as STS tells it.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who a token speaks of.

    Args:
        provider: ARN of the identity provider.
        subject: ``sub``.
        audience: ``aud``, or ``azp`` where a token has that.
    """

    provider: str
    subject: str
    audience: str


@dataclass
class Issuers:
    """The keys of issuers, by their addresses without the scheme."""

    keys: dict[str, dict[str, Any]] = field(default_factory=dict)


def register(order: Mapping[str, Any]) -> dict[str, Any]:
    """Take the order to trust an issuer's keys: ``url`` and ``jwks``.

    Raises:
        ValueError: they are no keys.
    """
    _keys(order["jwks"])
    _issuers().keys[_host(str(order["url"]))] = dict(order["jwks"])
    return {}


def dump() -> dict[str, dict[str, Any]]:
    """The keys of all issuers, for a snapshot."""
    return dict(_issuers().keys)


def load(kept: dict[str, dict[str, Any]]) -> None:
    """Take them back."""
    _issuers().keys.update(kept)


def verify(token: str, *, role_arn: str) -> Identity:
    """Verify a token, and whether a role lets its subject take it.

    Args:
        token: JSON Web Token.
        role_arn: the role.

    Raises:
        InvalidTokenError: it is no token of a known issuer, for a known audience, that is still valid.
        AccessDeniedError: the role's trust policy does not allow it.
    """
    account_id = role_arn.split(":")[4]
    claims = _claims(token)
    issuer = _host(str(claims.get("iss", "")))
    providers = iam_backends[account_id]["aws"].open_id_providers
    provider = providers.get(f"arn:aws:iam::{account_id}:oidc-provider/{issuer}")
    if provider is None:
        raise InvalidTokenError(
            "InvalidIdentityToken", f"No OpenIDConnect provider found in your account for https://{issuer}"
        )
    claims = _verified(token, issuer)
    audiences = [item for item in policy.items(claims.get("aud", [])) if isinstance(item, str)]
    if not set(audiences) & set(provider.client_id_list):
        raise InvalidTokenError("InvalidIdentityToken", "Incorrect token audience")
    context = {
        f"{issuer}:{name}".lower(): [str(item) for item in given] if isinstance(given, list) else str(given)
        for name in _CONDITION_KEYS
        if name in claims
        for given in [claims[name]]
    }
    principal = Principal(arn=provider.arn, account_id=account_id, session_arn=provider.arn, federated=provider.arn)
    try:
        trust.check_principal(role_arn, principal, context, action=ACTION)
    except AccessDeniedError:
        _log(principal, role_arn, context, allowed=False)
        raise
    _log(principal, role_arn, context, allowed=True)
    return Identity(
        provider=provider.arn, subject=str(claims.get("sub", "")), audience=str(claims.get("azp", audiences[0]))
    )


def _claims(token: str) -> dict[str, Any]:
    """What a token says, before anybody knows whether it is true."""
    try:
        _, body, _ = token.split(".")
        return dict(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))
    except (ValueError, TypeError) as error:
        raise InvalidTokenError(
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
        ) from error


def _verified(token: str, issuer: str) -> dict[str, Any]:
    keys = _issuers().keys.get(issuer)
    if keys is None:
        raise InvalidTokenError(
            "InvalidIdentityToken",
            "Couldn't retrieve verification key from your identity provider, please reference "
            "AssumeRoleWithWebIdentity documentation for requirements",
        )
    try:
        claims = dict(jwt.decode(token, _keys(keys), algorithms=_ALGORITHMS).claims)
    except (JoseError, ValueError) as error:
        raise InvalidTokenError(
            "InvalidIdentityToken", "The web identity token could not be verified: its signature is not the issuer's"
        ) from error
    now = runtime.current().clock.now().timestamp()
    expires, begins = _moment(claims, "exp"), _moment(claims, "nbf")
    if expires is None:
        raise InvalidTokenError("InvalidIdentityToken", "The ID Token provided has no exp claim; it must have one")
    if expires <= now:
        raise InvalidTokenError(
            "ExpiredTokenException",
            f"Token expired: current date/time {int(now)} must be before the expiration date/time {claims['exp']}",
        )
    if begins is not None and begins > now:
        raise InvalidTokenError(
            "InvalidIdentityToken",
            f"The ID Token provided is not valid yet: current date/time {int(now)} must not be before its nbf claim"
            f" {claims['nbf']}",
        )
    return claims


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    """A claim that is a time, as https://datatracker.ietf.org/doc/html/rfc7519#section-2 has it; None without it."""
    given = claims.get(name)
    if name not in claims:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        raise InvalidTokenError(
            "InvalidIdentityToken",
            f"The ID Token provided has {json.dumps(given)} for its {name} claim; it must be a number of seconds",
        )
    return float(given)


def _log(principal: Principal, role_arn: str, context: Mapping[str, Any], *, allowed: bool) -> None:
    decision = calls.Decision(
        allowed=allowed, reason="allowed" if allowed else "the role's trust policy does not allow it", by="resource"
    )
    calls.record(
        runtime.current().settings.state_dir / "calls.jsonl",
        principal=principal.arn,
        session="",
        account_id=principal.account_id,
        action=ACTION,
        resource=role_arn,
        owner=principal.account_id,
        context=context,
        decision=decision,
    )


def _keys(jwks: Any) -> KeySet:
    """A set of keys, of what somebody sent."""
    return KeySet.import_key_set(jwks)


def _host(url: str) -> str:
    return url.removeprefix("https://").rstrip("/")


def _issuers() -> Issuers:
    return runtime.current().of(Issuers)
