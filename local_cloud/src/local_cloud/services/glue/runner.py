"""Runs one job run: stage the data, start the script on local Spark, write the results back."""

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from local_cloud.faults import jobs
from local_cloud.faults.plan import Fault
from local_cloud.kernel import runtime
from local_cloud.kernel.credentials import RoleSession, assume_service_role
from local_cloud.kernel.errors import JobError, LocalCloudError
from local_cloud.kernel.job import Job
from local_cloud.kernel.processes import Completed, exit_code
from local_cloud.kernel.work import Work
from local_cloud.services.glue import connections, spark
from local_cloud.services.glue.class_archive import ClassArchive
from local_cloud.services.glue.coverage import Plan
from local_cloud.services.glue.error_message import last_exception
from local_cloud.services.glue.job_run import JobRun
from local_cloud.services.glue.staging import Stage, parse_uri, prefixes_in

_MAX_EVENT_CHARACTERS = 20_000
_MAX_EVENTS_A_CALL = 500
# A busy machine takes minutes for what a quiet one does in a second.
_LONGEST_ARCHIVING_SECONDS = 600.0


@dataclass(kw_only=True)
class RunnableJobRun(JobRun, Job):
    """One run with all that it takes to run it.

    Args:
        plan: what to start.
        role_arn: the job's role.
        job_arn: ARN of the job.
        region: of the job.
        timeout_seconds: of virtual time, after which the script is stopped.
    """

    UNDER_WAY: ClassVar = ("STARTING", "RUNNING", "STOPPING")
    INTERRUPTED: ClassVar = "the local cloud was stopped during the run"

    plan: Plan
    role_arn: str
    job_arn: str
    region: str
    timeout_seconds: float

    @property
    def key(self) -> str:
        """Id of the run."""
        return self.job_run_id

    @property
    def scratch(self) -> Path:
        """Private folder of the run."""
        return runtime.current().settings.scratch_dir / "glue" / self.job_run_id

    @property
    def stdout(self) -> Path:
        """The script's standard output."""
        return runtime.current().settings.log_dir / "glue" / self.job_name / f"{self.job_run_id}.out"

    @property
    def stderr(self) -> Path:
        """The script's and Spark's standard error."""
        return self.stdout.with_suffix(".err")

    def enter_stopping(self) -> None:
        """It is stopped."""
        self.move_to("STOPPING")

    def fail(self, reason: str) -> None:
        """It has failed, or was stopped by somebody before it could."""
        if self.is_stopping:
            self.move_to("STOPPED")
        else:
            self.move_to("FAILED", error_message=reason)

    def reason_of(self, error: Exception) -> str | None:
        """ErrorMessage: what the role or the machine lacks."""
        if not isinstance(error, LocalCloudError):
            return None
        self._note(str(error))
        return str(error)

    def unexplained(self, error: Exception | None) -> str:
        """ErrorMessage of what is not the caller's fault."""
        reason = f"fault in the local cloud: {error!r}"
        self._note(reason)
        return reason

    def run(self, work: Work) -> None:
        """From the role to the logs."""
        self.stdout.parent.mkdir(parents=True, exist_ok=True)
        try:
            session = assume_service_role(
                self.role_arn,
                service="glue.amazonaws.com",
                session_name="GlueJobRunnerSession",
                region=self.region,
                source_arn=self.job_arn,
            )
            self._execute(session, work)
        finally:
            shutil.rmtree(self.scratch, ignore_errors=True)

    def _execute(self, session: RoleSession, work: Work) -> None:
        fault = jobs.strike("glue", name=self.job_name, account_id=self.job_arn.split(":")[4])
        refused = jobs.failure_reason(fault, "glue", kind="job_failure")
        if refused:
            raise JobError(refused)
        connections.check_role(session, self.plan.connections)
        stage = Stage(client=session.client("s3"), role_arn=self.role_arn, root=self.scratch / "buckets")
        script = self.scratch / "script" / Path(parse_uri(self.plan.script).key).name
        stage.fetch(parse_uri(self.plan.script), script)
        extra = [self.scratch / "extra" / Path(parse_uri(uri).key).name for uri in self.plan.extra_python]
        for uri, target in zip(self.plan.extra_python, extra, strict=True):
            stage.fetch(parse_uri(uri), target)
        stage.download(prefixes_in(self.plan.arguments))
        completed = self._run_script(session, stage, script, extra, fault=fault, work=work)
        if completed is None or (completed.stopped and not runtime.current().processes.is_closed):
            outcome, message = "STOPPED", None
        elif completed.stopped:
            outcome, message = "FAILED", self.INTERRUPTED
        elif completed.timed_out:
            outcome, message = "TIMEOUT", f"Job run exceeded its timeout of {self.timeout} minutes"
        elif completed.returncode != 0:
            text = self.stderr.read_text(encoding="utf-8", errors="replace")
            outcome, message = "FAILED", last_exception(text, returncode=exit_code(completed.returncode))
        else:
            lost = jobs.failure_reason(fault, "glue", kind="partial_upload")
            stage.upload(incomplete=lost is not None)
            outcome, message = ("FAILED", lost) if lost else ("SUCCEEDED", None)
        # Before the state: who sees the end of the run finds its logs.
        self._publish_logs(session)
        if outcome == "FAILED" and self.is_stopping:
            outcome, message = "STOPPED", None
        self.move_to(outcome, error_message=message)

    def _run_script(
        self, session: RoleSession, stage: Stage, script: Path, extra: list[Path], *, fault: Fault | None, work: Work
    ) -> Completed | None:
        spark_scratch, configuration = self.scratch / "work", self.scratch / "conf"
        spark_scratch.mkdir(parents=True, exist_ok=True)
        interpreter, java = spark.interpreter(self.plan.modules), spark.java_home()
        archive = ClassArchive.of(interpreter.folder, java)
        writes_archive = not archive.is_complete()
        spark.write_configuration(
            configuration,
            buckets_root=stage.root,
            buckets=stage.buckets,
            scratch=spark_scratch,
            data_bytes=stage.size(),
            archive=archive,
        )
        # A .zip is itself an entry of the path, a .py is found through its folder.
        python_path = [path if path.suffix == ".zip" else path.parent for path in extra]
        environment = interpreter.environment(session.environment())
        environment |= spark.environment(java=java, configuration=configuration, python_path=python_path)
        arguments = {
            "--JOB_NAME": self.job_name,
            "--JOB_RUN_ID": self.job_run_id,
            **self.plan.arguments,
        }
        argv = [interpreter.python, str(script), *(part for pair in arguments.items() for part in pair)]
        if work.is_stopping:
            return None
        process = runtime.current().processes.start(
            # The shell keeps the two streams apart, as Glue's two log groups do.
            ["/bin/sh", "-c", 'exec "$@" 2>>"$0"', str(self.stderr), *jobs.command(fault, argv)],
            environment=environment,
            cwd=spark_scratch,
            log=self.stdout,
        )
        self.move_to("RUNNING")
        work.hold(process)
        if jobs.crashes(fault):
            return jobs.crash(process, self.stdout)
        completed = process.wait(limit=runtime.current().clock.countdown(self.timeout_seconds))
        if writes_archive:
            # Java outlives the script that started it by the time that this takes.
            process.wait_for_group(_LONGEST_ARCHIVING_SECONDS)
        return completed

    def _publish_logs(self, session: RoleSession) -> None:
        logs = session.client("logs")
        for kind, path in (("output", self.stdout), ("error", self.stderr)):
            group = f"{self.plan.log_groups}/{kind}"
            try:
                _put_log(logs, group=group, stream=self.job_run_id, path=path)
            except ClientError as error:
                # As on AWS: a role without permission for logs still runs its job.
                self._note(f"no log events in {group}: {error}")

    def _note(self, text: str) -> None:
        with self.stderr.open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")


def _put_log(client: Any, *, group: str, stream: str, path: Path) -> None:
    with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
        client.create_log_group(logGroupName=group)
    with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
        client.create_log_stream(logGroupName=group, logStreamName=stream)
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    # One time for all lines: the file does not say when each was written.
    written = int(path.stat().st_mtime * 1000) if lines else 0
    events = [{"timestamp": written, "message": line[:_MAX_EVENT_CHARACTERS]} for line in lines if line.strip()]
    for start in range(0, len(events), _MAX_EVENTS_A_CALL):
        client.put_log_events(
            logGroupName=group, logStreamName=stream, logEvents=events[start : start + _MAX_EVENTS_A_CALL]
        )
