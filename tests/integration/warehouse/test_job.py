"""The extract as a Glue job of the local cloud: job, connection, secret and a role with only what it needs."""

import copy
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError

from local_cloud.api import RunningCloud
from local_cloud.testing.roles import make_role
from local_cloud.testing.waiting import until
from tests.integration.warehouse.conftest import ACCOUNT, BUCKET, QUERY, Extracts

SCRIPT = Path(__file__).parents[3] / "glue_scripts" / "warehouse_extract.py"
ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")
GLUE = {"Service": "glue.amazonaws.com"}
_ARN = f"arn:aws:glue:us-east-1:{ACCOUNT}"


def _grants(secret: str) -> list[dict[str, Any]]:
    """The least that the job's role needs."""
    return [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": [f"arn:aws:s3:::{BUCKET}/queries/*", f"arn:aws:s3:::{BUCKET}/scripts/*"]},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"], "Resource": f"arn:aws:s3:::{BUCKET}/extracts/*"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{BUCKET}", "Condition": {"StringLike": {"s3:prefix": "extracts/*"}}},
        {"Effect": "Allow", "Action": "glue:GetConnection", "Resource": [f"{_ARN}:catalog", f"{_ARN}:connection/warehouse"]},
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret},
        {"Effect": "Allow", "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"},
    ]  # fmt: skip


@pytest.fixture(scope="module")
def secret(cloud: RunningCloud, connection: str) -> str:
    found = cloud.client("glue", ACCOUNT).get_connection(Name=connection)["Connection"]["ConnectionProperties"]
    return str(found["SECRET_ID"])


def _job(extracts: Extracts, name: str, role: str, **settings: Any) -> None:
    extracts.client("s3").put_object(Bucket=BUCKET, Key="scripts/extract.py", Body=SCRIPT.read_bytes())
    definition: dict[str, Any] = {
        "Name": name,
        "Role": role,
        "Command": {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": f"s3://{BUCKET}/scripts/extract.py"},
        "GlueVersion": "5.1",
        "WorkerType": "G.1X",
        "NumberOfWorkers": 2,
        "Timeout": 5,
        "Connections": {"Connections": ["warehouse"]},
        "DefaultArguments": {
            "--additional-python-modules": "psycopg[binary]==3.3.9",
            "--connection_name": "warehouse",
            "--statement_timeout_minutes": "3",
        },
    }
    extracts.client("glue").create_job(**(definition | settings))


def _run(extracts: Extracts, name: str, **arguments: str) -> dict[str, Any]:
    glue = extracts.client("glue")
    given = {
        "query": extracts.put_query(QUERY),
        "date_from": "2024-01-01",
        "date_to": "2024-01-31",
        "destination": f"s3://{BUCKET}/extracts/{name}/",
    } | arguments
    started = glue.start_job_run(JobName=name, Arguments={f"--{key}": value for key, value in given.items()})

    def ended() -> dict[str, Any] | None:
        run: dict[str, Any] = glue.get_job_run(JobName=name, RunId=started["JobRunId"])["JobRun"]
        return run if run["JobRunState"] in ENDED else None

    return until(ended, seconds=120)


@pytest.mark.parametrize("exact", [True, False])
def test_the_job_needs_no_more_than_its_grants(extracts: Extracts, secret: str, exact: bool, tmp_path: Path) -> None:
    # A policy may name the secret, or any secret of its name: AWS adds a hyphen and six characters.
    name = f"least-{exact}".lower()
    resource = secret if exact else f"{secret[:-6]}??????"
    role = make_role(extracts.cloud, name, _grants(resource), trust=GLUE)
    _job(extracts, name, role)

    run = _run(extracts, name)

    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    (path,) = extracts.download(f"extracts/{name}", tmp_path)
    assert pq.read_metadata(path).num_rows == extracts.postgres.value("select count(*) from sales") == 3000
    log = extracts.client("logs").get_log_events(logGroupName="/aws-glue/jobs/output", logStreamName=run["Id"])[
        "events"
    ]
    assert json.loads(log[0]["message"])["rows"] == 3000


@pytest.mark.parametrize(
    "action",
    ["secretsmanager:GetSecretValue", "glue:GetConnection", "s3:PutObject", "s3:ListBucket"],
)
def test_a_missing_grant_fails_the_run_and_is_named(extracts: Extracts, secret: str, action: str) -> None:
    name = f"without-{action.split(':')[1].lower()}"
    statements = []
    for statement in copy.deepcopy(_grants(secret)):
        kept = [
            item
            for item in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
            if item != action
        ]
        if kept:
            statements.append({**statement, "Action": kept})
    _job(extracts, name, make_role(extracts.cloud, name, statements, trust=GLUE))

    run = _run(extracts, name)

    assert run["JobRunState"] == "FAILED"
    assert "AccessDenied" in run["ErrorMessage"]
    assert action in run["ErrorMessage"]
    assert extracts.keys(f"extracts/{name}") == []
    assert extracts.uploads() == []


def test_sql_in_a_date_fails_the_run_before_anything_is_asked(extracts: Extracts, secret: str) -> None:
    _job(extracts, "injected", make_role(extracts.cloud, "injected", _grants(secret), trust=GLUE))
    run = _run(extracts, "injected", date_from="2024-01-01'; drop table sales; --")
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("ExtractError: date_from is ")
    assert extracts.postgres.value("select count(*) from sales") == 3000


def test_a_job_whose_connection_is_gone_does_not_start(extracts: Extracts, secret: str) -> None:
    role = make_role(extracts.cloud, "gone", _grants(secret), trust=GLUE)
    _job(extracts, "gone", role, Connections={"Connections": ["warehouse", "gone"]})
    with pytest.raises(ClientError) as refused:
        _run(extracts, "gone")
    assert refused.value.response["Error"]["Code"] == "InvalidInputException"


def test_a_stopped_run_leaves_nothing(extracts: Extracts, secret: str) -> None:
    _job(extracts, "stopped", make_role(extracts.cloud, "stopped", _grants(secret), trust=GLUE))
    query = "select n, pg_sleep(0.001)::text as s, :date_from as f, :date_to as t from generate_series(1, 1000000) n"
    glue = extracts.client("glue")
    arguments = {
        "--query": extracts.put_query(query, name="slow"),
        "--date_from": "2024-01-01",
        "--date_to": "2024-01-31",
        "--destination": f"s3://{BUCKET}/extracts/stopped/",
    }
    run_id = glue.start_job_run(JobName="stopped", Arguments=arguments)["JobRunId"]
    active = "select count(*) from pg_stat_activity where usename = 'reader' and query like '%pg_sleep%' and state = 'active'"
    until(lambda: extracts.postgres.value(active) or None, seconds=60)

    glue.batch_stop_job_run(JobName="stopped", JobRunIds=[run_id])

    until(lambda: glue.get_job_run(JobName="stopped", RunId=run_id)["JobRun"]["JobRunState"] in ENDED or None)
    assert extracts.keys("extracts/stopped") == []
    assert extracts.uploads() == []
    # The query ends with its client.
    until(lambda: extracts.postgres.value(active) == 0 or None, seconds=60)
