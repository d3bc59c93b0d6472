"""Faults of moto's KMS."""

import json
from collections.abc import Callable
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

    check, put = responses._assert_default_policy, KmsBackend.put_key_policy

    def assert_default_policy(policy_name: str | None) -> None:
        check(policy_name or "default")

    def put_key_policy(self: Any, key_id: str, policy: str) -> None:
        try:
            is_policy = "Statement" in json.loads(policy)
        except (TypeError, ValueError):
            is_policy = False
        if not is_policy:
            raise JsonRESTError("MalformedPolicyDocumentException", "The policy is no JSON with a Statement.")
        put(self, key_id, policy)

    patching.replace(responses, "_assert_default_policy", assert_default_policy)
    patching.replace(KmsBackend, "put_key_policy", put_key_policy)
