"""Whether there are new files to answer, and the job that answers them."""

from dataclasses import replace
from typing import Any

import pytest

from contract import run_names
from contract.calls.plan_transform import PlanTransform
from retraining.errors import InvalidInputError, NotConfiguredError
from retraining.logic import transform
from tests.unit.mlops_constructs import answering, machine
from tests.unit.mlops_constructs.answering import ANSWERING, VERSION

RUN_ID = "20260301123456-abcdef"
ASKED = PlanTransform(model="m", run_id=RUN_ID, role="arn:aws:iam::111111111111:role/sagemaker", input={"model": "m"})
FILES = [("transforms/arrivals/new/a.csv", '"1"', 10), ("transforms/arrivals/new/b.csv", '"2"', 20)]


def _digest(files: list[tuple[str, str, int]] = FILES, *, version: str = VERSION.arn, **settings: Any) -> str | None:
    return transform.digest(
        files, settings=replace(ANSWERING, **settings), version=replace(VERSION, arn=version)
    )  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        _digest(FILES[:1]),
        _digest([FILES[0], (FILES[1][0], '"3"', 20)]),
        _digest(version="arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-m/4"),
        _digest(joins=False),
        _digest(output="elsewhere"),
    ],
    ids=["fewer files", "another content", "another version", "another result", "another folder"],
)
def test_what_gives_other_results_is_new(other: str | None) -> None:
    assert other is not None
    assert other != _digest()


def test_when_and_where_it_runs_gives_no_other_results() -> None:
    assert _digest(enabled=False, instance_type="ml.c5.xlarge", instance_count=9, timeout_seconds=1) == _digest()


def test_empty_files_and_folders_of_the_console_have_nothing_to_ask() -> None:
    assert _digest([]) is None
    assert _digest([("transforms/arrivals/new/", '"0"', 0)]) is None


def test_the_job_is_the_one_that_the_configuration_describes() -> None:
    plan = answering.plan(ASKED)
    assert plan.sagemaker_model == f"perennial-m-transform-{RUN_ID}"
    assert (plan.source, plan.target) == (
        "s3://artifacts/transforms/arrivals/new/",
        "s3://artifacts/transforms/arrivals/answers",
    )
    assert plan.job == {
        "ModelName": plan.sagemaker_model,
        "BatchStrategy": "MultiRecord",
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": plan.source}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {
            "S3OutputPath": plan.target,
            "Accept": "text/csv",
            "AssembleWith": "Line",
            "KmsKeyId": machine.KEY,
        },
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeKmsKeyId": machine.KEY},
        "DataProcessing": {"InputFilter": "$[1:]", "OutputFilter": "$[0,-1]", "JoinSource": "Input"},
    }


def _model(asked: PlanTransform, containers: Any = answering.SPECIFICATION["Containers"]) -> dict[str, Any]:
    specification = {**answering.SPECIFICATION, "Containers": containers}
    return transform.model(asked, answering.plan(asked), app="perennial", specification=specification)


def test_the_registered_version_itself_answers() -> None:
    network = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    made = _model(replace(ASKED, network=network))
    assert made["PrimaryContainer"] == {"Image": machine.IMAGE, "ModelDataUrl": VERSION.model_data_url}
    assert made["VpcConfig"] == network
    assert {tag["Key"]: tag["Value"] for tag in made["Tags"]} == {"perennial:app": "perennial", "perennial:model": "m"}
    assert "VpcConfig" not in _model(ASKED)
    environment = {"Environment": {"A": "1"}}
    (first,) = answering.SPECIFICATION["Containers"]
    assert _model(ASKED, [{**first, **environment}])["PrimaryContainer"] == {**made["PrimaryContainer"], **environment}
    assert _model(ASKED, [first, first])["Containers"] == [made["PrimaryContainer"]] * 2


def test_only_what_earlier_runs_of_the_model_left_is_removed() -> None:
    earlier = run_names.transform("perennial", model="m", run_id="20260228000000-012345")
    names = [
        earlier,
        run_names.transform("perennial", model="m", run_id=RUN_ID),
        run_names.transform("perennial", model="m-2", run_id=RUN_ID),
        # Of `perennial transform`, which somebody may be watching.
        "perennial-m-transform-20260228000000-0123",
    ]
    assert transform.left_over(names, asked=ASKED, app="perennial") == [earlier]


def test_names_of_models_that_begin_alike_differ_and_leave_room_for_the_retries() -> None:
    names = {run_names.transform("a" * 12, model="m" * 23 + end, run_id=RUN_ID) for end in "12"}
    assert len(names) == 2
    assert {len(name) for name in names} == {63 - len("-zzz")}


@pytest.mark.parametrize(("given", "forced"), [({}, False), ({"force": False}, False), ({"force": True}, True)])
def test_somebody_may_want_the_same_files_answered_again(given: dict[str, Any], forced: bool) -> None:
    assert transform.is_forced(replace(ASKED, input={"model": "m", **given})) is forced


@pytest.mark.parametrize("given", [{"force": "yes"}, {"forced": True}, {"test_run": True}])
def test_an_input_that_means_nothing_here_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        transform.is_forced(replace(ASKED, input={"model": "m", **given}))


def test_a_model_without_files_says_what_to_do() -> None:
    with pytest.raises(NotConfiguredError, match="m has no batch_transform in its configuration; add it and deploy"):
        transform.settings_of("m", None)
