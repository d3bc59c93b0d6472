"""Jobs that are one container: its files come from S3, its process runs under the job's role, its results go back."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from local_cloud.faults import jobs
from local_cloud.faults.plan import Fault
from local_cloud.kernel import runtime
from local_cloud.kernel.credentials import RoleSession, assume_service_role
from local_cloud.kernel.processes import Completed, exit_code
from local_cloud.kernel.work import Work
from local_cloud.services.sagemaker import job_files, job_logs
from local_cloud.services.sagemaker.job import JobFailedError, SageMakerJob
from local_cloud.services.sagemaker.job_output import Output, Watch


@dataclass(frozen=True, kw_only=True)
class Container:
    """How a container is started.

    Args:
        argv: its program.
        environment: all of it.
        cwd: where it starts.
        seconds: of virtual time; after that it is stopped.
    """

    argv: Sequence[str]
    environment: Mapping[str, str]
    cwd: Path
    seconds: float


# On AWS a job has its instance for itself. Here threads of OpenMP that wait for each other would keep the cores from
# those they wait for, as soon as two jobs run: https://gcc.gnu.org/onlinedocs/libgomp/OMP_005fWAIT_005fPOLICY.html
_SHARED_CORES = {"OMP_WAIT_POLICY": "PASSIVE"}


class ContainerJob(SageMakerJob):
    """A job with a container."""

    # Begins the names of its folder and its log.
    KIND: ClassVar[str]
    LOG_GROUP: ClassVar[str]

    @property
    @abstractmethod
    def name(self) -> str:
        """Of the job."""

    @property
    @abstractmethod
    def role_arn(self) -> str:
        """RoleArn."""

    @property
    def fault_kind(self) -> str:
        """What the fault plan calls jobs like it."""
        return self.KIND

    @abstractmethod
    def prepare(self, session: RoleSession, root: Path) -> None:
        """Fill the private ``/opt/ml``: configuration and inputs."""

    @abstractmethod
    def container(self, session: RoleSession, root: Path) -> Container:
        """How its container is started."""

    @abstractmethod
    def look_at(self, output: Output, root: Path) -> None:
        """Note what is told of the container, however it ended."""

    @abstractmethod
    def keeps(self, completed: Completed) -> bool:
        """Whether what the container left is uploaded, given that it ended by itself or was stopped by its time."""

    @abstractmethod
    def explanation(self, log: str, root: Path) -> str:
        """Why the container failed, in its own words."""

    @abstractmethod
    def upload(self, session: RoleSession, root: Path, *, incomplete: bool) -> None:
        """Copy the results to S3; a part of them if a fault wants them incomplete."""

    @abstractmethod
    def stopped(self) -> None:
        """Enter the status of a job that was stopped."""

    @abstractmethod
    def completed(self, completed: Completed) -> None:
        """Enter the status of a job whose results are uploaded."""

    def run(self, work: Work) -> None:
        """From the role to the upload."""
        with job_files.scratch(self.KIND) as scratch:
            self._run_in(scratch / "ml", work)

    def _run_in(self, root: Path, work: Work) -> None:
        _, _, _, region, account_id, _ = self.key.split(":", 5)
        session = assume_service_role(
            self.role_arn,
            service="sagemaker.amazonaws.com",
            session_name="SageMaker",
            region=region,
            source_arn=self.key,
        )
        fault = jobs.strike(self.fault_kind, name=self.name, account_id=account_id)
        refused = jobs.failure_reason(fault, self.fault_kind, kind="job_failure")
        if refused:
            raise JobFailedError(refused)
        self.prepare(session, root)
        completed = self._process(session, root, fault, work)
        if self.is_stopping or not self.keeps(completed):
            self.stopped()
            return
        lost = jobs.failure_reason(fault, self.fault_kind, kind="partial_upload")
        self.upload(session, root, incomplete=lost is not None)
        if lost:
            raise JobFailedError(lost)
        self.completed(completed)

    def _process(self, session: RoleSession, root: Path, fault: Fault | None, work: Work) -> Completed:
        container, log = self.container(session, root), root.parent / "log.txt"
        process = runtime.current().processes.start(
            jobs.command(fault, container.argv),
            environment=_SHARED_CORES | dict(container.environment),
            cwd=container.cwd,
            log=log,
            own=root,
        )
        work.hold(process)
        with Watch(log) as watch:
            if jobs.crashes(fault):
                completed = jobs.crash(process, log)
            else:
                completed = process.wait(limit=runtime.current().clock.countdown(container.seconds))
        if runtime.current().processes.is_closed:
            # It was ended with the server.
            raise JobFailedError(self.INTERRUPTED)
        output = watch.output()
        job_logs.write(session, output.text, kind=self.KIND, group=self.LOG_GROUP, job_name=self.name)
        self.look_at(output, root)
        if not (completed.timed_out or self.is_stopping) and completed.returncode != 0:
            reason = self.explanation(output.text, root) or "no message"
            raise JobFailedError(f"AlgorithmError: {reason}, exit code: {exit_code(completed.returncode)}")
        return completed
