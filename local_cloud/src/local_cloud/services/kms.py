"""KMS: moto's, corrected, with keys that cannot be used while they are disabled or wait for their deletion."""

import uuid
from typing import Any

from local_cloud.kernel.services import Service, backends


def find(key_id: str, *, account_id: str, region: str) -> Any | None:
    """The key that a request to another service names, None if there is none.

    Args:
        key_id: id, ARN, alias, or ARN of an alias; of another account or region only an ARN.
        account_id: the caller's.
        region: where the service is called.
    """
    if key_id.startswith("arn:"):
        region, account_id = (key_id.split(":", 5) + [""] * 5)[3:5]
    name = key_id.rpartition(":")[2]
    if name.startswith("alias/aws/"):
        # AWS makes its own when they are used for the first time.
        return name
    if not account_id.isdecimal() or region not in backends("kms")[account_id]:
        return None
    backend = backends("kms")[account_id][region]
    found = backend.get_key_id_from_alias(name) if name.startswith("alias/") else name.removeprefix("key/")
    return backend.keys.get(found)


def unusable(key_id: str, *, account_id: str, region: str) -> tuple[str, str] | None:
    """Why a service cannot use the key that it is told, as KMS tells the service: error code and message.

    Args:
        key_id: see `find`.
        account_id: of the resource that the key encrypts.
        region: of the resource.

    Returns:
        None for a key that can be used, which AWS's own always can.
    """
    key = find(key_id, account_id=account_id, region=region)
    if isinstance(key, str):
        return None
    if key is not None:
        return problem(key)
    arn = key_id
    if not key_id.startswith("arn:"):
        arn = f"arn:aws:kms:{region}:{account_id}:{key_id if key_id.startswith('alias/') else f'key/{key_id}'}"
    is_alias = arn.rpartition(":")[2].startswith("alias/")
    return "NotFoundException", f"Alias {arn} is not found." if is_alias else f"Key '{arn}' does not exist"


def as_passed_on(code: str, message: str) -> str:
    """What KMS told a service, in the words in which the service passes it on to its caller.

    Args:
        code: of KMS's error.
        message: of it.
    """
    return f"{message} (Service: AWSKMS; Status Code: 400; Error Code: {code}; Request ID: {uuid.uuid4()}; Proxy: null)"


def problem(key: Any) -> tuple[str, str] | None:
    """Error code and message for whoever uses one of moto's keys, None for a key that is enabled.

    Reference: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
    """
    match key.key_state:
        case "Disabled":
            return "DisabledException", f"{key.arn} is disabled."
        case "PendingDeletion":
            return "KMSInvalidStateException", f"{key.arn} is pending deletion."
        case _:
            return None


def _patch() -> None:
    from local_cloud.moto_patches import kms as patches

    patches.install()


SERVICE = Service(name="kms", backends=("kms",), keeps=("kms",), patch=_patch)
