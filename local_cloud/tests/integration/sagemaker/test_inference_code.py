"""A user's code behind endpoints of scikit-learn's image: one model, and several that have code of their own each."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.archives import member, packed
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import script_jobs, serving
from local_cloud.testing.wheels import wheel

BUCKET, IMAGE = serving.BUCKET, "sagemaker-scikit-learn:1.2-1-cpu-py3"
TRAIN = """
import os, joblib
from sklearn.tree import DecisionTreeRegressor
model = DecisionTreeRegressor(random_state=0).fit([[0, 0], [1, 0], [2, 0]], [10, 20, 30])
joblib.dump(model, os.path.join(os.environ["SM_MODEL_DIR"], "model.joblib"))
"""
INFERENCE = """
import os, joblib, tiny
def model_fn(model_dir):
    model = joblib.load(os.path.join(model_dir, "model.joblib"))
    model.more = tiny.VALUE
    return model
def predict_fn(data, model):
    return model.predict(data) + model.more
"""
REQUIREMENTS = "--no-index\n--find-links wheels\ntiny==1.0\n"
OF_ITS_OWN = """
import json
def model_fn(model_dir):
    return {number}
def transform_fn(model, body, content_type, accept, context):
    return json.dumps({{"model": model, "asked": body, "accepts": context.get_request_header(0, "Accept")}}), "text/x-own"
"""


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    s3 = cloud.client("s3", ACCOUNT)
    s3.create_bucket(Bucket=BUCKET)
    for number in (1, 2):
        content = packed(member("inference.py", OF_ITS_OWN.format(number=number).encode()))
        s3.put_object(Bucket=BUCKET, Key=f"several/{number}.tar.gz", Body=content)
    return serving.role(cloud, "inference", more=("s3:PutObject",))


@pytest.fixture(scope="module")
def client(cloud: RunningCloud, role: str) -> Any:
    """Of an endpoint whose model was trained by a script in the same image; its code lies apart in S3."""
    job = script_jobs.run(cloud, "tree", role, image=IMAGE, bucket=BUCKET, files={"train.py": TRAIN}, channels=())
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    files: dict[str, str | bytes] = {
        "serve.py": INFERENCE,
        "requirements.txt": REQUIREMENTS,
        "wheels/tiny-1.0-py3-none-any.whl": wheel("tiny", "1.0", "VALUE = 0.5"),
    }
    code = script_jobs.put_code(cloud, BUCKET, "tree", files)
    uri = job["ModelArtifacts"]["S3ModelArtifacts"]
    variables = {"SAGEMAKER_PROGRAM": "serve.py", "SAGEMAKER_SUBMIT_DIRECTORY": code}
    found = script_jobs.serve(cloud, "tree", role, image=IMAGE, uri=uri, **variables)
    assert found["EndpointStatus"] == "InService", found.get("FailureReason")
    return serving.runtime(cloud)


def test_the_users_functions_answer_and_the_images_own_where_there_are_none(client: Any) -> None:
    assert script_jobs.ask(client, "tree", "[[0, 0], [2, 0]]") == ([10.5, 30.5], "application/json")
    asked = {"ContentType": "text/csv", "Accept": "text/csv"}
    assert script_jobs.ask(client, "tree", "1,0\n2,0", **asked) == ("20.5\n30.5\n", "text/csv; charset=utf-8")


@pytest.mark.parametrize("content_type", ["application/json", "application/xml"])
def test_what_fails_is_answered_by_flasks_page(client: Any, content_type: str) -> None:
    # The model takes two features.
    with pytest.raises(ClientError, match="<title>500 Internal Server Error</title>") as refused:
        script_jobs.ask(client, "tree", "[[1]]", ContentType=content_type)
    assert dict(refused.value.response)["OriginalStatusCode"] == 500


def test_several_models_have_code_of_their_own(cloud: RunningCloud, role: str, client: Any) -> None:
    code = script_jobs.put_code(cloud, BUCKET, "several-code", {"inference.py": ""})
    variables = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": code}
    uri = f"s3://{BUCKET}/several/"
    found = script_jobs.serve(cloud, "several", role, image=IMAGE, uri=uri, mode="MultiModel", **variables)
    assert found["EndpointStatus"] == "InService", found.get("FailureReason")
    for number in (1, 2):
        said, kind = script_jobs.ask(client, "several", "[]", TargetModel=f"{number}.tar.gz", Accept="a/b")
        assert (json.loads(said), kind) == ({"model": number, "asked": "[]", "accepts": "a/b"}, "text/x-own")


def test_several_models_cannot_have_their_code_where_one_has_it(cloud: RunningCloud, role: str, client: Any) -> None:
    variables = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
    uri = f"s3://{BUCKET}/several/"
    found = script_jobs.serve(cloud, "beside", role, image=IMAGE, uri=uri, mode="MultiModel", **variables)
    assert found["EndpointStatus"] == "InService", found.get("FailureReason")
    with pytest.raises(ClientError, match="give the model an endpoint of its own"):
        script_jobs.ask(client, "beside", "[]", TargetModel="1.tar.gz")


def test_code_in_the_wrong_place_is_told(cloud: RunningCloud, role: str) -> None:
    content = packed(member("model/code/inference.py", INFERENCE.encode()))
    cloud.client("s3", ACCOUNT).put_object(Bucket=BUCKET, Key="deep/model.tar.gz", Body=content)
    variables = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
    found = script_jobs.serve(cloud, "deep", role, image=IMAGE, uri=f"s3://{BUCKET}/deep/model.tar.gz", **variables)
    assert found["EndpointStatus"] == "Failed"
    assert "the archive has model/code/inference.py; it must be code/inference.py" in found["FailureReason"]
