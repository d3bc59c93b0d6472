"""Jobs of containers: files come from S3, processes run under the job's role, and results go back."""

import itertools
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from local_cloud.faults import jobs
from local_cloud.faults.plan import Fault
from local_cloud.kernel import runtime
from local_cloud.kernel.clock import Countdown
from local_cloud.kernel.credentials import RoleSession, assume_service_role
from local_cloud.kernel.processes import Completed, JobProcess, exit_code
from local_cloud.kernel.work import Work
from local_cloud.services.sagemaker import hosts, job_files, job_logs
from local_cloud.services.sagemaker.cluster import Cluster, Outcome
from local_cloud.services.sagemaker.hosts import Host
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
# Those of OpenBLAS, which numpy has, know no such policy: on two busy cores a training of small matrices took ten times
# as long with two of them as with one.
_SHARED_CORES = {"OMP_WAIT_POLICY": "PASSIVE", "OPENBLAS_NUM_THREADS": "1"}


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

    @property
    def instances(self) -> int:
        """How many hosts it has."""
        return 1

    @abstractmethod
    def prepare(self, session: RoleSession, host: Host) -> None:
        """Fill a host's private ``/opt/ml``: configuration and inputs."""

    @abstractmethod
    def container(self, session: RoleSession, host: Host) -> Container:
        """How a host's container is started."""

    def beside(self, session: RoleSession, hosts: Sequence[Host]) -> AbstractContextManager[object]:  # noqa: ARG002  # most jobs have nothing to do
        """What goes on while the containers run."""
        return nullcontext()

    def loses_instances(self, hosts: Sequence[Host]) -> Callable[[], bool]:  # noqa: ARG002  # most jobs keep theirs
        """Gives what is asked several times a second while the containers run: whether they lose their instances."""
        return lambda: False

    def goes_on(self) -> bool:
        """Wait for other instances after the loss of some; whether there are any. The job has ended otherwise."""
        return False

    @abstractmethod
    def look_at(self, outputs: Mapping[Host, Output]) -> None:
        """Note what is told of the containers, however they ended."""

    @abstractmethod
    def keeps(self, completed: Completed) -> bool:
        """Whether what the containers left is uploaded, given that they ended by themselves or by their time."""

    @abstractmethod
    def explanation(self, log: str, host: Host) -> str:
        """Why a host's container failed, in its own words."""

    def failure(self, returncode: int) -> str:  # noqa: ARG002  # others tell by it who is to blame
        """Whose mistake AWS says that a container's exit code tells of."""
        return "AlgorithmError"

    @abstractmethod
    def upload(self, session: RoleSession, hosts: Sequence[Host], *, incomplete: bool) -> None:
        """Copy the results to S3; a part of them if a fault wants them incomplete."""

    def save_rest(self, session: RoleSession, hosts: Sequence[Host]) -> None:
        """Copy to S3 what containers left that were stopped by somebody; most jobs copy nothing."""

    @abstractmethod
    def stopped(self) -> None:
        """Enter the status of a job that was stopped."""

    @abstractmethod
    def completed(self, completed: Completed) -> None:
        """Enter the status of a job whose results are uploaded."""

    def run(self, work: Work) -> None:
        """From the role to the upload; once more from the inputs on when the instances were taken away."""
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
        for attempt in itertools.count(1):
            with job_files.scratch(self.KIND) as scratch:
                is_over = self._attempt(session, hosts.make(scratch, self.instances), fault, work, number=attempt)
            if is_over or not self.goes_on():
                return

    def _attempt(
        self, session: RoleSession, found: Sequence[Host], fault: Fault | None, work: Work, *, number: int
    ) -> bool:
        """Run it on some instances; False if they were taken away."""
        for host in found:
            self.prepare(session, host)
        with self.beside(session, found):
            outcome = self._containers(session, found, fault, work, attempt=number)
        if self.is_stopping or not self.keeps(outcome.completed):
            self.save_rest(session, found)
            self.stopped()
            return True
        if outcome.lost:
            return False
        lost = jobs.failure_reason(fault, self.fault_kind, kind="partial_upload")
        self.upload(session, found, incomplete=lost is not None)
        if lost:
            raise JobFailedError(lost)
        self.completed(outcome.completed)
        return True

    def _containers(
        self, session: RoleSession, found: Sequence[Host], fault: Fault | None, work: Work, *, attempt: int
    ) -> Outcome:
        started = [(host, self.container(session, host)) for host in found]
        with ExitStack() as watching:
            processes = dict[str, JobProcess]()
            for host, container in started:
                process = processes[host.name] = _start(host, container, fault)
                # None outlives the job, if others cannot be started or the wait for them breaks off.
                watching.callback(runtime.current().processes.kill, process)
            cluster = Cluster(processes)
            watches = {host: watching.enter_context(Watch(host.log)) for host in found}
            work.hold(cluster)
            if jobs.crashes(fault):
                completed = jobs.crash(cluster.first, found[0].log)
                cluster.stop()
                outcome = replace(cluster.wait(_countdown(started), is_lost=lambda: False), completed=completed)
            else:
                outcome = cluster.wait(_countdown(started), is_lost=self.loses_instances(found))
        if runtime.current().processes.is_closed:
            # They were ended with the server.
            raise JobFailedError(self.INTERRUPTED)
        outputs = {host: watch.output() for host, watch in watches.items()}
        for host, output in outputs.items():
            where = job_logs.Place(kind=self.KIND, group=self.LOG_GROUP, job_name=self.name, host=host.name)
            job_logs.write(session, output.text, where, attempt=attempt)
        self.look_at(outputs)
        completed = outcome.completed
        if not (completed.timed_out or outcome.lost or self.is_stopping) and completed.returncode != 0:
            failed = next(host for host in found if host.name == outcome.host)
            reason = self.explanation(outputs[failed].text, failed) or "no message"
            blame = self.failure(completed.returncode)
            raise JobFailedError(f"{blame}: {reason}, exit code: {exit_code(completed.returncode)}")
        return outcome


def _start(host: Host, container: Container, fault: Fault | None) -> JobProcess:
    return runtime.current().processes.start(
        jobs.command(fault, container.argv),
        environment=_SHARED_CORES | dict(container.environment),
        cwd=container.cwd,
        log=host.log,
        own=host.root,
    )


def _countdown(started: Sequence[tuple[Host, Container]]) -> Countdown:
    return runtime.current().clock.countdown(started[0][1].seconds)
