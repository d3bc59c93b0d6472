"""What only the retraining state machine does."""

from typing import Any

import pytest

from contract.calls.look_at_inputs import LookAtInputs
from tests.unit.mlops_constructs import machine
from tests.unit.mlops_constructs.machine import GATE

MACHINE = machine.retraining()
STATES = MACHINE["States"]


def _input(**values: Any) -> dict[str, Any]:
    return machine.identify(MACHINE, values)


@pytest.mark.parametrize("name", ["flight-delay", "rain-tomorrow", "no such model", ""])
def test_the_model_comes_from_the_input(name: str) -> None:
    assert _input(model=name)["model"] == name


@pytest.mark.parametrize(("given", "text"), [({}, ""), ({"model": 7}, "7"), ({"model": None}, "null")])
def test_what_is_no_name_still_reaches_the_message(given: dict[str, Any], text: str) -> None:
    assert _input(**given)["model"] == text


@pytest.mark.parametrize("switch", ["force", "test_run"])
@pytest.mark.parametrize(("value", "meant"), [(True, True), (False, False), ("true", False), (1, False), (None, False)])
def test_switches_are_on_only_when_they_are_true(switch: str, value: object, meant: bool) -> None:
    assert _input(model="m", **{switch: value})[switch] is meant
    assert _input(model="m")[switch] is False


def test_an_unknown_model_fails_before_anything_is_taken() -> None:
    assert STATES["Identify Run"]["Next"] == "Load Configuration"
    assert STATES["Load Configuration"]["Next"] == "Take Lease"
    assert STATES["Load Configuration"]["Catch"][-1]["Next"] == "Notify Failure"


def test_a_run_that_finds_another_one_succeeds_without_touching_its_lease() -> None:
    catcher = STATES["Take Lease"]["Catch"][0]
    assert catcher == {"ErrorEquals": ["DynamoDB.ConditionalCheckFailedException"], "Next": "Who Has the Lease?"}
    assert STATES["Already Running"]["Type"] == "Succeed"


@pytest.mark.parametrize(("kind", "following"), [("warehouse", "Extract from Warehouse"), ("s3", "Raw Files")])
def test_rows_of_a_warehouse_are_extracted_first(kind: str, following: str) -> None:
    found = {"run": {"settings": {"source": {"type": kind}}}}
    assert machine.choose(STATES["Where Is the Data?"], found) == following
    assert STATES[following]["Next"] == "Extract, Transform, Load"


def test_the_window_of_an_extract_ends_at_the_start_of_the_run() -> None:
    found = machine.run(MACHINE)
    arguments = machine.evaluate(STATES["Extract from Warehouse"]["Arguments"], found)["Arguments"]
    # Thirty days before 1 March 2026.
    assert (arguments["--date_from"], arguments["--date_to"]) == ("2026-01-30", "2026-03-01")
    assert (
        arguments["--destination"] == found["source_uri"] == f"s3://artifacts/extracts/flight-delay/{found['run_id']}/"
    )


@pytest.mark.parametrize("model", ["rain-tomorrow", "temperature-tomorrow", "air-time"])
def test_the_etl_runs_the_models_own_script_with_its_arguments(model: str) -> None:
    found = machine.run(MACHINE, model)
    settings = machine.catalogue()[model].retraining
    assert settings is not None
    request = machine.evaluate(STATES["Extract, Transform, Load"]["Arguments"], found)
    assert request["JobName"] == "perennial-etl"
    assert request["Arguments"] == {
        **settings.etl.arguments,
        "--scriptLocation": settings.etl.script,
        "--extra-py-files": settings.etl.library,
        "--source": found["source_uri"],
        "--destination": f"s3://artifacts/runs/{model}/{found['run_id']}/",
    }
    assert request["Timeout"] == settings.etl.timeout_minutes


@pytest.mark.parametrize("state", ["Model Training", "Hyperparameter Tuning"])
def test_channels_hold_data_files_only(state: str) -> None:
    # As in AWS's own example of Glue and XGBoost, "Feature processing with Spark, training with XGBoost":
    # https://github.com/aws/amazon-sagemaker-examples; a marker of Spark beside the data is not below such a prefix.
    found = machine.run(MACHINE)
    arguments = machine.evaluate(STATES[state]["Arguments"], found)
    definition = arguments.get("TrainingJobDefinition", arguments)
    uris = {
        channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"]
        for channel in definition["InputDataConfig"]
    }
    run = f"s3://artifacts/runs/flight-delay/{found['run_id']}/"
    assert uris == {"train": f"{run}train/part", "validation": f"{run}validation/part"}


def test_the_evaluation_gets_the_data_files_of_the_test_part_only() -> None:
    found = machine.run(MACHINE)
    payload = machine.evaluate(STATES["Find Champion"]["Arguments"], found)["Payload"]
    assert payload["test"] == f"s3://artifacts/runs/flight-delay/{found['run_id']}/test/part"


@pytest.mark.parametrize(
    ("force", "test_run", "last", "following"),
    [
        (False, False, "", "Describe Training"),
        (False, False, "e" * 64, "Describe Training"),
        (False, False, "f" * 64, "Release Lease, Nothing New"),
        (True, False, "f" * 64, "Describe Training"),
        (False, True, "f" * 64, "Describe Training"),
    ],
)
def test_only_new_data_is_trained_on_unless_asked(force: bool, test_run: bool, last: str, following: str) -> None:
    found = {
        "force": force,
        "test_run": test_run,
        "inputs": {"last_fingerprint": last},
        "report": {"fingerprint": "f" * 64},
    }
    assert machine.choose(STATES["Data changed?"], found) == following


def test_inputs_are_looked_at_once_the_lease_is_ours_and_before_any_job() -> None:
    takers = [STATES["Take Lease"]["Next"], STATES["Take Over Lease"]["Next"]]
    assert takers == ["Look at Inputs", "Look at Inputs"]
    found = machine.identify(MACHINE, {"model": "m", "force": True})
    settings = machine.catalogue()["flight-delay"]
    found = machine.configure(MACHINE, found, settings)
    asked = machine.called(MACHINE, "Look at Inputs", found, LookAtInputs)
    assert settings.retraining is not None
    assert asked == LookAtInputs(
        model="m",
        run_id=found["run_id"],
        group="perennial-m",
        source="s3",
        raw="s3://artifacts/raw/m/",
        report=f"s3://artifacts/runs/m/{found['run_id']}/report.json",
        etl=settings.retraining.etl,
        force=True,
        endpoint="perennial-sandbox",
    )
    # The ETL reads what was listed, and writes its report where the next look expects it.
    assert machine.after(MACHINE, "Raw Files", found)["source_uri"] == "s3://artifacts/raw/m/"
    read = machine.evaluate(STATES["Read Report"]["Arguments"], found)
    assert f"s3://{read['Bucket']}/{read['Key']}" == asked.report


@pytest.mark.parametrize(
    ("changed", "following"), [(True, "Where Is the Data?"), (False, "Release Lease, Nothing New")]
)
def test_nothing_new_ends_the_run_before_any_job(changed: bool, following: str) -> None:
    answer = {"Payload": {"changed": changed, "last_fingerprint": "f" * 64}}
    found = machine.after(MACHINE, "Look at Inputs", {"model": "m"}, answer)
    assert STATES["Look at Inputs"]["Next"] == "Anything New?"
    assert machine.choose(STATES["Anything New?"], found) == following
    # No report was written on this way.
    assert machine.evaluate(STATES["Nothing New"]["Output"], found) == {
        "outcome": "nothing new",
        "model": "m",
        "fingerprint": "f" * 64,
    }


@pytest.mark.parametrize(
    ("tuning", "following"),
    [
        (None, "Model Training"),
        ({"enabled": False}, "Model Training"),
        ({"enabled": True}, "Select Parent Tuning Jobs"),
    ],
)
def test_a_model_is_tuned_only_if_configured(tuning: object, following: str) -> None:
    settings = {"tuning": tuning} if tuning else {}
    assert machine.choose(STATES["Tune?"], {"run": {"settings": settings}}) == following


def test_a_tuning_job_has_the_planned_request_and_a_name_of_at_most_32_characters() -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateHyperParameterTuningJob.html
    found = machine.run(MACHINE, retry_count=3, redrive_count=99)
    request = machine.evaluate(STATES["Hyperparameter Tuning"]["Arguments"], found)
    assert len(request["HyperParameterTuningJobName"]) <= 32
    assert {key: request[key] for key in found["tuning"]["request"]} == found["tuning"]["request"]
    # What the grants are narrowed to.
    assert request["HyperParameterTuningJobName"].startswith("t-")


def test_two_models_and_two_executions_never_share_a_tuning_job() -> None:
    names = set()
    for model in ("flight-delay", "air-time"):
        settings = machine.catalogue()["flight-delay"]
        found = machine.run(MACHINE, model, settings=settings)
        for execution in ("a", "b"):
            found["states"]["context"]["Execution"]["Id"] = f"arn:{model}:{execution}"
            found = {**found, **machine.configure(MACHINE, found, settings)}
            names.add(
                machine.evaluate(STATES["Hyperparameter Tuning"]["Arguments"], found)["HyperParameterTuningJobName"]
            )
    assert len(names) == 4


def test_a_test_run_is_marked_in_what_becomes_the_history() -> None:
    found = machine.identify(MACHINE, {"model": "flight-delay", "test_run": True})
    states = {"result": {"HyperParameterTuningJobName": "t-1"}}
    full = {**machine.run(MACHINE), "test_run": found["test_run"], "states": states}
    assert machine.evaluate(STATES["Hyperparameter Tuning"]["Assign"], full)["job"]["test_run"] is True


def test_the_gate_is_named_after_the_configuration() -> None:
    assert STATES["Judge Candidate"]["Next"] == GATE
    other = machine.retraining(gate_title="AUC > 0.8")["States"]
    assert GATE not in other
    assert other["Judge Candidate"]["Next"] == "AUC > 0.8"


@pytest.mark.parametrize(("passed", "following"), [(True, "Test Run?"), (False, "Explain Gate")])
def test_only_what_passes_goes_on(passed: bool, following: str) -> None:
    assert machine.choose(STATES[GATE], {"verdict": {"passed": passed}}) == following


@pytest.mark.parametrize(("test_run", "following"), [(True, "Release Lease, Test Run"), (False, "Save Model")])
def test_a_test_run_registers_nothing(test_run: bool, following: str) -> None:
    assert machine.choose(STATES["Test Run?"], {"test_run": test_run}) == following
    assert STATES["Release Lease, Test Run"]["Next"] == "Test Run Done"


def test_a_model_that_fails_the_gate_ends_under_its_own_name() -> None:
    found = {"training": {"training_job": "j"}, "verdict": {"reason": "auc is 0.5, it must be greater than 0.85"}}
    failure = machine.evaluate(STATES["Explain Gate"]["Assign"]["failure"], found)
    assert failure["Cause"] == "j: auc is 0.5, it must be greater than 0.85"
    assert machine.choose(STATES["Gate Failed?"], {"failure": failure}) == "Model Accuracy Too Low"
    assert machine.choose(STATES["Gate Failed?"], {"failure": {"Error": "other"}}) == "Retraining Failed"


@pytest.mark.parametrize(("deploy", "following"), [(True, "Start Deployment"), (False, "Release Lease")])
def test_what_needs_an_approval_is_not_deployed_yet(deploy: bool, following: str) -> None:
    assert machine.choose(STATES["Approved?"], {"registered": {"deploy": deploy}}) == following


def test_a_success_is_recorded_before_the_lease_is_given_back() -> None:
    assert STATES["Save Model"]["Next"] == "Record Success"
    assert STATES["Record Success"]["Next"] == "Approved?"


@pytest.mark.parametrize("model", ["x" * 300, "\u00fc\n", "a'b\"c", ""])
def test_subject_of_the_notification_is_what_sns_takes(model: str) -> None:
    # At most 100 ASCII characters: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    built = machine.retraining(app=machine.LONGEST_APP)
    subject = machine.evaluate(built["States"]["Notify Failure"]["Arguments"]["Subject"], {"model": model})
    assert 0 < len(subject) <= 100
    assert subject.isascii()
    assert subject.isprintable()


def test_a_deployment_that_was_started_already_is_no_failure() -> None:
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    assert STATES["Start Deployment"]["Catch"][0] == {
        "ErrorEquals": ["Sfn.ExecutionAlreadyExistsException"],
        "Next": "Release Lease",
    }
