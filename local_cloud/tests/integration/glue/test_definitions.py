"""What no run of a job could change for the better is refused when the job is made or changed, by whatever way.

Reference: https://docs.aws.amazon.com/glue/latest/webapi/API_CreateJob.html
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.glue.conftest import BUCKET, Cloud, poll

SCRIPT = f"s3://{BUCKET}/scripts/any.py"
SPARK = {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": SCRIPT}
REFUSED: list[Any] = [
    pytest.param({"GlueVersion": "4.0"}, "GlueVersion is '4.0', it takes '5.1'", id="an older version"),
    pytest.param({"GlueVersion": "auto"}, "GlueVersion is 'auto', it takes '5.1'", id="upgrades by themselves"),
    pytest.param({"Command": SPARK | {"Name": "pythonshell"}}, "Command.Name is 'pythonshell'", id="a shell"),
    pytest.param({"Command": SPARK | {"Name": "gluestreaming"}}, "Command.Name is 'gluestreaming'", id="a stream"),
    pytest.param({"Command": {"ScriptLocation": SCRIPT}}, "a command without a Name; name it glueetl", id="no name"),
    pytest.param(
        {"Command": SPARK | {"PythonVersion": "2"}}, "Command.PythonVersion is '2', it takes '3'", id="python 2"
    ),
    pytest.param({"WorkerType": "G.025X"}, "WorkerType is 'G.025X', it takes 'G.1X' or 'G.2X'", id="a size"),
    pytest.param({"MaxRetries": 1}, "MaxRetries is '1'", id="another run by itself"),
    pytest.param({"SecurityConfiguration": "s"}, "SecurityConfiguration is not taken", id="keys of its own"),
    pytest.param({"WorkerType": "Z.2X"}, "WorkerType is 'Z.2X'", id="a size of Ray"),
    # On AWS the script is generated from them.
    pytest.param(
        {
            "CodeGenConfigurationNodes": {
                "node-1": {"SelectFields": {"Name": "s", "Inputs": ["node-0"], "Paths": [["a"]]}}
            }
        },
        "CodeGenConfigurationNodes is not taken",
        id="a visual job",
    ),
    pytest.param(
        {"SourceControlDetails": {"Provider": "GITHUB"}}, "SourceControlDetails is not taken", id="a repository"
    ),
]


def _definition(role: str, settings: dict[str, Any]) -> dict[str, Any]:
    return {"Role": role, "Command": SPARK, "GlueVersion": "5.1"} | settings


@pytest.mark.parametrize(("settings", "named"), REFUSED)
def test_a_job_that_could_not_run_is_not_made(cloud: Cloud, role: str, settings: dict[str, Any], named: str) -> None:
    with pytest.raises(ClientError) as refused:
        cloud.glue.create_job(Name="never", **_definition(role, settings))
    assert refused.value.response["Error"]["Code"] == "NotEmulated"
    assert named in refused.value.response["Error"]["Message"]
    with pytest.raises(cloud.glue.exceptions.EntityNotFoundException):
        cloud.glue.get_job(JobName="never")


def test_a_version_that_is_left_out_is_awss_default(cloud: Cloud, role: str) -> None:
    with pytest.raises(ClientError, match=r"GlueVersion is left out, which means '6\.0'; name it"):
        cloud.glue.create_job(Name="never", Role=role, Command=SPARK)


@pytest.mark.parametrize(("settings", "named"), REFUSED)
def test_a_job_is_not_changed_to_what_could_not_run(
    cloud: Cloud, role: str, request: pytest.FixtureRequest, settings: dict[str, Any], named: str
) -> None:
    name = cloud.job(request.node.name, "pass", role=role, WorkerType="G.1X", NumberOfWorkers=2)
    before = cloud.glue.get_job(JobName=name)["Job"]
    with pytest.raises(ClientError) as refused:
        cloud.glue.update_job(JobName=name, JobUpdate=_definition(role, settings))
    assert named in refused.value.response["Error"]["Message"]
    assert cloud.glue.get_job(JobName=name)["Job"] == before


def test_an_update_keeps_the_version_alone(cloud: Cloud, role: str) -> None:
    name = cloud.job("keeping", "pass", role=role, WorkerType="G.1X", NumberOfWorkers=2)
    cloud.glue.update_job(JobName=name, JobUpdate={"Role": role, "Command": SPARK})
    job = cloud.glue.get_job(JobName=name)["Job"]
    assert job["GlueVersion"] == "5.1"
    assert "WorkerType" not in job


def test_a_run_is_of_a_known_size(cloud: Cloud, role: str) -> None:
    name = cloud.job("sized", "pass", role=role)
    with pytest.raises(ClientError, match=r"WorkerType is 'G\.025X'"):
        cloud.glue.start_job_run(JobName=name, WorkerType="G.025X", NumberOfWorkers=2)


def test_a_name_has_one_job(cloud: Cloud, role: str) -> None:
    name = cloud.job("one", "pass", role=role)
    with pytest.raises(cloud.glue.exceptions.AlreadyExistsException):
        cloud.glue.create_job(Name=name, **_definition(role, {}))


def test_a_stack_with_such_a_job_fails(cloud: Cloud, role: str) -> None:
    formation = cloud.client("cloudformation")
    job = {"Type": "AWS::Glue::Job", "Properties": _definition(role, {"GlueVersion": "4.0"})}
    formation.create_change_set(
        StackName="old",
        ChangeSetName="c",
        ChangeSetType="CREATE",
        TemplateBody=json.dumps({"Resources": {"Job": job}}),
    )
    formation.execute_change_set(StackName="old", ChangeSetName="c")

    def ended() -> str | None:
        status = str(formation.describe_stacks(StackName="old")["Stacks"][0]["StackStatus"])
        return None if status.endswith("IN_PROGRESS") else status

    assert poll(ended) == "ROLLBACK_COMPLETE"
    events = formation.describe_stack_events(StackName="old")["StackEvents"]
    assert any("GlueVersion is '4.0'" in event.get("ResourceStatusReason", "") for event in events)
