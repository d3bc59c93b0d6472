"""A model's script as a Glue job of the local cloud: what it writes, and what it says of a file that it cannot take."""

import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_cloud import api
from local_cloud.api import RunningCloud, Settings
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.waiting import until
from perennial.demo import datasets

ROOT = Path(__file__).parents[3]
BUCKET = "artifacts-glue-test"
ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")


class Cloud:
    """Clients of the account's root, and what every test needs of Glue."""

    def __init__(self, running: RunningCloud) -> None:
        self.glue, self.s3, self.logs = (running.client(service, ACCOUNT) for service in ("glue", "s3", "logs"))

    def job(self, name: str, script: str, *, role: str) -> str:
        self.s3.put_object(Bucket=BUCKET, Key=f"scripts/{name}.py", Body=script.encode())
        command = {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": f"s3://{BUCKET}/scripts/{name}.py"}
        self.glue.create_job(Name=name, Role=role, Command=command, GlueVersion="5.1", Timeout=5)
        return name

    def run(self, name: str, arguments: dict[str, str]) -> dict[str, Any]:
        run_id = self.glue.start_job_run(JobName=name, Arguments=arguments)["JobRunId"]

        def ended() -> dict[str, Any] | None:
            run: dict[str, Any] = self.glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]
            return run if run["JobRunState"] in ENDED else None

        return until(ended, seconds=120)

    def keys(self, prefix: str) -> list[str]:
        return [item["Key"] for item in self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    with api.start(Settings(state_dir=tmp_path_factory.mktemp("state"), port=0)) as started:
        yield started


@pytest.fixture(scope="module")
def cloud(running: RunningCloud) -> Cloud:
    found = Cloud(running)
    found.s3.create_bucket(Bucket=BUCKET)
    return found


@pytest.fixture(scope="module")
def role(running: RunningCloud) -> str:
    statements: list[dict[str, Any]] = [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"],
            "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        },
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": "*",
        },
    ]
    return make_role(running, "glue-job", statements, trust={"Service": "glue.amazonaws.com"})


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> str:
    return datasets.write_flights(tmp_path_factory.mktemp("raw"), sample_rows=20_000).read_text()


@pytest.fixture(scope="module")
def library(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the scripts share, as the CDK packs the folder."""
    packed = shutil.make_archive(
        str(tmp_path_factory.mktemp("library") / "library"), "zip", ROOT / "glue_scripts" / "library"
    )
    cloud.s3.put_object(Bucket=BUCKET, Key="scripts/library.zip", Body=Path(packed).read_bytes())
    return f"s3://{BUCKET}/scripts/library.zip"


def test_flight_job_writes_training_data_and_report(cloud: Cloud, role: str, flights: str, library: str) -> None:
    # A pattern that also matches the name beside it; half of the rows in each.
    header, *lines = flights.splitlines(keepends=True)
    for key, part in (("data[1].csv", lines[:10_000]), ("data1.csv", lines[10_000:]), ("_old/data.csv", lines)):
        cloud.s3.put_object(Bucket=BUCKET, Key=f"raw/flights/{key}", Body="".join([header, *part]).encode())
    # An earlier attempt's part must be gone afterwards.
    cloud.s3.put_object(Bucket=BUCKET, Key="runs/flights/r1/train/part-old.csv", Body=b"9,9")
    name = cloud.job("flights", (ROOT / "glue_scripts" / "flight_delay.py").read_text(), role=role)
    run = cloud.run(
        name,
        {
            "--extra-py-files": library,
            "--source": f"s3://{BUCKET}/raw/flights/",
            "--destination": f"s3://{BUCKET}/runs/flights/r1/",
        },
    )
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    assert run["GlueVersion"] == "5.1"
    report = json.loads(cloud.s3.get_object(Bucket=BUCKET, Key="runs/flights/r1/report.json")["Body"].read())
    raw = list(csv.DictReader(io.StringIO(flights)))
    labelled = sum(row["arr_delay"] != "NA" for row in raw)
    rows = report["rows"]
    assert rows["raw"] == 20_000
    assert rows["train"] + rows["validation"] + rows["test"] == labelled
    keys = cloud.keys("runs/flights/r1/")
    assert len({key.removeprefix("runs/flights/r1/").partition("-")[0] for key in keys}) == len(keys) == 4, keys
    assert report["skipped"] == {"count": 1, "first": ["_old/data.csv"]}
    (skipped,) = _logged(cloud, run["Id"])
    assert skipped.endswith("starts with _ or .: _old/data.csv")
    assert not [key for key in keys if ".crc" in key or "_temporary" in key or key.endswith("part-old.csv")]
    train = [key for key in keys if "/train/part-" in key]
    lines = b"".join(cloud.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in train).decode().splitlines()
    assert len(lines) == rows["train"]
    assert {line.split(",")[0] for line in lines} == {"0", "1"}
    assert {len(line.split(",")) for line in lines} == {1 + len(report["features"])}


def _logged(cloud: Cloud, run_id: str) -> list[str]:
    found = cloud.logs.get_log_events(logGroupName="/aws-glue/jobs/output", logStreamName=run_id)
    return [event["message"] for event in found["events"]]


def test_malformed_file_fails_with_the_column_and_the_count(cloud: Cloud, role: str, library: str) -> None:
    script = (ROOT / "glue_scripts" / "flight_delay.py").read_text()
    name = cloud.job("malformed", script, role=role)
    cloud.s3.put_object(Bucket=BUCKET, Key="raw/malformed/one.csv", Body=b"year,month\n2013,1\n")
    run = cloud.run(
        name,
        {
            "--extra-py-files": library,
            "--source": f"s3://{BUCKET}/raw/malformed/",
            "--destination": f"s3://{BUCKET}/runs/malformed/",
        },
    )
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("DataError: 17 columns are missing in ")
    assert cloud.keys("runs/malformed/") == []
