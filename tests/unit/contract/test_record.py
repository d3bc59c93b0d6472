"""Records read what they wrote, and name whatever else they are given."""

import json
from typing import Any

import pytest

from contract.calls.query_training_results import QueryTrainingResults, TrainingJob
from contract.calls.record_deployment import RecordDeployment, Removed
from contract.calls.save_model import Saved
from contract.catalogue import Cron, Model, Rate, Source
from contract.family import BEFORE
from contract.record import InvalidRecordError

SAVED: dict[str, Any] = {"model_package_arn": "arn", "version": 3, "approval_status": "Approved", "deploy": True}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"version": None}, "Saved.version must be a whole number, got None"),
        ({"version": "3"}, "Saved.version must be a whole number, got '3'"),
        ({"version": True}, "Saved.version must be a whole number, got True"),
        ({"version": 3.5}, "Saved.version must be a whole number, got 3.5"),
        ({"deploy": "true"}, "Saved.deploy must be true or false, got 'true'"),
        ({"deploy": 1}, "Saved.deploy must be true or false, got 1"),
        ({"model_package_arn": ""}, "Saved.model_package_arn must be a non-empty text, got ''"),
        ({"model_package_arn": ["arn"]}, "Saved.model_package_arn must be a non-empty text, got ['arn']"),
        ({"aproval_status": "x"}, "Saved has the unknown fields aproval_status; it takes model_package_arn, version,"),
    ],
)
@pytest.mark.security("hostile input")
def test_a_field_that_is_wrong_is_named(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidRecordError) as raised:
        Saved.from_json({**SAVED, **changes})
    assert told in str(raised.value)


@pytest.mark.parametrize("value", [None, [], "x", 3])
def test_what_is_no_object_is_told(value: object) -> None:
    with pytest.raises(InvalidRecordError, match="Saved must be an object, got "):
        Saved.from_json(value)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InvalidRecordError, match=r"more; .*lacks approval_status, version; .*deploy must be"):
        Saved.from_json({"model_package_arn": "arn", "deploy": 7, "more": 1})


def test_a_whole_number_may_come_as_jsonata_writes_it() -> None:
    assert Saved.from_json({**SAVED, "version": 3.0}).version == 3


def test_a_long_value_is_cut() -> None:
    with pytest.raises(InvalidRecordError) as raised:
        Saved.from_json({**SAVED, "version": "x" * 10_000})
    assert len(str(raised.value)) < 300


def test_what_is_absent_is_left_out_and_read_again() -> None:
    assert Source(type="s3").to_json() == {"type": "s3", "job": "", "query": "", "window_days": 0}
    assert Cron(hours=(6,)).to_json() == {"hours": [6]}
    assert Cron.from_json(json.loads(json.dumps(Cron(hours=(6,)).to_json()))) == Cron(hours=(6,))


def test_fields_tell_records_apart() -> None:
    asked = {"model": "m", "run_id": "r", "recorded_at": "t", "job": {"training_job": "j"}}
    assert QueryTrainingResults.from_json(asked).job == TrainingJob(training_job="j")
    with pytest.raises(
        InvalidRecordError, match=r"job must be the fields of TrainingJob \(training_job\) or TuningJob"
    ):
        QueryTrainingResults.from_json({**asked, "job": {"training_jb": "j"}})
    recorded = {
        "endpoint_name": "e",
        "deployment_id": "d",
        "recorded_at": "t",
        "execution": "x",
        "action": "removed",
        "changes": {},
        "alarm_prefix": "e-rollback-",
        "serving": {},
    }
    assert RecordDeployment.from_json(recorded).serving == Removed()
    with pytest.raises(InvalidRecordError, match=r"action must be one of nothing to serve, .*, got 'gone'"):
        RecordDeployment.from_json({**recorded, "action": "gone"})


def test_a_model_of_an_account_that_only_serves_has_no_retraining() -> None:
    decisions = {
        "name": "m",
        "approval": {"sandbox": "manual", "qa": "manual", "prod": "manual"},
        "when_unapproved": "keep",
        "endpoint": "perennial-sandbox",
        "family": BEFORE.to_json(),
    }
    assert Model.from_json(decisions).retraining is None
    assert Model.from_json(decisions).to_json() == decisions


def test_a_rate_is_no_cron() -> None:
    assert Rate.from_json({"rate_seconds": 60, "offset_seconds": 0}).rate_seconds == 60
