"""Puts the runner behind moto's Glue API."""

import copy
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.glue.exceptions import ConcurrentRunsExceededException, JobRunNotFoundException
from moto.glue.models import FakeJob, glue_backends
from moto.glue.responses import GlueResponse

from local_cloud.kernel import patching
from local_cloud.kernel.errors import NotEmulatedError
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
    "NonOverridableArguments": ("non_overridable_arguments", None),
    "Connections": ("connections", None),
    "MaxRetries": ("max_retries", None),
    "AllocatedCapacity": ("allocated_capacity", None),
    "Timeout": ("timeout", None),
    "MaxCapacity": ("max_capacity", None),
    "WorkerType": ("worker_type", None),
    "NumberOfWorkers": ("number_of_workers", None),
    "SecurityConfiguration": ("security_configuration", None),
    "NotificationProperty": ("notification_property", None),
    "ExecutionClass": ("execution_class", "STANDARD"),
}

# Members of StartJobRun that the runner does not follow.
_RUN_REFUSED = (
    "AllocatedCapacity",
    "ExecutionClass",
    "ExecutionRoleSessionPolicy",
    "JobRunQueuingEnabled",
    "NotificationProperty",
    "SecurityConfiguration",
)
_LEAST_WORKERS = 2


class GlueNotEmulatedError(JsonRESTError):  # type: ignore[misc]  # moto is skipped by the type check
    """NotEmulatedError as an answer of the API."""

    code = 400

    def __init__(self, message: str) -> None:
        super().__init__("NotEmulated", message)


@patching.owner
def install() -> None:
    """Job runs never run, and half of what there is of jobs is missing."""
    patching.replace(GlueResponse, "create_job", _checked_definition(GlueResponse.create_job))
    patching.replace(FakeJob, "start_job_run", _start_job_run)
    patching.replace(GlueResponse, "start_job_run", _checked(GlueResponse.start_job_run))
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
        members = ("Command", "GlueVersion", "WorkerType", "SecurityConfiguration", "MaxRetries")
        _check_definition(self._get_param("Name"), {member: self._get_param(member) for member in members})
        return create(self)

    return create_job


def _check_definition(name: str, definition: dict[str, Any]) -> None:
    try:
        coverage.check_definition(name, definition)
    except NotEmulatedError as error:
        raise GlueNotEmulatedError(str(error)) from error


def _checked(start: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    def start_job_run(self: Any) -> ActionResult:
        # Moto would drop them.
        asked = {name: self._get_param(name) for name in _RUN_REFUSED if self._get_param(name)}
        job = self.glue_backend.get_job(self._get_param("JobName"))
        if asked.get("ExecutionClass") == job.execution_class:
            del asked["ExecutionClass"]
        if asked:
            raise GlueNotEmulatedError(f"StartJobRun of {job.name}: not emulated: {', '.join(sorted(asked))}")
        if self._get_param("MaxCapacity"):
            raise connections.InvalidInputError(
                f"MaxCapacity cannot be set for Glue version {job.glue_version}; set WorkerType and NumberOfWorkers"
            )
        kind = self._get_param("WorkerType") or job.worker_type
        _check_definition(job.name, {**coverage.definition_of(job), "WorkerType": kind})
        workers = self._get_int_param("NumberOfWorkers")
        if workers is not None and workers < _LEAST_WORKERS:
            raise connections.InvalidInputError(
                f"To use Worker Type {kind}, minimum allowed value of Number of Workers is {_LEAST_WORKERS}."
            )
        return start(self)

    return start_job_run


def _start_job_run(
    self: Any, *, arguments: dict[str, str] | None, timeout: int | None, previous_run_id: str | None, **sizes: Any
) -> str:
    own = dict(arguments or {})
    merged = dict(self.default_arguments) | own | dict(self.non_overridable_arguments or {})
    try:
        plan = coverage.check(self, merged, connections=connections.names_of(self))
    except NotEmulatedError as error:
        raise GlueNotEmulatedError(str(error)) from error
    active = sum(run.is_active for run in self.job_runs)
    limit = self.execution_property.get("MaxConcurrentRuns", 1)
    if active >= limit:
        raise ConcurrentRunsExceededException(f"Concurrent runs exceeded for {self.name}: {active} of {limit}")
    minutes = timeout or self.timeout or coverage.DEFAULT_TIMEOUT_MINUTES
    role = self.role if self.role.startswith("arn:") else f"arn:aws:iam::{self.backend.account_id}:role/{self.role}"
    run = RunnableJobRun(
        job_run_id=f"jr_{secrets.token_hex(32)}",
        job_name=self.name,
        arguments=own,
        timeout=minutes,
        glue_version=self.glue_version,
        worker_type=sizes.get("worker_type") or self.worker_type,
        number_of_workers=sizes.get("number_of_workers") or self.number_of_workers,
        execution_class=self.execution_class,
        previous_run_id=previous_run_id,
        log_groups=plan.log_groups,
        plan=plan,
        role_arn=role,
        job_arn=self.arn,
        region=self.backend.region_name,
        timeout_seconds=minutes * 60,
    )
    self.job_runs.append(run)
    run.start()
    return run.job_run_id


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
    # Queuing that is off is what the local cloud does anyway.
    off = {"JobRunQueuingEnabled"} if update.get("JobRunQueuingEnabled") is False else set()
    if unknown := sorted(set(update) - set(_UPDATABLE) - {"GlueVersion"} - off):
        raise GlueNotEmulatedError(f"UpdateJob of {name}: not emulated: {', '.join(unknown)}")
    job = self.glue_backend.get_job(name)
    version = update.get("GlueVersion") or job.glue_version
    _check_definition(name, {**update, "GlueVersion": version})
    job.glue_version = version
    for member, (attribute, default) in _UPDATABLE.items():
        setattr(job, attribute, update.get(member, copy.copy(default)))
    job.last_modified_on = datetime.now(UTC)
    return ActionResult({"JobName": name})
