"""From phase to phase, as AWS's page of build phase transitions has it."""

import json
import os

import pytest
from botocore.exceptions import ClientError

from integration.codebuild.conftest import (
    LOGS,
    STANDARD,
    TRUST,
    VERSION,
    commands,
    context,
    create,
    ended,
    log,
    look,
    output,
    run,
    start,
    statuses,
)
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.waiting import until

# https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
_ALL = [
    "SUBMITTED",
    "QUEUED",
    "PROVISIONING",
    "DOWNLOAD_SOURCE",
    "INSTALL",
    "PRE_BUILD",
    "BUILD",
    "POST_BUILD",
    "UPLOAD_ARTIFACTS",
    "FINALIZING",
    "COMPLETED",
]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_build_runs_its_commands_and_tells_of_itself(cloud: RunningCloud, role: str) -> None:
    spec = commands(
        install={"runtime-versions": {"python": "3.11"}, "commands": [f"npm install -g aws-cdk@{VERSION}", "cdk"]},
        pre_build=["PLAIN=$CODEBUILD_BUILD_ARN", "sub() { :; }; cd / && export WORD='two words'"],
        build=["printenv PLAIN", 'echo "$WORD in $PWD"', "python -c 'import boto3; print(boto3.__name__)'"],
        post_build={"commands": ["echo $CODEBUILD_BUILD_SUCCEEDING"], "finally": ["echo last"]},
    )
    spec["env"] = {"exported-variables": ["WORD", "PLAIN", "NOWHERE"]}

    build = run(cloud, "whole", spec, role)

    assert build["buildStatus"] == "SUCCEEDED", log(cloud, build)
    assert list(statuses(build)) == _ALL
    assert set(statuses(build).values()) == {"SUCCEEDED", ""}
    exported = {item["name"]: item["value"] for item in build["exportedEnvironmentVariables"]}
    assert exported == {"WORD": "two words", "PLAIN": build["arn"]}
    assert output(cloud, build) == [
        f"aws-cdk@{VERSION} is linked from this machine's packages; npm and its registry are not asked",
        VERSION,
        build["arn"],
        "two words in /",
        "boto3",
        "1",
        "last",
    ]
    said = log(cloud, build)
    assert f"as a process of this machine, which stands in for {STANDARD}" in said
    assert "Selecting 'python' runtime version '3.11' based on manual selections..." in said
    assert build["buildNumber"] == 1
    assert build["logs"]["groupName"] == "/aws/codebuild/whole"
    assert build["id"] == f"whole:{build['logs']['streamName']}"


@pytest.mark.parametrize(
    ("failing", "entered"),
    [
        ("install", ["INSTALL", "FINALIZING"]),
        ("pre_build", ["INSTALL", "PRE_BUILD", "FINALIZING"]),
        ("build", ["INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS", "FINALIZING"]),
        ("post_build", ["INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS", "FINALIZING"]),
    ],
)
def test_what_follows_a_phase_that_failed(cloud: RunningCloud, role: str, failing: str, entered: list[str]) -> None:
    spec = commands(**{failing: {"commands": ["exit 3", "echo never"], "finally": ["echo finally"]}})

    build = run(cloud, f"fails-{failing}", spec, role)

    assert build["buildStatus"] == "FAILED"
    found = statuses(build)
    assert list(found)[4:-1] == entered
    assert [phase for phase, status in found.items() if status == "FAILED"] == [failing.upper()]
    assert output(cloud, build) == ["finally"]
    # https://docs.aws.amazon.com/codebuild/latest/userguide/troubleshooting.html
    assert context(build, failing.upper()) == (
        "COMMAND_EXECUTION_ERROR",
        "Error while executing command: exit 3. Reason: exit status 3",
    )


@pytest.mark.parametrize(
    ("phase", "on_failure", "seen"),
    [("install", "CONTINUE", ["0"]), ("build", "ABORT", []), ("build", "CONTINUE", ["0"])],
)
def test_a_specification_says_what_follows_a_failure(
    cloud: RunningCloud, role: str, phase: str, on_failure: str, seen: list[str]
) -> None:
    spec = commands(
        **{phase: {"on-failure": on_failure, "commands": ["false"]}, "post_build": ["echo $CODEBUILD_BUILD_SUCCEEDING"]}
    )

    build = run(cloud, f"{phase}-{on_failure.lower()}", spec, role)

    assert (build["buildStatus"], output(cloud, build)) == ("FAILED", seen)


def test_a_program_that_the_image_lacks_is_not_there(cloud: RunningCloud, role: str) -> None:
    build = run(cloud, "lacks", commands(build=["pytest --version"]), role)

    assert context(build, "BUILD")[1].endswith("Reason: exit status 127")
    assert "script.sh: " in log(cloud, build)


def test_a_command_that_ends_with_a_backslash_has_its_own_exit_code(cloud: RunningCloud, role: str) -> None:
    build = run(cloud, "backslash", commands(build=["true", "false \\"]), role)

    assert context(build, "BUILD")[1].endswith("Reason: exit status 1")


def test_commands_of_version_0_1_know_nothing_of_each_other(cloud: RunningCloud, role: str) -> None:
    spec = {**commands(build=["export A=1; cd /", 'echo "${A-none} $(basename $PWD)"']), "version": "0.1"}

    assert output(cloud, run(cloud, "version-0-1", spec, role)) == ["none src"]


def test_a_command_that_is_no_text_is_an_error_of_the_file(cloud: RunningCloud, role: str) -> None:
    build = run(cloud, "wrong", "version: 0.2\nphases:\n  build:\n    commands:\n      - echo a: b\n", role)

    code, message = context(build, "DOWNLOAD_SOURCE")
    assert (build["buildStatus"], code) == ("FAILED", "YAML_FILE_ERROR")
    assert message == "Expected Commands[0] to be of string type: found subkeys instead"
    assert list(statuses(build))[3:] == ["DOWNLOAD_SOURCE", "FINALIZING", "COMPLETED"]


def test_a_build_that_is_stopped_ends_with_its_processes(cloud: RunningCloud, role: str) -> None:
    create(cloud, "stopped", commands(build=["echo begun", "sleep 1000", "echo never"]), role)
    build_id = start(cloud, "stopped")
    # The log is sent while it runs.
    until(lambda: "BUILD" in statuses(look(cloud, build_id)) and output(cloud, look(cloud, build_id)) == ["begun"])

    answer = cloud.client("codebuild", ACCOUNT).stop_build(id=build_id)["build"]

    build = ended(cloud, build_id)
    assert (answer["buildStatus"], build["buildStatus"]) == ("STOPPED", "STOPPED")
    assert statuses(build)["BUILD"] == "STOPPED"
    assert output(cloud, build) == ["begun"]


def test_what_commands_leave_in_the_background_ends_with_the_build(cloud: RunningCloud, role: str) -> None:
    # The second command finds it, as on AWS.
    build = run(cloud, "left", commands(build=["sleep 1000 & echo $! > pid", "kill -0 $(cat pid)", "cat pid"]), role)

    assert build["buildStatus"] == "SUCCEEDED", log(cloud, build)
    (pid,) = output(cloud, build)
    until(lambda: not _is_alive(int(pid)))


def test_a_build_has_its_time(cloud: RunningCloud, role: str) -> None:
    create(cloud, "slow", commands(build=["sleep 1000"]), role, timeoutInMinutes=5)
    build_id = start(cloud, "slow")
    until(lambda: "BUILD" in statuses(look(cloud, build_id)))
    cloud.control("clock", {"scale": 3600})

    build = ended(cloud, build_id)
    cloud.control("clock", {"scale": 1})

    assert (build["buildStatus"], statuses(build)["BUILD"]) == ("TIMED_OUT", "TIMED_OUT")
    assert build["timeoutInMinutes"] == 5


def test_a_role_that_may_not_write_the_log_fails_the_build_by_name(cloud: RunningCloud) -> None:
    mute = make_role(cloud, "mute", [], trust=TRUST)

    build = run(cloud, "mute", commands(build=["true"]), mute)

    code, message = context(build, "SUBMITTED")
    assert (build["buildStatus"], code) == ("FAILED", "ACCESS_DENIED")
    assert f"Service role {mute} does not allow AWS CodeBuild to create Amazon CloudWatch Logs log streams" in message
    assert "is not authorized to perform: logs:CreateLogStream" in message


def test_a_role_that_trusts_only_another_project_fails_the_build(cloud: RunningCloud) -> None:
    picky = make_role(cloud, "picky", [LOGS], trust=TRUST)
    create(cloud, "not-mine", commands(build=["true"]), picky)
    statement = {
        "Effect": "Allow",
        "Principal": TRUST,
        "Action": "sts:AssumeRole",
        "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:codebuild:us-east-1:111111111111:project/mine"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.client("iam", ACCOUNT).update_assume_role_policy(RoleName="picky", PolicyDocument=document)

    build = ended(cloud, start(cloud, "not-mine"))

    code, message = context(build, "SUBMITTED")
    assert code == "ACCESS_DENIED"
    assert "CodeBuild is not authorized to perform: sts:AssumeRole on service role" in message


def test_a_build_has_nothing_of_the_servers_surroundings(cloud: RunningCloud, role: str) -> None:
    build = run(cloud, "bare", commands(build=["env -0 | sort -z | tr '\\0' '\\n' | cut -d= -f1"]), role)

    names = {name for name in output(cloud, build) if not name.startswith(("AWS_", "CODEBUILD_"))}
    assert names <= {
        "CI", "HOME", "LC_CTYPE", "OLDPWD", "PATH", "PIP_DISABLE_PIP_VERSION_CHECK", "PWD", "TMPDIR", "_",
        "NPM_CONFIG_PREFIX", "NPM_CONFIG_UPDATE_NOTIFIER",
    }  # fmt: skip


def test_builds_are_listed_retried_and_deleted(cloud: RunningCloud, role: str) -> None:
    client = cloud.client("codebuild", ACCOUNT)
    create(cloud, "listed", commands(build=['test "$WORD" = yes']), role, concurrentBuildLimit=1)
    given = [{"name": "WORD", "value": "yes", "type": "PLAINTEXT"}]
    first = start(cloud, "listed", environmentVariablesOverride=given, idempotencyToken="t")
    again = start(cloud, "listed", environmentVariablesOverride=given, idempotencyToken="t")
    assert again == first
    ended(cloud, first)

    second = client.retry_build(id=first)["build"]["id"]
    assert ended(cloud, second)["buildStatus"] == "SUCCEEDED"
    assert look(cloud, second)["buildNumber"] == 2
    assert client.list_builds_for_project(projectName="listed")["ids"] == [second, first]
    assert client.list_builds_for_project(projectName="listed", sortOrder="ASCENDING")["ids"] == [first, second]
    assert {first, second} <= set(client.list_builds()["ids"])
    client.delete_project(name="listed")
    # https://docs.aws.amazon.com/codebuild/latest/APIReference/API_DeleteProject.html
    assert client.batch_get_builds(ids=[first, "listed:no"])["buildsNotFound"] == ["listed:no"]
    answer = client.batch_delete_builds(ids=[first, "listed:no"])
    assert [arn.rpartition("/")[2] for arn in answer["buildsDeleted"]] == [first]
    assert answer["buildsNotDeleted"][0]["id"] == "listed:no"
    with pytest.raises(ClientError, match="Project cannot be found"):
        client.retry_build(id=second)


def test_no_more_builds_run_than_the_project_lets(cloud: RunningCloud, role: str) -> None:
    create(cloud, "one", commands(build=["sleep 1000"]), role, concurrentBuildLimit=1)
    build_id = start(cloud, "one")

    with pytest.raises(ClientError) as refused:
        start(cloud, "one")

    assert refused.value.response["Error"]["Code"] == "AccountLimitExceededException"
    cloud.client("codebuild", ACCOUNT).stop_build(id=build_id)


def test_a_fault_befalls_a_build(cloud: RunningCloud, role: str) -> None:
    create(cloud, "befallen", commands(build=["sleep 1000"]), role)
    cloud.control("faults", {"add": {"kind": "job_crash", "job": "build", "name": "befallen"}})

    build = ended(cloud, start(cloud, "befallen"))
    cloud.control("faults", {"clear": True})

    # 128 and the number of SIGKILL
    assert context(build, "BUILD")[1] == "Error while executing command: sleep 1000. Reason: exit status 137"
