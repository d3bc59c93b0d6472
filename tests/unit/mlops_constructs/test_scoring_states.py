"""Versions that answer in batch transform jobs: on which way the jobs run, what they are asked, and what comes of it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from contract.calls.judge_candidate import JudgeCandidate
from tests.unit.mlops_constructs import machine, requests

MACHINE = machine.retraining()
STATES = MACHINE["States"]
RUN = machine.run(MACHINE, "temperature-tomorrow")


def _without(*names: str) -> dict[str, Any]:
    """The variables of a run whose scoring lacks some members."""
    evaluation = json.loads(json.dumps(RUN["evaluation"]))
    for name in names:
        if name == "scoring":
            del evaluation["scoring"]
        else:
            del evaluation["scoring"][name]
    return {**RUN, "evaluation": evaluation}


def test_only_what_cannot_be_loaded_is_asked() -> None:
    assert machine.choose(STATES["Who Scores?"], RUN) == "Score Candidate"
    assert machine.choose(STATES["Who Scores?"], _without("scoring")) == "Evaluate"
    assert machine.choose(STATES["Is There a Champion?"], RUN) == "Score Champion"
    assert machine.choose(STATES["Is There a Champion?"], _without("champion")) == "Evaluate"


@pytest.mark.parametrize(
    ("state", "number", "folder"), [("Score Candidate", 1, "candidate"), ("Score Champion", 2, "champion")]
)
def test_a_job_sends_one_request_a_row_as_a_client_does(state: str, number: int, folder: str) -> None:
    made = requests.request(STATES[state], RUN)
    run_id = RUN["run_id"]
    assert made["TransformJobName"] == f"perennial-temperature-tomorrow-{run_id[2:]}-{number}-0"
    assert made["ModelName"] == f"perennial-temperature-tomorrow-{run_id[2:]}-{number}"
    assert (made["BatchStrategy"], made["TransformInput"]["SplitType"]) == ("SingleRecord", "Line")
    assert made["DataProcessing"] == {"InputFilter": "$[1:]"}
    assert made["TransformOutput"]["S3OutputPath"].endswith(f"/{run_id}/{folder}/")
    assert made["TransformOutput"]["AssembleWith"] == "Line"
    # Whoever asks the endpoint sends and gets the same.
    family = RUN["run"]["family"]
    assert made["TransformInput"]["ContentType"] == family["content_type"]
    assert made["TransformOutput"]["Accept"] == family["accept"]


def test_a_champion_that_cannot_answer_is_not_compared_with_and_the_reason_is_told() -> None:
    champion = STATES["Score Champion"]
    (refused, failed_job, *_) = champion["Catch"]
    assert (failed_job["ErrorEquals"], failed_job["Next"]) == (["States.TaskFailed"], "Champion Is Not Comparable")
    # That name stands for every error but a timeout: a call that was refused, say, is no answer of the champion's.
    assert {error for retry in champion["Retry"] for error in retry["ErrorEquals"]} == set(refused["ErrorEquals"])
    assert refused["Next"] == "Notify Failure"
    # Time that is up is no answer of the champion's.
    assert champion["Catch"][-1]["Next"] == "Notify Failure"
    cause = json.dumps({"TransformJobName": "x", "FailureReason": "AlgorithmError: 9 columns are needed"})
    failed = {**RUN, "failure": {"Error": "States.TaskFailed", "Cause": cause}}
    found = machine.after(MACHINE, "Champion Is Not Comparable", failed)
    names = [item["InputName"] for item in found["evaluation"]["inputs"]]
    assert names == ["code", "request", "test", "candidate"]
    asked = machine.called(MACHINE, "Judge Candidate", found, JudgeCandidate)
    assert asked.champion == ""
    assert asked.not_compared == "the champion could not answer these rows: AlgorithmError: 9 columns are needed"


def test_a_failure_of_the_candidate_fails_the_run() -> None:
    assert [catch["Next"] for catch in STATES["Score Candidate"]["Catch"]] == ["Notify Failure"]


@pytest.mark.parametrize("tuned", [False, True])
def test_only_what_a_job_needs_is_asked_for(tuned: bool) -> None:
    settings = machine.catalogue()["temperature-tomorrow"]
    assert settings.retraining is not None
    retraining = settings.retraining
    plain = requests.request(STATES["Model Training"], RUN)
    assert {"CheckpointConfig", "Environment"} & plain.keys() == set()
    more = replace(
        settings,
        retraining=replace(
            retraining,
            training=replace(retraining.training, checkpoints=True),
            algorithm=replace(
                retraining.algorithm,
                environment={"LEVEL": "3"},
                inputs={"code": "s3://assets/a.tar.gz"},
                metric_definitions={"validation:auc": "auc=([0-9.]+)"},
            ),
        ),
    )
    found = machine.run(MACHINE, "temperature-tomorrow", settings=more)
    made = (
        machine.evaluate(STATES["Select Parent Tuning Jobs"]["Arguments"]["Payload"]["training"], found)
        if tuned
        else requests.request(STATES["Model Training"], found)
    )
    folder = f"s3://artifacts/checkpoints/temperature-tomorrow/{found['run_id']}/"
    assert made["CheckpointConfig"] == {"S3Uri": folder}
    assert made["Environment"] == {"LEVEL": "3"}
    assert [channel["ChannelName"] for channel in made["InputDataConfig"]] == ["train", "validation", "code"]
    definitions = made["AlgorithmSpecification"]["MetricDefinitions"]
    assert definitions == [{"Name": "validation:auc", "Regex": "auc=([0-9.]+)"}]
