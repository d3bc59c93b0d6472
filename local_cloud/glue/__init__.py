"""Glue: jobs run on local Spark 3.5.6, the version of Glue 5.1."""

from typing import Any

from local_cloud.runtime import Runtime

_GLUE_VERSION = "5.1"
_NOT_EMULATED = {"--job-bookmark-option", "--additional-python-modules", "--extra-py-files", "--extra-jars"}


def install(_runtime: Runtime) -> None:
    """Make job runs real, and add the calls that moto lacks."""
    import moto.glue.models as models
    from moto.core.responses import ActionResult
    from moto.glue.exceptions import InvalidInputException
    from moto.glue.responses import GlueResponse

    from local_cloud.glue import runner
    from local_cloud.glue.job_run import JobRun

    models.FakeJobRun = JobRun
    start_in_moto = models.FakeJob.start_job_run

    def start_job_run(self: Any, *arguments: Any, **named: Any) -> str:
        if self.glue_version != _GLUE_VERSION:
            raise InvalidInputException(
                "StartJobRun", f"the local cloud runs glue {_GLUE_VERSION}, got {self.glue_version!r}"
            )
        run_id = str(start_in_moto(self, *arguments, **named))
        run = next(item for item in self.job_runs if item.job_run_id == run_id)
        lost = sorted(_NOT_EMULATED & set(run.arguments or {}))
        if lost or self.connections:
            self.job_runs.remove(run)
            raise InvalidInputException("StartJobRun", f"the local cloud does not emulate {lost or 'connections'}")
        runner.start(self, run)
        return run_id

    def batch_stop_job_run(self: Any) -> Any:
        job = self.glue_backend.get_job(self._get_param("JobName"))
        submitted = []
        for run_id in self._get_param("JobRunIds"):
            runner.stop(job.get_job_run(run_id))
            submitted.append({"JobName": job.name, "JobRunId": run_id})
        return ActionResult({"SuccessfulSubmissions": submitted, "Errors": []})

    def update_job(self: Any) -> Any:
        job = self.glue_backend.get_job(self._get_param("JobName"))
        update = self._get_param("JobUpdate")
        names = {
            "Description": "description",
            "Role": "role",
            "Command": "command",
            "ExecutionProperty": "execution_property",
            "DefaultArguments": "default_arguments",
            "MaxRetries": "max_retries",
            "Timeout": "timeout",
            "GlueVersion": "glue_version",
            "NumberOfWorkers": "number_of_workers",
            "WorkerType": "worker_type",
        }
        for parameter, attribute in names.items():
            if parameter in update:
                setattr(job, attribute, update[parameter])
        return ActionResult({"JobName": job.name})

    models.FakeJob.start_job_run = start_job_run
    GlueResponse.batch_stop_job_run = batch_stop_job_run
    GlueResponse.update_job = update_job
