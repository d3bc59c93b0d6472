"""Puts the runner behind moto's Glue API."""

import copy
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.glue.exceptions import ConcurrentRunsExceededException, JobRunNotFoundException
from moto.glue.models import FakeJob, glue_backends
from moto.glue.responses import GlueResponse

from local_cloud.kernel import patching
from local_cloud.services.glue import connections, coverage
from local_cloud.services.glue.job_run import JobRun
from local_cloud.services.glue.runner import RunnableJobRun

# Members of JobUpdate that moto's job keeps, by its attribute; a member that is left out goes back to its default.
_UPDATABLE: dict[str, tuple[str, Any]] = {
    "Description": ("description", None),
    "LogUri": ("log_uri", None),
    "Role": ("role", None),
    "ExecutionProperty": ("execution_property", {}),
    "Command": ("command", None),
    "DefaultArguments": ("default_arguments", {}),
    "Connections": ("connections", None),
    "MaxRetries": ("max_retries", None),
    "Timeout": ("timeout", None),
    "WorkerType": ("worker_type", None),
    "NumberOfWorkers": ("number_of_workers", None),
    "ExecutionClass": ("execution_class", "STANDARD"),
}

_LEAST_WORKERS = 2


@patching.owner
def install() -> None:
    """Job runs never run, and half of what there is of jobs is missing."""
    patching.replace(GlueResponse, "create_job", _checked_definition(GlueResponse.create_job))
    patching.replace(GlueResponse, "start_job_run", _start_job_run)
    patching.replace(FakeJob, "get_job_run", _get_job_run)
    patching.replace(FakeJob, "get_job_runs", _get_job_runs)
    patching.replace(GlueResponse, "batch_stop_job_run", _batch_stop_job_run)
    patching.replace(GlueResponse, "update_job", _update_job)


def fail_interrupted_runs() -> int:
    """Make runs FAILED that an earlier process left unfinished; call after a snapshot was loaded. Returns how many."""
    failed = 0
    for regions in glue_backends.values():
        for backend in regions.values():
            for job in backend.jobs.values():
                failed += sum(run.interrupted() for run in job.job_runs)
    return failed


def _checked_definition(create: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    def create_job(self: Any) -> ActionResult:
        coverage.check_definition(
            self._get_param("Name"), command=self._get_param("Command"), glue_version=self._get_param("GlueVersion")
        )
        return create(self)

    return create_job


def _start_job_run(self: Any) -> ActionResult:
    job = self.glue_backend.get_job(self._get_param("JobName"))
    if self._get_param("MaxCapacity"):
        raise connections.InvalidInputError(
            f"MaxCapacity cannot be set for Glue version {job.glue_version}; set WorkerType and NumberOfWorkers"
        )
    kind, workers = self._get_param("WorkerType") or job.worker_type, self._get_int_param("NumberOfWorkers")
    if workers is not None and workers < _LEAST_WORKERS:
        raise connections.InvalidInputError(
            f"To use Worker Type {kind}, minimum allowed value of Number of Workers is {_LEAST_WORKERS}."
        )
    own = dict(self._get_param("Arguments") or {})
    plan = coverage.check(job, dict(job.default_arguments) | own, connections=connections.names_of(job))
    active = sum(run.is_active for run in job.job_runs)
    limit = job.execution_property.get("MaxConcurrentRuns", 1)
    if active >= limit:
        raise ConcurrentRunsExceededException(f"Concurrent runs exceeded for {job.name}: {active} of {limit}")
    minutes = self._get_int_param("Timeout") or job.timeout or coverage.DEFAULT_TIMEOUT_MINUTES
    account_id, region = job.backend.account_id, job.backend.region_name
    run = RunnableJobRun(
        job_run_id=f"jr_{secrets.token_hex(32)}",
        job_name=job.name,
        arguments=own,
        timeout=minutes,
        glue_version=job.glue_version,
        worker_type=kind,
        number_of_workers=workers or job.number_of_workers,
        execution_class=self._get_param("ExecutionClass") or job.execution_class,
        log_groups=plan.log_groups,
        plan=plan,
        role_arn=job.role if job.role.startswith("arn:") else f"arn:aws:iam::{account_id}:role/{job.role}",
        job_arn=job.arn,
        region=region,
        timeout_seconds=minutes * 60,
    )
    job.job_runs.append(run)
    run.start()
    return ActionResult({"JobRunId": run.job_run_id})


def _get_job_run(self: Any, run_id: str) -> JobRun:
    for run in self.job_runs:
        if run.job_run_id == run_id:
            found: JobRun = run
            return found
    raise JobRunNotFoundException(run_id)


def _get_job_runs(self: Any) -> list[JobRun]:
    # Newest first, as AWS answers.
    return list(reversed(self.job_runs))


def _batch_stop_job_run(self: Any) -> ActionResult:
    name = self._get_param("JobName")
    job = self.glue_backend.get_job(name)
    stopped, errors = [], []
    for run_id in self._get_param("JobRunIds"):
        entry = {"JobName": name, "JobRunId": run_id}
        run = next((run for run in job.job_runs if run.job_run_id == run_id), None)
        if run is None:
            detail = {"ErrorCode": "EntityNotFoundException", "ErrorMessage": f"Job run {run_id} not found"}
            errors.append(entry | {"ErrorDetail": detail})
        elif not run.is_active:
            detail = {
                "ErrorCode": "InvalidInputException",
                "ErrorMessage": f"Job run {run_id} is {run.status}; only a STARTING or RUNNING one can be stopped",
            }
            errors.append(entry | {"ErrorDetail": detail})
        else:
            run.stop()
            stopped.append(entry)
    return ActionResult({"SuccessfulSubmissions": stopped, "Errors": errors})


def _update_job(self: Any) -> ActionResult:
    # The new definition overwrites the old one completely: what it leaves out is not kept, but for the version.
    name, update = self._get_param("JobName"), self._get_param("JobUpdate") or {}
    job = self.glue_backend.get_job(name)
    version = update.get("GlueVersion") or job.glue_version
    coverage.check_definition(name, command=update.get("Command"), glue_version=version)
    job.glue_version = version
    for member, (attribute, default) in _UPDATABLE.items():
        setattr(job, attribute, update.get(member, copy.copy(default)))
    job.last_modified_on = datetime.now(UTC)
    return ActionResult({"JobName": name})
