"""Faults of moto's KMS."""

from typing import Any, NoReturn

from local_cloud.kernel import patching


class NoPrivateKey:
    """What a key has that signs nothing and has no public half."""

    def public_key(self) -> NoReturn:
        """It has none: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetPublicKey.html, Errors."""
        from moto.core.exceptions import JsonRESTError

        raise JsonRESTError(
            "UnsupportedOperationException", "A key that is not asymmetric has no public key; name one that is."
        )


def install() -> None:
    """Correct all of them."""
    private_keys()


@patching.owner
def private_keys() -> None:
    """Every key gets a pair of RSA keys, a symmetric one too, whose GetPublicKey then succeeds; to make it is slow."""
    from moto.kms import models

    make = models.generate_private_key

    def generate(key_spec: str) -> Any:
        return make(key_spec) if key_spec.startswith(("RSA_", "ECC_")) else NoPrivateKey()

    patching.replace(models, "generate_private_key", generate)
