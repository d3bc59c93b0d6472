"""Keys: only an asymmetric one has a public half."""

import pytest
from botocore.exceptions import ClientError

from local_cloud.api import RunningCloud

ACCOUNT = "111111111111"


def test_a_symmetric_key_encrypts_and_has_no_public_half(cloud: RunningCloud) -> None:
    client = cloud.client("kms", ACCOUNT)
    key = client.create_key()["KeyMetadata"]["KeyId"]

    assert (
        client.decrypt(CiphertextBlob=client.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"])["Plaintext"] == b"x"
    )
    with pytest.raises(ClientError, match="UnsupportedOperationException"):
        client.get_public_key(KeyId=key)


def test_an_asymmetric_key_signs(cloud: RunningCloud) -> None:
    client = cloud.client("kms", ACCOUNT)
    key = client.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    what = {"KeyId": key, "Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}

    assert client.verify(**what, Signature=client.sign(**what)["Signature"])["SignatureValid"]
    assert client.get_public_key(KeyId=key)["PublicKey"]
