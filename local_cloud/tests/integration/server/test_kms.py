"""Keys: their halves and their states, https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.api import RunningCloud
from local_cloud.testing.roles import ACCOUNT, as_role, make_role


@pytest.fixture
def client(cloud: RunningCloud) -> Any:
    return cloud.client("kms", ACCOUNT)


def _code(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return str(refused.value.response["Error"]["Code"])


def test_a_symmetric_key_encrypts_and_has_no_public_half(client: Any) -> None:
    key = client.create_key()["KeyMetadata"]["KeyId"]

    secret = client.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert client.decrypt(CiphertextBlob=secret)["Plaintext"] == b"x"
    assert _code(client.get_public_key, KeyId=key) == "UnsupportedOperationException"


def test_an_asymmetric_key_signs(client: Any) -> None:
    key = client.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    what = {"KeyId": key, "Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}

    assert client.verify(**what, Signature=client.sign(**what)["Signature"])["SignatureValid"]
    assert client.get_public_key(KeyId=key)["PublicKey"]


@pytest.mark.parametrize("name", ["KeyId", "Arn"])
def test_a_key_is_disabled_deleted_and_brought_back(client: Any, name: str) -> None:
    made = client.create_key()["KeyMetadata"]
    key, arn = made[name], made["Arn"]
    secret = client.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]

    def state() -> str:
        return str(client.describe_key(KeyId=key)["KeyMetadata"]["KeyState"])

    client.disable_key(KeyId=key)
    assert state() == "Disabled"
    assert _code(client.encrypt, KeyId=key, Plaintext=b"x") == "DisabledException"
    assert _code(client.generate_data_key, KeyId=key, KeySpec="AES_256") == "DisabledException"
    assert _code(client.decrypt, CiphertextBlob=secret) == "DisabledException"
    assert _code(client.cancel_key_deletion, KeyId=key) == "KMSInvalidStateException"
    client.enable_key(KeyId=key)
    assert client.decrypt(CiphertextBlob=secret)["Plaintext"] == b"x"

    assert _code(client.schedule_key_deletion, KeyId=key, PendingWindowInDays=6) == "ValidationException"
    scheduled = client.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert (scheduled["KeyId"], scheduled["KeyState"]) == (arn, "PendingDeletion")
    for call, arguments in (
        (client.encrypt, {"KeyId": key, "Plaintext": b"x"}),
        (client.decrypt, {"CiphertextBlob": secret}),
        (client.enable_key, {"KeyId": key}),
        (client.disable_key, {"KeyId": key}),
        (client.schedule_key_deletion, {"KeyId": key}),
    ):
        assert _code(call, **arguments) == "KMSInvalidStateException"
    assert client.cancel_key_deletion(KeyId=key)["KeyId"] == arn
    assert state() == "Disabled"


def test_s3_refuses_a_key_that_cannot_be_used(cloud: RunningCloud, client: Any) -> None:
    cloud.client("s3", ACCOUNT).create_bucket(Bucket="with-a-key")
    everything = {"Effect": "Allow", "Action": ["s3:*", "kms:*"], "Resource": "*"}
    s3 = as_role(cloud, make_role(cloud, "with-a-key", [everything]), "s3")
    key = client.create_key()["KeyMetadata"]["Arn"]
    put = {"Bucket": "with-a-key", "Key": "x", "Body": b"x", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    s3.put_object(**put)

    client.disable_key(KeyId=key)

    assert _code(s3.put_object, **put) == "KMS.DisabledException"
    assert _code(s3.get_object, Bucket="with-a-key", Key="x") == "KMS.DisabledException"
