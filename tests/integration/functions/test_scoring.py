"""What *Find Champion* makes for the batch transform jobs of a run, and what it removes of earlier ones."""

import json
from dataclasses import replace
from typing import Any

import pytest

from contract.calls.prepare_evaluation import EtlReport, PreparedEvaluation, PrepareEvaluation
from contract.catalogue import Answers, Gate
from contract.family import BEFORE
from local_cloud.testing.roles import ACCOUNT, make_role
from retraining.handlers import prepare_evaluation
from retraining.logic import registration
from tests.integration.functions.conftest import IMAGE, Workspace

RUN, EARLIER = "20260301123456-0123ab", "20260228000000-ffffff"


@pytest.fixture(autouse=True)
def _role(workspace: Workspace) -> None:
    """What the models are made with may read their artifacts."""
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{workspace.bucket}/*"}
    make_role(workspace.cloud, f"scoring-{workspace.app}", [allowed], trust={"Service": "sagemaker.amazonaws.com"})


def _prepare(workspace: Workspace, *, run_id: str = RUN, algorithm: str = "linear-learner") -> PreparedEvaluation:
    family = replace(BEFORE, name=algorithm, title="t", accept="application/json", image=IMAGE)
    asked = PrepareEvaluation(
        model="m",
        run_id=run_id,
        group=f"{workspace.app}-m",
        problem_type="regression",
        gate=Gate(metric="rmse", threshold=9, tolerance=0, greater_is_better=False),
        script="s3://assets/evaluation.zip",
        request=f"s3://{workspace.bucket}/evaluations/m/{run_id}/request.json",
        model_data_url=workspace.put("models/m/j/output/model.tar.gz", b"model"),
        test=f"s3://{workspace.bucket}/runs/m/{run_id}/test/part",
        report=EtlReport(fingerprint="f", features=("a", "b"), golden_request="1,x"),
        algorithm=algorithm,
        family=family,
        scoring="transform",
        answers=Answers(held_out="text/csv", pointers={"score": "/predictions/0/score"}),
        app=workspace.app,
        role=f"arn:aws:iam::{ACCOUNT}:role/scoring-{workspace.app}",
    )
    return PreparedEvaluation.from_json(prepare_evaluation.lambda_handler(asked.to_json(), None))


def _read(workspace: Workspace, key: str) -> bytes:
    return bytes(workspace.client("s3").get_object(Bucket=workspace.bucket, Key=key)["Body"].read())


def _models(workspace: Workspace) -> list[str]:
    found = workspace.client("sagemaker").list_models(NameContains=f"{workspace.app}-m-")["Models"]
    return sorted(item["ModelName"] for item in found)


def test_a_job_reads_the_held_out_rows_and_the_golden_request(workspace: Workspace) -> None:
    for name, content in (("part-0.csv", b"1,2,y\n"), ("part-1.csv", b""), ("_SUCCESS", b"")):
        workspace.put(f"runs/m/{RUN}/test/{name}", content)
    scoring = _prepare(workspace).scoring
    assert scoring is not None
    folder = f"evaluations/m/{RUN}"
    assert scoring.manifest == f"s3://{workspace.bucket}/{folder}/scoring.manifest"
    assert json.loads(_read(workspace, f"{folder}/scoring.manifest")) == [
        {"prefix": f"s3://{workspace.bucket}/"},
        f"runs/m/{RUN}/test/part-0.csv",
        f"{folder}/golden-request.csv",
    ]
    assert _read(workspace, f"{folder}/golden-request.csv") == b"0,1,x\n"
    assert json.loads(_read(workspace, f"{folder}/request.json"))["answers"]["score"] == "/predictions/0/score"


def test_at_most_the_models_of_the_last_run_stay(workspace: Workspace) -> None:
    for run_id in (EARLIER, RUN):
        workspace.put(f"runs/m/{run_id}/test/part-0.csv", b"1,2,y\n")
        _prepare(workspace, run_id=run_id)
    # A call that is repeated finds its own.
    _prepare(workspace)
    assert _models(workspace) == [f"{workspace.app}-m-{RUN[2:]}-1"]
    client = workspace.client("sagemaker")
    made = client.describe_model(ModelName=f"{workspace.app}-m-{RUN[2:]}-1")
    assert made["PrimaryContainer"]["Image"] == IMAGE
    tags = {item["Key"]: item["Value"] for item in client.list_tags(ResourceArn=made["ModelArn"])["Tags"]}
    assert tags == {"perennial:app": workspace.app, "perennial:model": "m"}


def _approve(workspace: Workspace, *, algorithm: str) -> str:
    client, group = workspace.client("sagemaker"), f"{workspace.app}-m"
    client.create_model_package_group(ModelPackageGroupName=group)
    request: dict[str, Any] = registration.request(
        group=group,
        run_id="1",
        approved=True,
        image=IMAGE,
        environment={},
        content_type="text/csv",
        accept="application/json",
        model_data_url=workspace.put("models/m/champion/output/model.tar.gz", b"champion"),
        evaluation=f"s3://{workspace.bucket}/evaluations/m/1/evaluation.json",
        description="by hand",
        metadata={"algorithm": algorithm},
    )
    return str(client.create_model_package(**request)["ModelPackageArn"])


@pytest.mark.parametrize("algorithm", ["linear-learner", "scikit-learn-1-2-1"])
def test_a_champion_of_the_same_kind_answers_too(workspace: Workspace, algorithm: str) -> None:
    workspace.put(f"runs/m/{RUN}/test/part-0.csv", b"1,2,y\n")
    arn = _approve(workspace, algorithm="linear-learner")
    prepared = _prepare(workspace, algorithm=algorithm)
    assert prepared.scoring is not None
    same = algorithm == "linear-learner"
    assert prepared.champion == (arn if same else "")
    assert (prepared.scoring.champion is not None) == same
    assert len(_models(workspace)) == (2 if same else 1)
    inputs = {item["InputName"]: item["S3Input"]["S3Uri"] for item in prepared.inputs}
    assert ("champion" in inputs) == same
