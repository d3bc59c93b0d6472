"""Faults of moto's KMS."""

import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, NoReturn

from local_cloud.kernel import patching

# https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
_FEWEST_DAYS, _MOST_DAYS = 7, 30


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
    unusable_keys()
    states()
    policies()
    digests()
    sources()


@patching.owner
def private_keys() -> None:
    """Every key gets a pair of RSA keys, a symmetric one too, whose GetPublicKey then succeeds; to make it is slow."""
    from moto.kms import models

    make = models.generate_private_key

    def generate(key_spec: str) -> Any:
        return make(key_spec) if key_spec.startswith(("RSA_", "ECC_")) else NoPrivateKey()

    patching.replace(models, "generate_private_key", generate)


@patching.owner
def unusable_keys() -> None:
    """Keys that are disabled, or wait for their deletion, encrypt and sign as before."""
    from moto.core.exceptions import JsonRESTError
    from moto.kms.models import KmsBackend

    from local_cloud.services import kms

    def check(backend: Any, key_id: str) -> None:
        if found := kms.problem(backend.keys[backend.any_id_to_key_id(key_id)]):
            raise JsonRESTError(*found)

    def checking(method: Callable[..., Any]) -> Callable[..., Any]:
        def use(self: Any, **named: Any) -> Any:
            check(self, named["key_id"])
            return method(self, **named)

        return use

    decrypt = KmsBackend.decrypt

    def decrypting(self: Any, *arguments: Any, **named: Any) -> Any:
        plaintext, arn = decrypt(self, *arguments, **named)
        check(self, arn)
        return plaintext, arn

    for name in ("encrypt", "sign", "verify", "generate_mac"):
        patching.replace(KmsBackend, name, checking(getattr(KmsBackend, name)))
    patching.replace(KmsBackend, "decrypt", decrypting)


@patching.owner
def states() -> None:
    """A key named by its ARN cannot be disabled or deleted (HTML 500), and its state allows every change."""
    from moto.core.exceptions import JsonRESTError
    from moto.kms.models import KmsBackend
    from moto.kms.responses import KmsResponse

    def changing(name: str, *, needs_deletion: bool) -> None:
        change = getattr(KmsBackend, name)

        def changed(self: Any, key_id: str, *arguments: Any, **named: Any) -> Any:
            found = self.get_key_id(key_id)
            key = self.keys[found]
            if (key.key_state == "PendingDeletion") is not needs_deletion:
                is_or_not = "is not" if needs_deletion else "is"
                raise JsonRESTError("KMSInvalidStateException", f"{key.arn} {is_or_not} pending deletion.")
            return change(self, found, *arguments, **named)

        patching.replace(KmsBackend, name, changed)

    for name in ("disable_key", "enable_key", "schedule_key_deletion"):
        changing(name, needs_deletion=False)
    changing("cancel_key_deletion", needs_deletion=True)

    def arn_of(response: Any) -> str:
        key_id = response._get_param("KeyId")
        response._validate_cmk_id(key_id)
        return str(response.kms_backend.keys[response.kms_backend.get_key_id(key_id)].arn)

    def schedule_key_deletion(self: Any) -> str:
        arn, days = arn_of(self), self._get_param("PendingWindowInDays") or _MOST_DAYS
        if not _FEWEST_DAYS <= days <= _MOST_DAYS:
            raise JsonRESTError(
                "ValidationException",
                f"PendingWindowInDays is {days}, from {_FEWEST_DAYS} to {_MOST_DAYS} are allowed; choose one of those.",
            )
        date = self.kms_backend.schedule_key_deletion(arn, days)
        state = {"KeyState": "PendingDeletion", "PendingWindowInDays": days}
        return json.dumps({"KeyId": arn, "DeletionDate": date, **state})

    def cancel_key_deletion(self: Any) -> str:
        arn = arn_of(self)
        self.kms_backend.cancel_key_deletion(arn)
        return json.dumps({"KeyId": arn})

    patching.replace(KmsResponse, "schedule_key_deletion", schedule_key_deletion)
    patching.replace(KmsResponse, "cancel_key_deletion", cancel_key_deletion)


@patching.owner
def policies() -> None:
    """Policies must be named, though there is one name only, and any text is taken for one.

    Reference: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
    """
    from moto.core.exceptions import JsonRESTError
    from moto.kms import responses
    from moto.kms.models import KmsBackend

    from local_cloud.services.iam import policy as policies_of_iam

    check, put, make = responses._assert_default_policy, KmsBackend.put_key_policy, KmsBackend.create_key

    def assert_default_policy(policy_name: str | None) -> None:
        check(policy_name or "default")

    def check_policy(policy: str) -> None:
        try:
            policies_of_iam.check(policy)
        except policies_of_iam.MalformedPolicyError as error:
            raise JsonRESTError("MalformedPolicyDocumentException", str(error)) from error

    def put_key_policy(self: Any, key_id: str, policy: str) -> None:
        check_policy(policy)
        put(self, key_id, policy)

    def create_key(self: Any, policy: str | None, *rest: Any, **named: Any) -> Any:
        if policy:
            check_policy(policy)
        return make(self, policy, *rest, **named)

    patching.replace(responses, "_assert_default_policy", assert_default_policy)
    patching.replace(KmsBackend, "put_key_policy", put_key_policy)
    patching.replace(KmsBackend, "create_key", create_key)


@patching.owner
def digests() -> None:
    """What is sent as a digest is digested once more, so that the signature is one of something else.

    Reference: https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html#KMS-Sign-request-MessageType
    """
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
    from moto.core.exceptions import JsonRESTError
    from moto.kms.responses import KmsResponse
    from moto.kms.utils import ECDSAPrivateKey, RSAPrivateKey

    # Moto tells the type of a message to none of what it calls.
    is_digest = ContextVar("whether the message of this request is a digest", default=False)
    rsa, ecdsa = "_RSAPrivateKey__padding_and_hash_algorithm", "_ECDSAPrivateKey__hash_algorithm"
    of_rsa, of_ecdsa = getattr(RSAPrivateKey, rsa), getattr(ECDSAPrivateKey, ecdsa)

    def hashed(algorithm: Any) -> Any:
        return Prehashed(algorithm) if is_digest.get() else algorithm

    def padding_and_hash_algorithm(self: Any, name: str) -> tuple[Any, Any]:
        padding, algorithm = of_rsa(self, name)
        return padding, hashed(algorithm)

    def hash_algorithm(self: Any, name: str) -> Any:
        return hashed(of_ecdsa(self, name))

    def told(name: str) -> None:
        answer = getattr(KmsResponse, name)

        def answer_by_type(self: Any) -> str:
            token = is_digest.set(self._get_param("MessageType") == "DIGEST")
            try:
                return str(answer(self))
            except ValueError as error:
                if not is_digest.get():
                    raise
                message = f"Digest is invalid length for algorithm {self._get_param('SigningAlgorithm')}."
                raise JsonRESTError("ValidationException", message) from error
            finally:
                is_digest.reset(token)

        patching.replace(KmsResponse, name, answer_by_type)

    patching.replace(RSAPrivateKey, rsa, padding_and_hash_algorithm)
    patching.replace(ECDSAPrivateKey, ecdsa, hash_algorithm)
    told("sign")
    told("verify")


@patching.owner
def sources() -> None:
    """ReEncrypt takes any key for the one that a ciphertext was made with; Decrypt alone looks at it."""
    from moto.core.exceptions import JsonRESTError
    from moto.kms.responses import KmsResponse

    answer = KmsResponse.re_encrypt

    def re_encrypt(self: Any) -> str:
        if source := self._get_param("SourceKeyId"):
            self._validate_key_id(source)
            backend, context = self.kms_backend, self._get_param("SourceEncryptionContext", {})
            _, arn = backend.decrypt(ciphertext_blob=self._get_param("CiphertextBlob"), encryption_context=context)
            if backend.keys[backend.any_id_to_key_id(source)].arn != arn:
                raise JsonRESTError(
                    "IncorrectKeyException",
                    "The key ID in the request does not identify a CMK that can perform this operation.",
                )
        return str(answer(self))

    patching.replace(KmsResponse, "re_encrypt", re_encrypt)
