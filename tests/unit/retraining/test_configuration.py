"""What a run is told at its start."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from contract.calls.load_configuration import Configuration, LoadConfiguration
from contract.catalogue import Source
from contract.settings import InvalidSettingsError
from contract.settings import LoadConfiguration as Settings
from retraining.logic import configuration
from tests.unit.mlops_constructs import machine

MODEL = machine.catalogue()["flight-delay"]
RUN = "20260301123456-0123ab"
SETTINGS = Settings(app="perennial", artifact_bucket="b", commit="c0ffee")
ASKED = LoadConfiguration(
    model="flight-delay", run_id=RUN, execution="arn:e", started="2026-03-01T12:34:56.789Z", input={}
)


def _configure(source: Source | None = None, **changes: Any) -> Configuration:
    assert MODEL.retraining is not None
    retraining = replace(MODEL.retraining, source=source) if source else MODEL.retraining
    return configuration.configure(
        replace(ASKED, **changes), model=replace(MODEL, retraining=retraining), settings=SETTINGS
    )


def test_every_place_of_a_run_is_below_its_own_prefix() -> None:
    found = _configure()
    assert found.run_uri == f"s3://b/runs/flight-delay/{RUN}/"
    assert (found.report_uri, found.report_key) == (f"{found.run_uri}report.json", found.report_uri[len("s3://b/") :])
    assert found.test_uri == f"{found.run_uri}test/part"
    # Each channel holds the data files of its part, and no marker or report beside them.
    assert [
        (channel["ChannelName"], channel["ContentType"], channel["DataSource"]["S3DataSource"]["S3Uri"])
        for channel in found.input_data_config
    ] == [(part, "text/csv", f"{found.run_uri}{part}/part") for part in ("train", "validation")]
    assert found.evaluation_uri == f"s3://b/evaluations/flight-delay/{RUN}/"
    assert (found.evaluation_request_uri, found.evaluation_report_uri) == (
        f"{found.evaluation_uri}request.json",
        f"{found.evaluation_uri}evaluation.json",
    )
    assert (found.artifacts_uri, found.group) == ("s3://b/models/flight-delay", "perennial-flight-delay")


def test_files_are_read_where_they_are_and_rows_of_a_warehouse_where_they_come_to() -> None:
    assert _configure().source_uri == _configure().raw_uri == "s3://b/raw/flight-delay/"
    source = Source(type="warehouse", job="j", query="s3://assets/q.sql", window_days=30)
    assert _configure(source).source_uri == f"s3://b/extracts/flight-delay/{RUN}/"


@pytest.mark.parametrize(
    ("started", "days", "first", "last"),
    [
        # The February between them has 28 days, that of 2028 has 29.
        ("2026-03-01T12:34:56.789Z", 30, "2026-01-30", "2026-03-01"),
        ("2028-03-01T00:00:00Z", 1, "2028-02-29", "2028-03-01"),
        ("2026-01-01T23:59:59.999Z", 365, "2025-01-01", "2026-01-01"),
    ],
)
def test_a_window_ends_at_the_start_of_the_run(started: str, days: int, first: str, last: str) -> None:
    found = _configure(Source(type="warehouse", job="j", query="q", window_days=days), started=started)
    assert (found.date_from, found.date_to) == (first, last)


def test_names_of_jobs_derive_from_model_and_execution() -> None:
    model, execution = (hashlib.sha256(text.encode()).hexdigest() for text in ("flight-delay", "arn:e"))
    found = _configure()
    assert found.job_name == f"perennial-flight-delay-{RUN}"
    assert found.tuning_job_name == f"t-{model[:8]}-{execution[:12]}"
    # With a hyphen and three letters or digits at most 32: CreateHyperParameterTuningJob.
    assert len(found.tuning_job_name) + 4 <= 32
    assert _configure(execution="arn:f").tuning_job_name != found.tuning_job_name


def test_a_model_that_this_account_does_not_retrain_is_told() -> None:
    with pytest.raises(InvalidSettingsError, match="does not say how flight-delay is retrained"):
        configuration.configure(ASKED, model=replace(MODEL, retraining=None), settings=SETTINGS)
