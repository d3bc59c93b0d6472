"""Job runs as a client of AWS Glue sees them."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from perennial.demo import datasets
from tests.integration.glue.conftest import BUCKET, ENDED, ROOT, Cloud, grants, poll

ENDLESS = """
import sys, time
sys.stdout.write("started\\n")
while True:
    time.sleep(0.1)
"""


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


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:ListBucket", "s3:PutObject"])
def test_a_missing_grant_fails_the_run_and_is_named(cloud: Cloud, action: str) -> None:
    label = action.removeprefix("s3:")
    role = cloud.role(f"without-{label}", grants(without=action))
    script = (
        "import os\n"
        "folder = os.environ['SPARK_CONF_DIR'] + '/../buckets/artifacts-glue-test/out/'\n"
        "os.makedirs(folder, exist_ok=True)\nopen(folder + 'x', 'w').write('1')\n"
    )
    name = cloud.job(f"without-{label}", script, role=role)
    run = cloud.run(name, {"--destination": f"s3://{BUCKET}/out/"})
    assert run["JobRunState"] == "FAILED"
    assert "AccessDenied" in run["ErrorMessage"]
    assert role in run["ErrorMessage"]
    assert action in run["ErrorMessage"]
    assert f"arn:aws:s3:::{BUCKET}" in run["ErrorMessage"]


def test_script_gets_merged_arguments_role_credentials_and_extra_files(cloud: Cloud, role: str) -> None:
    script = (
        "import sys, boto3, helper\nfrom awsglue.utils import getResolvedOptions\n"
        "o = getResolvedOptions(sys.argv, ['JOB_NAME', 'a', 'b'])\n"
        "arn = boto3.client('sts').get_caller_identity()['Arn']\n"
        "print('seen', o['JOB_NAME'], o['a'], o['b'], helper.NAME, arn)\n"
    )
    cloud.s3.put_object(Bucket=BUCKET, Key="scripts/helper.py", Body=b"NAME = 'from helper'\n")
    defaults = {"--a": "default", "--b": "default", "--extra-py-files": f"s3://{BUCKET}/scripts/helper.py"}
    name = cloud.job("arguments", script, role=role, DefaultArguments=defaults)
    run = cloud.run(name, {"--b": "own"})
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    events = cloud.logs.get_log_events(logGroupName="/aws-glue/jobs/output", logStreamName=run["Id"])["events"]
    assert [event["message"] for event in events] == [
        "seen arguments default own from helper arn:aws:sts::111111111111:assumed-role/glue-job/GlueJobRunnerSession"
    ]


def test_a_job_with_log_groups_of_its_own_writes_to_no_others(cloud: Cloud, role: str) -> None:
    # https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html#monitor-logging-custom
    script = "import sys\nprint('out')\nprint('err', file=sys.stderr)\n"
    name = cloud.job("own-logs", script, role=role, DefaultArguments={"--custom-logGroup-prefix": "/aws-glue/own"})
    run = cloud.run(name)
    assert (run["JobRunState"], run["LogGroupName"]) == ("SUCCEEDED", "/aws-glue/own")
    for kind, line in (("output", "out"), ("error", "err")):
        events = cloud.logs.get_log_events(logGroupName=f"/aws-glue/own/{kind}", logStreamName=run["Id"])["events"]
        assert [event["message"] for event in events] == [line]
    default = cloud.logs.describe_log_streams(logGroupName="/aws-glue/jobs/output", logStreamNamePrefix=run["Id"])
    assert default["logStreams"] == []


def test_stop_ends_the_process_and_frees_the_slot(cloud: Cloud, role: str, state_dir: Path) -> None:
    name = cloud.job("endless", ENDLESS, role=role, ExecutionProperty={"MaxConcurrentRuns": 1})
    run_id = cloud.glue.start_job_run(JobName=name)["JobRunId"]
    cloud.wait(name, run_id, ("RUNNING",))
    with pytest.raises(ClientError) as refused:
        cloud.glue.start_job_run(JobName=name)
    assert refused.value.response["Error"]["Code"] == "ConcurrentRunsExceededException"
    answer = cloud.glue.batch_stop_job_run(JobName=name, JobRunIds=[run_id, "jr_unknown"])
    assert [item["JobRunId"] for item in answer["SuccessfulSubmissions"]] == [run_id]
    assert answer["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    assert cloud.wait(name, run_id, ENDED)["JobRunState"] == "STOPPED"
    poll(lambda: not (state_dir / "scratch" / "glue" / run_id).exists(), seconds=60)
    second = cloud.glue.start_job_run(JobName=name)["JobRunId"]
    cloud.glue.batch_stop_job_run(JobName=name, JobRunIds=[second])
    assert cloud.wait(name, second, ENDED)["JobRunState"] == "STOPPED"
    runs = cloud.glue.get_job_runs(JobName=name)["JobRuns"]
    assert [run["Id"] for run in runs] == [second, run_id]


@pytest.mark.parametrize(
    ("case", "settings", "named"),
    [
        ("version", {"GlueVersion": "4.0"}, "glue version '4.0'"),
        ("bookmark", {"DefaultArguments": {"--job-bookmark-option": "job-bookmark-enable"}}, "job bookmarks"),
        ("modules", {"DefaultArguments": {"--additional-python-modules": "x"}}, "argument --additional-python-modules"),
    ],
)
def test_what_is_not_emulated_is_refused_by_name(
    cloud: Cloud, role: str, case: str, settings: dict[str, object], named: str
) -> None:
    name = cloud.job(f"refused-{case}", "pass", role=role, **settings)
    with pytest.raises(ClientError) as refused:
        cloud.glue.start_job_run(JobName=name)
    assert refused.value.response["Error"]["Code"] == "NotEmulated"
    assert named in refused.value.response["Error"]["Message"]


def test_update_replaces_the_definition_and_keeps_the_runs(cloud: Cloud, role: str) -> None:
    name = cloud.job("updated", "print('one')", role=role, Description="old")
    run = cloud.run(name)
    cloud.s3.put_object(Bucket=BUCKET, Key="scripts/two.py", Body=b"raise ValueError('two')")
    command = {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": f"s3://{BUCKET}/scripts/two.py"}
    cloud.glue.update_job(JobName=name, JobUpdate={"Role": role, "Command": command, "GlueVersion": "5.1"})
    assert "Description" not in cloud.glue.get_job(JobName=name)["Job"]
    assert cloud.run(name)["ErrorMessage"] == "ValueError: two"
    assert cloud.glue.get_job_runs(JobName=name)["JobRuns"][1]["Id"] == run["Id"]
