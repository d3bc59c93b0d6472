"""An endpoint that is given hostile artifacts and requests goes on serving the good model."""

import http.client
import json
import pickle
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.archives import Touch, member, packed
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import serving

pytestmark = pytest.mark.security("hostile input")
ENDPOINT = "hostile"
ANSWER = 3.0


@pytest.fixture(scope="module")
def endpoint(cloud: RunningCloud) -> Iterator[Any]:
    """A client of an endpoint that serves ``m`` from served/; what is in secret/ is none of its business."""
    cloud.client("s3", ACCOUNT).create_bucket(Bucket=serving.BUCKET)
    for key in ("served/m.tar.gz", "served/u (1)+ %41.tar.gz", "secret/m.tar.gz"):
        serving.put_model(cloud, key, ANSWER)
    serving.config(cloud, "hostile", serving.role(cloud, "serving"), prefix="served/")
    cloud.client("sagemaker", ACCOUNT).create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="hostile")
    assert serving.settled(cloud, ENDPOINT)["EndpointStatus"] == "InService"
    client = serving.runtime(cloud)
    assert serving.ask(client, ENDPOINT) == ANSWER
    yield client
    cloud.client("sagemaker", ACCOUNT).delete_endpoint(EndpointName=ENDPOINT)


def _refusal(client: Any, **request: Any) -> tuple[str, str]:
    """Code and message; the good model answers afterwards."""
    with pytest.raises(ClientError) as refused:
        client.invoke_endpoint(
            **{"EndpointName": ENDPOINT, "TargetModel": "m.tar.gz", "ContentType": "text/csv", "Body": "0"} | request
        )
    assert serving.ask(client, ENDPOINT) == ANSWER
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize(
    ("name", "artifact", "said"),
    [
        ("traversal", packed(member("../../evil", b"x")), "holds '../../evil', only files and folders inside it"),
        ("absolute", packed(member("/var/evil", b"x")), "holds '/var/evil'"),
        ("link", packed(member("xgboost-model", kind=tarfile.SYMTYPE)), "holds 'xgboost-model'"),
        ("extra", packed(member("a", b"{"), member("b", b"{")), "must hold one model file at its root, got 'a', 'b'"),
        ("empty", packed(), "must hold one model file at its root, got nothing"),
        ("truncated", packed(member("xgboost-model", b"{" * 5000))[:-20], "cannot unpack model archive"),
        ("malformed", packed(member("xgboost-model", b'{"learner": 1}')), "no model in XGBoost's own format"),
    ],
)
def test_a_hostile_archive_is_refused_and_the_good_model_goes_on(
    cloud: RunningCloud, endpoint: Any, name: str, artifact: bytes, said: str
) -> None:
    cloud.client("s3", ACCOUNT).put_object(Bucket=serving.BUCKET, Key=f"served/{name}.tar.gz", Body=artifact)
    code, message = _refusal(endpoint, TargetModel=f"{name}.tar.gz")
    assert code == "ValidationError"
    assert said in message


def test_what_lies_beside_the_models_is_no_model(cloud: RunningCloud, endpoint: Any) -> None:
    # Models are archives: https://docs.aws.amazon.com/sagemaker/latest/dg/invoke-multi-model-endpoint.html
    cloud.client("s3", ACCOUNT).put_object(Bucket=serving.BUCKET, Key="served/manifest.json", Body=b'{"models": {}}')
    code, message = _refusal(endpoint, TargetModel="manifest.json")
    assert code == "ValidationError"
    assert "cannot unpack model archive: Not a gzipped file" in message


def test_a_pickle_is_refused_and_not_run(cloud: RunningCloud, endpoint: Any, tmp_path: Path) -> None:
    artifact = packed(member("xgboost-model", pickle.dumps(Touch(tmp_path / "ran"))))
    cloud.client("s3", ACCOUNT).put_object(Bucket=serving.BUCKET, Key="served/pickle.tar.gz", Body=artifact)
    code, message = _refusal(endpoint, TargetModel="pickle.tar.gz")
    assert code == "ValidationError"
    assert "must begin with b'{'" in message
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "target",
    ["../secret/m.tar.gz", "x/../../secret/m.tar.gz", "./m.tar.gz", "x//m.tar.gz", "..", "%2e%2e/secret/m.tar.gz"],
)
def test_a_target_outside_of_the_prefix_is_not_found(endpoint: Any, target: str) -> None:
    code, message = _refusal(endpoint, TargetModel=target)
    assert code == "ValidationError"
    assert f"Failed to download model data(bucket: {serving.BUCKET}, key: served/{target})" in message


@pytest.mark.parametrize(
    ("request_", "code", "said"),
    [
        ({"Body": b"0" * (6 * 1024**2 + 1)}, "413", "HTTP content length exceeded 6291456 bytes."),
        ({"Body": b"0,1"}, "ModelError", "the model takes 1 features, got 2 in row 1"),
        ({"Body": b"\xff\0"}, "ModelError", "cannot read the request as numeric csv"),
        ({"Body": b""}, "ModelError", "the request has no rows"),
        ({"Body": b"1e39"}, "ModelError", "too large for 32 bits"),
        ({"ContentType": "application/x-python"}, "ModelError", "application/x-python is not an accepted ContentType"),
        ({"Accept": "application/x-npy"}, "ModelError", "application/x-npy is not an accepted Accept type."),
        (
            {"ContentType": "t" * 1025},
            "ValidationError",
            "at 'contentType' failed to satisfy constraint: Member must have",
        ),
        ({"TargetModel": "t" * 1025}, "ValidationError", "at 'targetModel' failed to satisfy constraint"),
        ({"TargetVariant": "other"}, "ValidationError", "Variant other not found, hostile has AllTraffic"),
        ({"SessionId": "NEW_SESSION"}, "NotEmulated", "SessionId is not taken"),
        ({"EndpointName": "nobodys"}, "ValidationError", "Endpoint nobodys of account"),
    ],
)
def test_a_hostile_request_is_refused_and_the_next_one_answered(
    endpoint: Any, request_: dict[str, Any], code: str, said: str
) -> None:
    found, message = _refusal(endpoint, **request_)
    assert found == code
    assert said in message


def test_a_body_in_chunks_arrives_whole(cloud: RunningCloud, endpoint: Any) -> None:
    connection = http.client.HTTPConnection(urlparse(cloud.endpoint_url).netloc, timeout=600)
    authorization = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/sagemaker/aws4_request"
    headers = {
        "Authorization": f"{authorization}, SignedHeaders=host, Signature=x",
        "Content-Type": "text/csv",
        "X-Amzn-SageMaker-Target-Model": "m.tar.gz",
    }
    connection.request(
        "POST", f"/endpoints/{ENDPOINT}/invocations", iter([b"0\n", b"0\n"]), headers, encode_chunked=True
    )
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert (answer.status, json.loads(body)) == (200, [ANSWER, ANSWER])


def test_a_target_may_have_any_printable_name(endpoint: Any) -> None:
    assert serving.ask(endpoint, ENDPOINT, "u (1)+ %41.tar.gz") == ANSWER
