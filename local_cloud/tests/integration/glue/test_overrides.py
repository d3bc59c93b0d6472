"""What one run may change of its job, and the connections and packages that a job names."""

import pytest
from botocore.exceptions import ClientError

from integration.glue.conftest import BUCKET, Cloud


def _refused(cloud: Cloud, name: str, **settings: object) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        cloud.glue.start_job_run(JobName=name, **settings)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_run_has_its_own_script_and_size_and_the_job_keeps_its(cloud: Cloud, role: str) -> None:
    name = cloud.job("overridden", "print('the job')", role=role, WorkerType="G.1X", NumberOfWorkers=2)
    cloud.s3.put_object(Bucket=BUCKET, Key="scripts/own.py", Body=b"raise ValueError('the run')")
    started = cloud.glue.start_job_run(
        JobName=name,
        Arguments={"--scriptLocation": f"s3://{BUCKET}/scripts/own.py"},
        WorkerType="G.2X",
        NumberOfWorkers=7,
        Timeout=3,
        ExecutionClass="FLEX",
    )
    run = cloud.wait(name, started["JobRunId"])
    assert run["ErrorMessage"] == "ValueError: the run"
    assert (run["WorkerType"], run["NumberOfWorkers"], run["Timeout"]) == ("G.2X", 7, 3)
    assert run["ExecutionClass"] == "FLEX"
    assert run["Arguments"] == {"--scriptLocation": f"s3://{BUCKET}/scripts/own.py"}

    second = cloud.run(name)
    assert second["JobRunState"] == "SUCCEEDED"
    assert (second["WorkerType"], second["NumberOfWorkers"], second["Timeout"]) == ("G.1X", 2, 5)
    assert second["ExecutionClass"] == "STANDARD"


def test_a_script_that_the_role_may_not_read_is_not_run(cloud: Cloud, role: str) -> None:
    name = cloud.job("elsewhere", "pass", role=role)
    cloud.s3.create_bucket(Bucket="scripts-of-others")
    cloud.s3.put_object(Bucket="scripts-of-others", Key="x.py", Body=b"pass")
    run = cloud.run(name, {"--scriptLocation": "s3://scripts-of-others/x.py"})
    assert run["JobRunState"] == "FAILED"
    assert "s3:GetObject on resource: arn:aws:s3:::scripts-of-others/x.py" in run["ErrorMessage"]


def test_sizes_that_aws_refuses_are_refused(cloud: Cloud, role: str) -> None:
    name = cloud.job("sizes", "pass", role=role, WorkerType="G.1X", NumberOfWorkers=2)
    assert _refused(cloud, name, NumberOfWorkers=1) == (
        "InvalidInputException",
        "To use Worker Type G.1X, minimum allowed value of Number of Workers is 2.",
    )
    code, message = _refused(cloud, name, MaxCapacity=2.0)
    assert code == "InvalidInputException"
    assert "set WorkerType and NumberOfWorkers" in message


@pytest.mark.parametrize(
    "settings",
    [
        {"JobRunQueuingEnabled": True},
        {"SecurityConfiguration": "s"},
        {"NotificationProperty": {"NotifyDelayAfter": 1}},
        {"ExecutionRoleSessionPolicy": "{}"},
        {"AllocatedCapacity": 2},
    ],
)
def test_settings_of_a_run_that_would_be_lost_are_refused(cloud: Cloud, role: str, settings: dict[str, object]) -> None:
    name = cloud.job(f"lost-{next(iter(settings))}", "pass", role=role)
    code, message = _refused(cloud, name, **settings)
    assert code == "NotEmulated"
    assert next(iter(settings)) in message


def test_packages_must_be_installed_at_their_version(cloud: Cloud, role: str) -> None:
    defaults = {"--additional-python-modules": "psycopg[binary]==3.3.9,pyarrow==26.0.1"}
    name = cloud.job("modules", "import psycopg, pyarrow", role=role, DefaultArguments=defaults)
    assert cloud.run(name)["JobRunState"] == "SUCCEEDED"
    code, message = _refused(cloud, name, Arguments={"--additional-python-modules": "pyarrow==1.0.0"})
    assert code == "NotEmulated"
    assert "pyarrow==1.0.0 is not installed, but 26.0.1 is; pip install 'pyarrow==1.0.0'" in message


def test_a_connection_is_made_changed_read_without_its_password_and_deleted(cloud: Cloud) -> None:
    properties = {"JDBC_CONNECTION_URL": "jdbc:postgresql://h:1/d", "USERNAME": "u", "PASSWORD": "p"}
    given = {"Name": "life", "ConnectionType": "JDBC", "ConnectionProperties": properties}
    cloud.glue.create_connection(ConnectionInput=given)
    shown = cloud.glue.get_connection(Name="life")["Connection"]
    assert shown["ConnectionType"] == "JDBC"
    assert shown["ConnectionProperties"] == properties
    hidden = cloud.glue.get_connection(Name="life", HidePassword=True)["Connection"]["ConnectionProperties"]
    assert hidden == {key: value for key, value in properties.items() if key != "PASSWORD"}

    cloud.glue.update_connection(
        Name="life", ConnectionInput={**given, "Description": "new", "ConnectionProperties": {"USERNAME": "v"}}
    )
    changed = cloud.glue.get_connection(Name="life")["Connection"]
    assert (changed["Description"], changed["ConnectionProperties"]) == ("new", {"USERNAME": "v"})
    assert changed["CreationTime"] == shown["CreationTime"]

    cloud.glue.delete_connection(ConnectionName="life")
    missing = cloud.glue.exceptions.EntityNotFoundException
    with pytest.raises(missing):
        cloud.glue.get_connection(Name="life")
    with pytest.raises(missing):
        cloud.glue.delete_connection(ConnectionName="life")
    with pytest.raises(missing):
        cloud.glue.update_connection(Name="life", ConnectionInput=given)


def test_a_member_of_a_connection_that_would_be_lost_is_refused(cloud: Cloud) -> None:
    with pytest.raises(ClientError) as caught:
        cloud.glue.create_connection(
            ConnectionInput={
                "Name": "lost",
                "ConnectionType": "JDBC",
                "ConnectionProperties": {},
                "AuthenticationConfiguration": {"AuthenticationType": "BASIC"},
            }
        )
    assert caught.value.response["Error"]["Code"] == "NotEmulated"
    assert "AuthenticationConfiguration" in caught.value.response["Error"]["Message"]
