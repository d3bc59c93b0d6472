"""Runs that an earlier server process left unfinished."""

from types import SimpleNamespace

import pytest

from local_cloud.services.glue import extension
from local_cloud.services.glue.coverage import Plan
from local_cloud.services.glue.runner import RunnableJobRun


def make(run_id: str, status: str) -> RunnableJobRun:
    return RunnableJobRun(
        job_run_id=run_id,
        job_name="etl",
        arguments={},
        timeout=1,
        glue_version="5.1",
        worker_type=None,
        number_of_workers=None,
        execution_class="STANDARD",
        status=status,
        plan=Plan(script="s3://scripts/s.py", extra_python=(), arguments={}),
        role_arn="r",
        job_arn="arn:aws:glue:us-east-1:111111111111:job/etl",
        region="us-east-1",
        timeout_seconds=60,
    )


def test_unfinished_runs_fail_after_a_restart_and_ended_ones_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [make("jr_1", "RUNNING"), make("jr_2", "SUCCEEDED"), make("jr_3", "STARTING")]
    backend = SimpleNamespace(jobs={"etl": SimpleNamespace(job_runs=runs)})
    monkeypatch.setattr(extension, "glue_backends", {"111111111111": {"us-east-1": backend}})
    assert extension.fail_interrupted_runs() == 2
    assert [run.status for run in runs] == ["FAILED", "SUCCEEDED", "FAILED"]
    assert runs[0].as_dict()["ErrorMessage"] == "the local cloud was stopped during the run"
    assert extension.fail_interrupted_runs() == 0
