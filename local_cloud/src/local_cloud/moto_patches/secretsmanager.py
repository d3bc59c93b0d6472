"""Faults of moto's Secrets Manager."""

from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    status_of_errors()
    missing_keys()


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
def missing_keys() -> None:
    """A secret is encrypted with a key that does not exist.

    Reference: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html#API_CreateSecret_Errors
    """
    from moto.secretsmanager.exceptions import SecretsManagerClientError
    from moto.secretsmanager.models import SecretsManagerBackend

    from local_cloud.services import kms

    def checking(name: str) -> None:
        method = getattr(SecretsManagerBackend, name)

        def write(self: Any, *positional: Any, **named: Any) -> Any:
            key_id = named.get("kms_key_id")
            if key_id and kms.find(key_id, account_id=self.account_id, region=self.region_name) is None:
                raise SecretsManagerClientError(
                    "EncryptionFailure",
                    "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that "
                    "the KMS key is available, enabled, and not in an invalid state.",
                )
            return method(self, *positional, **named)

        patching.replace(SecretsManagerBackend, name, write)

    checking("create_secret")
    checking("update_secret")
