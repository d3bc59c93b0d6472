"""What a batch transform job asks, and what it needs for that."""

import json
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from contract import run_names
from contract.calls.prepare_evaluation import EtlReport, PrepareEvaluation, Scored, Scoring
from contract.catalogue import Answers, Gate
from contract.family import BEFORE
from evaluation_job import request as requests
from retraining.logic import evaluation, scoring

RUN_ID = "20260301123456-0123ab"
FOLDER = f"s3://b/evaluations/m/{RUN_ID}/"
ASKED = PrepareEvaluation(
    model="m",
    run_id=RUN_ID,
    group="perennial-m",
    problem_type="regression",
    gate=Gate(metric="rmse", threshold=9000, tolerance=0, greater_is_better=False),
    script="s3://assets/evaluation.zip",
    request=f"{FOLDER}request.json",
    model_data_url="s3://b/models/m/j/output/model.tar.gz",
    test=f"s3://b/runs/m/{RUN_ID}/test/part",
    report=EtlReport(fingerprint="f", features=("a", "b"), golden_request="1,x"),
    family=replace(BEFORE, name="linear-learner", accept="application/json", image="registry/linear-learner:1"),
    scoring="transform",
    answers=Answers(held_out="text/csv", pointers={"score": "/predictions/0/score"}),
    app="perennial",
    role="arn:aws:iam::111111111111:role/sagemaker",
)


def test_both_versions_have_a_model_and_a_folder_of_their_own() -> None:
    plan = scoring.plan(ASKED, held_out="text/csv", with_champion=True)
    assert plan == Scoring(
        manifest=f"{FOLDER}scoring.manifest",
        input_filter="$[1:]",
        candidate=Scored(model="perennial-m-260301123456-0123ab-1", output=f"{FOLDER}candidate/"),
        champion=Scored(model="perennial-m-260301123456-0123ab-2", output=f"{FOLDER}champion/"),
    )
    assert scoring.plan(ASKED, held_out="text/csv", with_champion=False).champion is None


def test_no_deployment_has_names_like_these() -> None:
    name = run_names.scoring("perennial", model="sandbox", run_id=RUN_ID, number=1)
    assert run_names.is_of_scoring(name, app="perennial", model="sandbox")
    assert not run_names.is_of_a_deployment(name, endpoint_name="perennial-sandbox")


def test_the_longest_name_has_room_for_its_tries() -> None:
    # 63 characters: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
    name = run_names.scoring("a" * 12, model="m" * 24, run_id=RUN_ID, number=2)
    assert len(f"{name}-zzz") <= 63


@pytest.mark.parametrize(
    ("held_out", "request_", "name", "line", "filter_"),
    [
        ("text/csv", '1,"a, b"', "golden-request.csv", '0,1,"a, b"\n', "$[1:]"),
        (
            "application/jsonlines",
            '{"inputs": "I like \\"it\\""}',
            "golden-request.jsonl",
            '{"label": "", "request": {"inputs": "I like \\"it\\""}}\n',
            "$.request",
        ),
    ],
)
def test_the_golden_request_is_one_more_row(held_out: Any, request_: str, name: str, line: str, filter_: str) -> None:
    asked = replace(ASKED, report=replace(ASKED.report, golden_request=request_))
    assert scoring.golden(asked, held_out=held_out) == (f"{FOLDER}{name}", line)
    assert scoring.plan(asked, held_out=held_out, with_champion=False).input_filter == filter_


def test_only_models_that_earlier_runs_of_this_model_left_go() -> None:
    names = [
        "perennial-m-260301123456-0123ab-1",
        "perennial-m-260228000000-ffffff-1",
        "perennial-m-260228000000-ffffff-2",
        "perennial-m-2-260228000000-ffffff-1",
        "perennial-m-20260228000000-ffffff",
        "other",
    ]
    assert scoring.left_over(names, asked=ASKED) == names[1:3]


@pytest.mark.parametrize("network", [{}, {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}])
@pytest.mark.parametrize("environment", [{}, {"HF_TASK": "text-classification"}])
def test_the_service_takes_the_model(network: dict[str, Any], environment: dict[str, str]) -> None:
    asked = replace(ASKED, network=network, family=replace(ASKED.family, environment=environment))
    made = scoring.model(asked, Scored(model="x-1", output="s3://b/o/"), model_data_url=asked.model_data_url)
    service = botocore.session.get_session().get_service_model("sagemaker")
    shape: Any = service.operation_model("CreateModel").input_shape
    report = ParamValidator().validate(made, shape)
    assert not report.has_errors(), report.generate_report()
    assert ("VpcConfig" in made) == bool(network)
    assert made["PrimaryContainer"].get("Environment", {}) == environment


def test_the_evaluation_reads_answers_in_place_of_models() -> None:
    plan = scoring.plan(ASKED, held_out="text/csv", with_champion=False)
    prepared = evaluation.prepared(ASKED, champion=None, scoring=plan)
    found = {item["InputName"]: item["S3Input"]["S3Uri"] for item in prepared.inputs}
    assert found["candidate"] == f"{FOLDER}candidate/"
    assert "champion" not in found
    parsed = requests.parse(json.dumps(evaluation.request(ASKED)))
    assert parsed.artifact is None
    assert parsed.answers is not None
    assert (parsed.answers.score, parsed.answers.label, parsed.answers.accept) == (
        "/predictions/0/score",
        None,
        "application/json",
    )


def test_it_loads_models_itself_where_it_did() -> None:
    parsed = requests.parse(json.dumps(evaluation.request(replace(ASKED, scoring="script"))))
    assert parsed.answers is None
    assert parsed.artifact is not None
    assert parsed.artifact.file == "xgboost-model"
