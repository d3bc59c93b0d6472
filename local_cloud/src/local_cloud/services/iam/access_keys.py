"""Whose an access key is, as GetAccessKeyInfo tells it."""

from typing import Any

from local_cloud.kernel import patching
from local_cloud.services.iam import principals


@patching.owner
def install() -> None:
    """GetAccessKeyInfo names the account of whoever asks, for every key that is none of a user.

    AWS reads the account from the key; a key that was given out here says nothing, and is remembered.
    """
    from moto.core.responses import ActionResult
    from moto.sts.exceptions import STSValidationError
    from moto.sts.responses import TokenResponse

    def get_access_key_info(self: Any) -> Any:
        access_key = str(self.params["AccessKeyId"])
        found = principals.of_access_key(access_key)
        if found is None:
            raise STSValidationError(
                f"{access_key} was not given out here; ask for a key of AssumeRole, or for the 12 digits of a root"
            )
        return ActionResult({"Account": found.account_id})

    patching.replace(TokenResponse, "get_access_key_info", get_access_key_info)
