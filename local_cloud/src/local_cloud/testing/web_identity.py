"""An OpenID Connect issuer for tests: keys of its own, and tokens that it signed."""

import time
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

_ALGORITHM = "ES256"
_HOUR_SECONDS = 3600


class Issuer:
    """Signs tokens.

    Args:
        url: its address.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._key = ECKey.generate_key("P-256", parameters={"kid": "test"})

    @property
    def order(self) -> dict[str, Any]:
        """What the local cloud's ``/_local/issuer`` takes."""
        return {"url": self._url, "jwks": {"keys": [self._key.as_dict(private=False)]}}

    def token(self, **claims: Any) -> str:
        """A token for ``sts.amazonaws.com`` that is valid for an hour, with these claims besides or instead."""
        now = int(time.time())
        everything = {"iss": self._url, "aud": "sts.amazonaws.com", "iat": now, "exp": now + _HOUR_SECONDS, **claims}
        return jwt.encode({"alg": _ALGORITHM, "kid": "test"}, everything, self._key)
