"""Faults of moto's Secrets Manager."""

import inspect
from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    status_of_errors()
    keys()


@patching.owner
def status_of_errors() -> None:
    """What is missing is told with status 404; every error of the caller's has 400 on AWS.

    Reference: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html#API_GetSecretValue_Errors
    """
    from moto.secretsmanager.exceptions import SecretsManagerClientError

    class Always:
        """An attribute that nobody can set: moto's classes say 404 when they are made."""

        def __get__(self, *_: object) -> int:
            return 400

        def __set__(self, *_: object) -> None:
            """Whatever it is."""

    patching.replace(SecretsManagerClientError, "code", Always())


@patching.owner
def keys() -> None:
    """Secrets are encrypted and told with a key that is disabled, waits for its deletion or is not there.

    Reference: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html#API_CreateSecret_Errors
    and API_GetSecretValue.html#API_GetSecretValue_Errors
    """
    from moto.secretsmanager.exceptions import InvalidRequestException, SecretsManagerClientError
    from moto.secretsmanager.models import SecretsManagerBackend

    from local_cloud.services import kms

    # Only errors of this class are told secret by secret.
    class DecryptionFailure(InvalidRequestException):  # type: ignore[misc]  # moto is not typed for us
        def __init__(self, message: str) -> None:
            SecretsManagerClientError.__init__(self, "DecryptionFailure", message)

    def problem(backend: Any, key_id: str | None) -> str | None:
        found = kms.unusable(key_id, account_id=backend.account_id, region=backend.region_name) if key_id else None
        return kms.as_passed_on(*found) if found else None

    def key_of(backend: Any, secret_id: str | None) -> str | None:
        secret = backend.secrets.get(secret_id) if secret_id else None
        # A replica has its own.
        key_id = getattr(secret, "kms_key_id", None)
        return str(key_id) if key_id else None

    def writing(name: str) -> None:
        method = getattr(SecretsManagerBackend, name)
        signature = inspect.signature(method)

        def write(self: Any, *positional: Any, **named: Any) -> Any:
            given = signature.bind(self, *positional, **named).arguments
            is_written = name != "update_secret" or given.get("secret_string") or given.get("secret_binary")
            key_id = given.get("kms_key_id") or (key_of(self, given.get("secret_id")) if is_written else None)
            if told := problem(self, key_id):
                raise SecretsManagerClientError(
                    "EncryptionFailure",
                    "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that "
                    f"the KMS key is available, enabled, and not in an invalid state. {told}",
                )
            return method(self, *positional, **named)

        patching.replace(SecretsManagerBackend, name, write)

    for name in ("create_secret", "update_secret", "put_secret_value"):
        writing(name)
    read = SecretsManagerBackend.get_secret_value

    def get_secret_value(self: Any, secret_id: str, *positional: Any, **named: Any) -> Any:
        value = read(self, secret_id, *positional, **named)
        if told := problem(self, key_of(self, secret_id)):
            raise DecryptionFailure(f"Secrets Manager can't decrypt the secret value: {told}")
        return value

    patching.replace(SecretsManagerBackend, "get_secret_value", get_secret_value)
