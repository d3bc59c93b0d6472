"""A run that somebody stops: nothing goes on without it, and it stands in nobody's way."""

from typing import Any

from tests.e2e.cloud import Account, until

MODEL = "air-time"


def test_a_stopped_run_stops_its_job_and_leaves_its_lease_to_the_next(sandbox: Account) -> None:
    arn = sandbox.start("RetrainingStateMachineArn", {"model": MODEL})
    before = {item["Id"] for item in _job_runs(sandbox) if item["JobRunState"] != "RUNNING"}
    until(lambda: any(item["JobRunState"] == "RUNNING" for item in _job_runs(sandbox)), "the job to run")
    sandbox.client("stepfunctions").stop_execution(executionArn=arn, cause="the operator changed her mind")
    until(lambda: all(item["JobRunState"] != "RUNNING" for item in _job_runs(sandbox)), "the job to stop")

    assert sandbox.wait(arn).status == "ABORTED"
    assert {item["JobRunState"] for item in _job_runs(sandbox) if item["Id"] not in before} == {"STOPPED"}
    assert sandbox.leases() == [f"lease#{MODEL}"]

    # There are no raw data; how far the next run comes is enough.
    following = sandbox.run(MODEL)

    assert following.status == "FAILED"
    assert "Take Over Lease" in following.states
    assert "Extract, Transform, Load" in following.states
    assert sandbox.leases() == []


def _job_runs(sandbox: Account) -> list[dict[str, Any]]:
    client = sandbox.client("glue")
    (job,) = client.list_jobs()["JobNames"]
    return list(client.get_job_runs(JobName=job)["JobRuns"])
