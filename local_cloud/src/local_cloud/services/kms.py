"""KMS: moto's, corrected, with keys that cannot be used while they are disabled or wait for their deletion."""

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
    backend = backends("kms")[account_id][region]
    name = key_id.rpartition(":")[2]
    if name.startswith("alias/aws/"):
        # AWS makes its own when they are used for the first time.
        return name
    found = backend.get_key_id_from_alias(name) if name.startswith("alias/") else name.removeprefix("key/")
    return backend.keys.get(found)


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
