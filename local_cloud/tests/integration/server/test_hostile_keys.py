"""Keys of any characters in the local S3: each is one object, and permissions are those of the key as it is."""

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, as_role, make_role

pytestmark = pytest.mark.security("hostile input")
BUCKET = "odd-keys"
KEYS = ["ü ß", "a+b", "a b", "100%", "%41", "A", "%2e%2e/x", "a?b#c", "'\"`", "a;b=c&d", "e\u0301", "\u00e9", "%252F"]


@pytest.fixture(scope="module")
def bucket(cloud: RunningCloud) -> str:
    client = cloud.client("s3", ACCOUNT)
    client.create_bucket(Bucket=BUCKET)
    for key in KEYS:
        client.put_object(Bucket=BUCKET, Key=f"open/{key}", Body=key.encode())
    return BUCKET


def test_every_key_is_an_object_of_its_own(cloud: RunningCloud, bucket: str) -> None:
    client = cloud.client("s3", ACCOUNT)
    listed = [item["Key"] for item in client.list_objects_v2(Bucket=bucket, Prefix="open/")["Contents"]]
    assert sorted(listed) == sorted(f"open/{key}" for key in KEYS)
    for key in KEYS:
        assert client.get_object(Bucket=bucket, Key=f"open/{key}")["Body"].read() == key.encode()


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_copied_as_it_is(cloud: RunningCloud, bucket: str, key: str) -> None:
    client = cloud.client("s3", ACCOUNT)
    client.copy({"Bucket": bucket, "Key": f"open/{key}"}, bucket, f"copy/{key}")
    assert client.get_object(Bucket=bucket, Key=f"copy/{key}")["Body"].read() == key.encode()


def test_permissions_are_not_decoded_twice(cloud: RunningCloud, bucket: str) -> None:
    root = cloud.client("s3", ACCOUNT)
    root.put_object(Bucket=bucket, Key="open%2Fclosed", Body=b"closed")
    root.put_object(Bucket=bucket, Key="open/%2Fin", Body=b"in")
    statement = {"Effect": "Allow", "Action": "s3:*Object", "Resource": f"arn:aws:s3:::{bucket}/open/*"}
    client = as_role(cloud, make_role(cloud, "reader-of-open", [statement]), "s3")
    assert client.get_object(Bucket=bucket, Key="open/%2Fin")["Body"].read() == b"in"
    for key in KEYS:
        assert client.get_object(Bucket=bucket, Key=f"open/{key}")["Body"].read() == key.encode()
    with pytest.raises(ClientError, match="AccessDenied"):
        client.get_object(Bucket=bucket, Key="open%2Fclosed")
    with pytest.raises(ClientError, match="AccessDenied"):
        client.copy_object(Bucket=bucket, Key="open/x", CopySource={"Bucket": bucket, "Key": "open%2Fclosed"})
    with pytest.raises(ClientError, match="AccessDenied"):
        client.put_object(Bucket=bucket, Key="open%2Fnew", Body=b"")
