"""Script mode in scikit-learn's image: what a script gets, what becomes of it, and how it fails."""

import json
import re
from typing import Any

import pytest

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.sagemaker import script_jobs
from local_cloud.testing.wheels import wheel

BUCKET, IMAGE, XGBOOST = "script-mode", "sagemaker-scikit-learn:1.2-1-cpu-py3", "sagemaker-xgboost:3.0-5"
TRAIN = """
import argparse, json, os, sys
import joblib, numpy, sklearn, tiny
from sklearn.linear_model import LinearRegression

parser = argparse.ArgumentParser()
parser.add_argument("--intercept", type=lambda text: text == "True")
parser.add_argument("--layers")
parser.add_argument("-n", type=int)
parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
given = parser.parse_args()
rows = numpy.loadtxt(os.path.join(given.train, "rows.csv"), delimiter=",")
model = LinearRegression(fit_intercept=given.intercept).fit(rows[:, 1:], rows[:, 0])
print(f"slope={model.coef_[0]:.3f};")
joblib.dump(model, os.path.join(given.model_dir, "model.joblib"))
told = {
    "argv": sys.argv, "cwd": os.getcwd(), "sklearn": sklearn.__version__, "tiny": tiny.VALUE,
    "variables": {name: value for name, value in os.environ.items() if name.startswith("SM_")},
}
with open(os.path.join(given.model_dir, "told.json"), "w") as file:
    json.dump(told, file)
"""
FAILS = """
import sys
print("some words", file=sys.stderr)
raise ValueError("no such column: age")
"""


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    s3 = cloud.client("s3", ACCOUNT)
    s3.create_bucket(Bucket=BUCKET)
    # Salary by years: 30 and 2 a year.
    rows = "\n".join(f"{30 + 2 * years},{years}" for years in range(10))
    s3.put_object(Bucket=BUCKET, Key="data/train/rows.csv", Body=rows.encode())
    statement = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
        "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    }
    return make_role(cloud, "scripts", [statement], trust={"Service": "sagemaker.amazonaws.com"})


@pytest.fixture(scope="module")
def job(cloud: RunningCloud, role: str) -> dict[str, Any]:
    return script_jobs.run(
        cloud,
        "trained",
        role,
        image=IMAGE,
        bucket=BUCKET,
        files={
            "train.py": TRAIN,
            "requirements.txt": "--no-index\n--find-links wheels\ntiny==1.0\n",
            "wheels/tiny-1.0-py3-none-any.whl": wheel("tiny", "1.0", "VALUE = 7"),
        },
        hyperparameters={"intercept": True, "layers": [1, 2], "n": 3},
        metrics=[{"Name": "slope", "Regex": "slope=(.*?);"}],
    )


def test_a_script_trains_with_its_requirements(cloud: RunningCloud, job: dict[str, Any]) -> None:
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert [(item["MetricName"], item["Value"]) for item in job["FinalMetricDataList"]] == [("slope", 2)]
    files = script_jobs.artifact(cloud, job)
    assert set(files) == {"model.joblib", "told.json"}
    told = json.loads(files["told.json"])
    assert told["argv"] == ["train.py", "--intercept", "True", "--layers", "[1, 2]", "-n", "3"]
    assert told["sklearn"] == "1.2.1"
    assert told["tiny"] == 7
    assert told["cwd"] == told["variables"]["SM_MODEL_DIR"].replace("/model", "/code")
    assert told["variables"]["SM_HPS"] == '{"intercept":true,"layers":[1,2],"n":3}'
    assert told["variables"]["SM_HP_LAYERS"] == "[1,2]"
    assert told["variables"]["SM_USER_ENTRY_POINT"] == "train.py"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"train.py": FAILS}, r'ExecuteUserScriptError:\nExitCode 1\nErrorMessage ""\nCommand ".*python train.py"'),
        (
            {"train.py": "", "requirements.txt": "--no-index\nthere-is-no-such-package==1.0"},
            r"InstallRequirementsError:\nExitCode 1\nErrorMessage \"ERROR: Could not find .* there-is-no-such-package==1.0",
        ),
        ({"source/train.py": ""}, "the code has no train.py, it has source; it lies at source/train.py: put"),
    ],
    ids=["script", "requirements", "archive"],
)
def test_a_script_that_fails(
    cloud: RunningCloud, role: str, files: dict[str, str | bytes], said: str, request: Any
) -> None:
    name = f"failed-{request.node.callspec.id}"
    failed = script_jobs.run(cloud, name, role, image=IMAGE, bucket=BUCKET, files=files)
    assert failed["TrainingJobStatus"] == "Failed"
    assert failed["FailureReason"].startswith("AlgorithmError: ")
    assert failed["FailureReason"].endswith(", exit code: 1")

    assert re.search(said, failed["FailureReason"]), failed["FailureReason"]


def test_xgboosts_image_runs_a_script_as_a_module(cloud: RunningCloud, role: str) -> None:
    script = """
import os, sys, numpy, xgboost
from sagemaker_containers.beta.framework import encoders
booster = xgboost.train({}, xgboost.DMatrix(numpy.eye(2), label=[0, 1]), num_boost_round=1)
booster.save_model(os.path.join(os.environ["SM_MODEL_DIR"], "model.json"))
sys.exit(0 if (__package__, sys.argv[1:]) == ("", ["--rounds", "1"]) else "no module")
"""
    trained = script_jobs.run(
        cloud,
        "boosted",
        role,
        image=XGBOOST,
        bucket=BUCKET,
        files={"train.py": script},
        hyperparameters={"rounds": 1},
    )
    assert trained["TrainingJobStatus"] == "Completed", trained.get("FailureReason")
    assert set(script_jobs.artifact(cloud, trained)) == {"model.json"}
    failed = script_jobs.run(cloud, "failed-module", role, image=XGBOOST, bucket=BUCKET, files={"train.py": FAILS})
    assert re.fullmatch(
        r'AlgorithmError: ExecuteUserScriptError:\nCommand "\S+python -m train", exit code: 1', failed["FailureReason"]
    ), failed["FailureReason"]
