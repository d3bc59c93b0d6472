"""Access key to account: a 12-digit access key is the root of that account."""

import re
from typing import Any

from local_cloud.kernel import patching

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/")
_ACCOUNT_ID = re.compile(r"\d{12}")


@patching.owner
def install() -> None:
    """Moto only maps access keys that it issued; here 12 digits are the root of the account of that number."""
    import moto.iam.models as iam
    from moto.core.responses import BaseResponse
    from moto.sts.models import STSBackend

    moto_access_key = BaseResponse.get_access_key
    moto_identity = STSBackend.get_caller_identity

    def get_access_key(self: Any) -> str:
        match = _CREDENTIAL.search(self.headers.get("Authorization", "")) or _CREDENTIAL.search(
            "Credential=" + (self.querystring.get("X-Amz-Credential") or [""])[0]
        )
        return match.group(1) if match else moto_access_key(self)

    def get_account_id_from(access_key: str) -> str:
        if _ACCOUNT_ID.fullmatch(access_key or ""):
            return access_key
        # Moto looks into every partition of every account, which makes those that nobody uses: 1,500 policies each.
        for account_id, partitions in list(dict.items(iam.iam_backends)):
            if any(access_key in backend.access_keys for backend in list(dict.values(partitions))):
                return str(account_id)
        return str(iam.DEFAULT_ACCOUNT_ID)

    def get_caller_identity(self: Any, access_key_id: str, region: str) -> tuple[str, str, str]:
        if _ACCOUNT_ID.fullmatch(access_key_id or ""):
            return access_key_id, f"arn:aws:iam::{access_key_id}:root", access_key_id
        identity: tuple[str, str, str] = moto_identity(self, access_key_id, region)
        return identity

    patching.replace(BaseResponse, "get_access_key", get_access_key)
    patching.replace(STSBackend, "get_caller_identity", get_caller_identity)
    patching.replace(iam, "get_account_id_from", get_account_id_from)
