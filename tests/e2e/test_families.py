"""A model of each other family goes the whole way: trained, asked by a batch transform job, judged, served and proven.

Only a config entry and a script stand behind each: examples/families. The images of scikit-learn and Hugging Face have
to be installed (`make test-images`); whatever is not is told by the run that needs it.
"""

import importlib.util
import json
import types
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local_cloud import api
from local_cloud.api import Settings
from tests.conftest import ROOT
from tests.faults import deployed
from tests.faults.observation import Account, Run

EXAMPLES = ROOT / "examples" / "families"
STACK, FIRST = "PerennialSandbox", "perennial-sandbox"
BASE = "base-models/tiny/"
# The transformer loses its spot instance once, after the first of its three epochs.
INTERRUPTED = "reviews"
TUNED = "salary"


def _module(name: str) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DATA, TINY = _module("data"), _module("tiny_transformer")


@dataclass(frozen=True, kw_only=True)
class Place:
    """An account with a model of each family.

    Args:
        account: the account.
        runs: of each model, to their ends.
        logs: folder of the local cloud's logs.
    """

    account: Account
    runs: dict[str, Run]
    logs: Path

    def read(self, uri: str) -> Any:
        """A JSON object of S3."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return json.loads(self.account.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())

    def ask(self, endpoint: str, body: str, *, content_type: str, **target: str) -> Any:
        """What an endpoint says."""
        answer = self.account.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=f"{FIRST}-{endpoint}", ContentType=content_type, Accept="application/json", Body=body, **target
        )
        return json.loads(answer["Body"].read())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("families")
    _synthesise(folder / "assembly")
    with api.start(Settings(state_dir=folder / "state", port=0)) as cloud:
        outputs = deployed.deploy(cloud, folder / "assembly", STACK, deployed.SANDBOX)
        account = Account(cloud, deployed.SANDBOX, outputs)
        account.prepare()
        _upload(account, folder)
        fault = {"kind": "spot_interruption", "job": "training", "name": f".*{INTERRUPTED}.*", "times": 1}
        cloud.control("faults", {"add": {**fault, "account_id": deployed.SANDBOX, "line": "epoch 1 of 3: .*"}})
        with ThreadPoolExecutor() as pool:
            runs = dict(zip(DATA.ALL, pool.map(lambda model: _run(account, model), DATA.ALL), strict=True))
        yield Place(account=account, runs=runs, logs=folder / "state" / "logs")


def _synthesise(folder: Path) -> None:
    import aws_cdk as cdk

    import app as perennial_app
    from config.loader import load

    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    application = cdk.App(outdir=str(folder), context=context)
    perennial_app.build(application, load(EXAMPLES), commit="0" * 40)
    application.synth()


def _upload(account: Account, folder: Path) -> None:
    client, bucket = account.client("s3"), account.outputs["ArtifactBucketName"]
    files = {name: make(folder / name) for name, make in DATA.ALL.items()}
    for name, file in files.items():
        client.upload_file(str(file), bucket, f"raw/{name}/{file.name}")
    TINY.make(folder / "tiny", files[INTERRUPTED])
    for file in (folder / "tiny").iterdir():
        client.upload_file(str(file), bucket, f"{BASE}{file.name}")


def _run(account: Account, model: str, **payload: Any) -> Run:
    """A run, and the deployment that it starts, to their ends."""
    name = f"{model}-{len(payload)}"
    run = account.wait(account.start("RetrainingStateMachineArn", {"model": model, **payload}, name=name))
    assert run.status == "SUCCEEDED", (model, run.cause)
    machine = account.outputs["DeploymentStateMachineArn"]
    for execution in account.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]:
        # It is named after the model.
        if execution["name"].startswith(f"{model}-"):
            deployment = account.wait(execution["executionArn"])
            assert deployment.status == "SUCCEEDED", (model, deployment.cause)
    return run


@pytest.mark.parametrize("model", sorted(DATA.ALL))
def test_what_will_serve_was_asked_and_passed_its_gate(place: Place, model: str) -> None:
    run = place.runs[model]
    assert run.output["outcome"] == "registered"
    assert run.states.index("Score Candidate") < run.states.index("Evaluate")
    found = place.read(str(run.output["evaluation"]))
    report = place.read(str(run.output["report"]))
    assert found["rows"] == report["rows"]["test"]
    assert found["golden"]["request"] == report["golden_request"]


def test_a_line_is_learnt_to_within_two_percent_of_its_slope(place: Place) -> None:
    def salary(years: int) -> float:
        answer = place.ask("linear-learner", str(years), content_type="text/csv", TargetModel="salary.tar.gz")
        return float(answer["predictions"][0]["score"])

    slope = (salary(15) - salary(5)) / 10
    assert slope == pytest.approx(DATA.SLOPE, rel=0.02)


def test_raw_columns_are_asked_as_people_have_them(place: Place) -> None:
    answer = place.ask(
        "passengers",
        '1,female,,90.5,"Queenstown, ""Cobh"""',
        content_type="text/csv",
    )
    assert answer["survives"] == 1
    assert 0.5 < answer["probability"] <= 1
    # By the rule a man of fifty in the third class is lost nine times in ten.
    lost = place.ask("passengers", "3,male,50,,", content_type="text/csv")
    assert lost["survives"] == 0


def test_a_text_is_judged_at_an_endpoint_of_its_own(place: Place) -> None:
    for text, label in (("what a delightful book", "positive"), ("the phone was broken", "negative")):
        (answer,) = place.ask("reviews", json.dumps({"inputs": text}), content_type="application/json")
        assert answer["label"] == label


def test_an_interrupted_training_goes_on_after_its_last_epoch(place: Place) -> None:
    (log,) = place.logs.glob(f"training-*{INTERRUPTED}*.log")
    epochs = [line for line in log.read_text(encoding="utf-8").splitlines() if line.startswith(("epoch", "going on"))]
    assert epochs[0].startswith("epoch 1 of 3: ")
    (again,) = [number for number, line in enumerate(epochs) if line.startswith("going on after epoch ")]
    done = int(epochs[again].split()[4])
    assert 1 <= done <= 3
    assert [line.split(":")[0] for line in epochs[again + 1 :]] == [f"epoch {n} of 3" for n in range(done + 1, 4)]
    jobs = place.account.client("sagemaker").list_training_jobs(NameContains=INTERRUPTED)["TrainingJobSummaries"]
    job = place.account.client("sagemaker").describe_training_job(TrainingJobName=jobs[0]["TrainingJobName"])
    assert "Interrupted" in {item["Status"] for item in job["SecondaryStatusTransitions"]}
    folder = f"s3://{place.account.outputs['ArtifactBucketName']}/checkpoints/{INTERRUPTED}/"
    assert job["CheckpointConfig"]["S3Uri"].startswith(folder)


def test_the_next_version_is_compared_with_the_approved_one_and_tuned_from_what_was_learnt(place: Place) -> None:
    client = place.account.client("sagemaker")
    (first,) = place.account.versions(TUNED)
    client.update_model_package(ModelPackageArn=first["ModelPackageArn"], ModelApprovalStatus="Approved")
    run = _run(place.account, TUNED, force=True)
    assert "Score Champion" in run.states
    found = place.read(str(run.output["evaluation"]))
    assert found["champion"]["metrics"]["rmse"] == pytest.approx(place.runs[TUNED].output["value"])
    job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=str(run.output["tuning_job"]))
    parents = job["WarmStartConfig"]["ParentHyperParameterTuningJobs"]
    assert [item["HyperParameterTuningJobName"] for item in parents] == [place.runs[TUNED].output["tuning_job"]]
    # What earlier runs were asked with is gone.
    names = [item["ModelName"] for item in client.list_models(NameContains=f"perennial-{TUNED}-2")["Models"]]
    assert [name.rpartition("-")[2] for name in sorted(names)] == ["1", "2"]
