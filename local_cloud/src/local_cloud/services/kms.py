"""KMS: moto's, corrected, with keys that cannot be used while they are disabled or wait for their deletion."""

from typing import Any

from local_cloud.kernel.services import Service


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
