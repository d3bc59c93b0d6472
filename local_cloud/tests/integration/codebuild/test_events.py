"""Builds tell EventBridge, in the form of AWS's reference of build notifications."""

from integration.codebuild.conftest import STANDARD, commands, create, ended, start
from integration.events.conftest import Queue, put_rule
from local_cloud.kernel.lifecycle import RunningCloud


def test_a_build_tells_of_its_start_its_phases_and_its_end(cloud: RunningCloud, role: str) -> None:
    states, phases = Queue(cloud, "states"), Queue(cloud, "phases")
    of_project = {"source": ["aws.codebuild"], "detail": {"project-name": ["telling"]}}
    put_rule(cloud, "states", {**of_project, "detail-type": ["CodeBuild Build State Change"]}, {"Arn": states.arn})
    failed = {"completed-phase-status": ["FAILED"], **of_project["detail"]}  # type: ignore[dict-item]  # a mapping
    pattern = {**of_project, "detail-type": ["CodeBuild Build Phase Change"], "detail": failed}
    put_rule(cloud, "phases", pattern, {"Arn": phases.arn})
    create(cloud, "telling", commands(build=["exit 2"]), role)

    build = ended(cloud, start(cloud, "telling"))
    told = sorted((states.next()["body"] for _ in range(2)), key=lambda event: str(event["detail"]["build-status"]))
    phase, last = sorted(
        (phases.next()["body"] for _ in range(2)), key=lambda event: str(event["detail"]["completed-phase"])
    )

    end, begin = told
    assert begin["detail"]["build-status"] == "IN_PROGRESS"
    assert begin["detail"]["current-phase"] == "SUBMITTED"
    assert end["resources"] == [build["arn"]]
    assert end["detail"]["build-status"] == "FAILED"
    assert end["detail"]["build-id"] == build["arn"]
    assert end["detail"]["current-phase"] == "COMPLETED"
    additional = end["detail"]["additional-information"]
    assert additional["environment"] == {
        "image": STANDARD,
        "privileged-mode": False,
        "compute-type": "BUILD_GENERAL1_SMALL",
        "type": "LINUX_CONTAINER",
        "environment-variables": [],
    }
    assert additional["build-complete"] is True
    assert additional["logs"]["group-name"] == "/aws/codebuild/telling"
    assert [item["phase-type"] for item in additional["phases"]][-1] == "COMPLETED"
    assert phase["detail"]["completed-phase"] == "BUILD"
    assert phase["detail"]["completed-phase-context"] == (
        "[COMMAND_EXECUTION_ERROR: Error while executing command: exit 2. Reason: exit status 2]"
    )
    assert last["detail"]["completed-phase"] == "COMPLETED"
