"""Training jobs: a container under the job's role, whose model goes to S3."""

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from local_cloud.containers.sagemaker.training import CUSTOMER_ERROR
from local_cloud.faults import jobs, spot
from local_cloud.faults.plan import Fault
from local_cloud.faults.spot import Interruptions
from local_cloud.kernel import environments
from local_cloud.kernel.credentials import RoleSession
from local_cloud.kernel.processes import Completed
from local_cloud.services.sagemaker import (
    archives,
    channels,
    checkpoints,
    entrypoint,
    hosts,
    images,
    job_files,
    metrics,
    scripts,
    training_files,
)
from local_cloud.services.sagemaker.channel_files import Shards
from local_cloud.services.sagemaker.checkpoints import Checkpoints, Sync
from local_cloud.services.sagemaker.container_job import Container, ContainerJob
from local_cloud.services.sagemaker.hosts import Host
from local_cloud.services.sagemaker.job_output import Output
from local_cloud.services.sagemaker.metrics import Measurement
from local_cloud.services.sagemaker.pipes import Feed, Pipe
from local_cloud.services.sagemaker.training_record import TrainingRecord
from local_cloud.services.sagemaker.training_time import TrainingTime

# FailureReason has at most 1024 characters; the exit code comes last.
_LONGEST_REASON = 950


class TrainingJob(TrainingRecord, ContainerJob):
    """One job, around the object that moto keeps of it.

    Args:
        job: moto's.
        on_end: called once the job is over.
    """

    KIND: ClassVar = "training"
    LOG_GROUP: ClassVar = "/aws/sagemaker/TrainingJobs"

    def __init__(self, job: Any, *, on_end: Callable[[], None] = lambda: None) -> None:
        super().__init__(job)
        self._on_end = on_end
        self._measured: list[Measurement] = []
        self._sync: Sync | None = None
        self._seconds = 0.0
        self._interruption: Fault | None = None

    @functools.cached_property
    def _time(self) -> TrainingTime:
        return TrainingTime(self._job.stopping_condition or {}, spot=bool(self._job.enable_managed_spot_training))

    @functools.cached_property
    def _checkpoints(self) -> Checkpoints | None:
        return checkpoints.of(self._job.checkpoint_config, trial=self.name if self.fault_kind == "trial" else None)

    @property
    def fault_kind(self) -> str:
        """A job of a tuning job is one of its trials."""
        return "trial" if getattr(self._job, "tuning_job_arn", None) else self.KIND

    def start(self) -> None:
        """Run it in the background; moto's jobs are complete before they ran."""
        job = self._job
        job.training_job_status = "InProgress"
        job.final_metric_data_list = []
        job.secondary_status_transitions = []
        job.training_start_time = job.training_end_time = None
        self.enter("Starting", "Preparing the instances for training")
        super().start()

    def enter_stopping(self) -> None:
        """The secondary status stays as it is."""
        self._job.training_job_status = "Stopping"

    def fail(self, reason: str) -> None:
        """It has failed."""
        self.end("Failed", reason)

    def stopped(self) -> None:
        """It was stopped by somebody."""
        self.end("Stopped", None)

    def completed(self, completed: Completed) -> None:
        """It ended by itself, or by its time."""
        if completed.timed_out:
            over = "MaxWaitTimeExceeded" if self._time.is_waiting_over() else "MaxRuntimeExceeded"
            self.end("Stopped", None, secondary=over)
        else:
            self.end("Completed", None)

    def end(self, status: str, reason: str | None, *, secondary: str | None = None) -> None:
        """Enter a final status."""
        self.idle_seconds = self._time.idle_seconds
        super().end(status, reason, secondary=secondary)

    def over(self) -> None:
        """Tell whoever waits for it."""
        self._on_end()

    @property
    def instances(self) -> int:
        """InstanceCount."""
        return int(self._job.resource_config.get("InstanceCount") or 1)

    def prepare(self, session: RoleSession, host: Host) -> None:
        """The private /opt/ml."""
        self.enter_once("Downloading", "Downloading input data")
        if self._job.training_start_time is None:
            # AWS counts a job's time from here on, also that of a job which fails in its download.
            self._job.training_start_time = self._job.secondary_status_transitions[-1]["StartTime"]
        names = hosts.names(self.instances)
        inputs, mode = self._job.input_data_config or [], self._job.algorithm_specification.get("TrainingInputMode")
        hyperparameters = self._job.hyper_parameters or {}
        training_files.make(
            host,
            names,
            hyperparameters=hyperparameters,
            inputs=inputs,
            mode=mode or "File",
            instance_type=self._job.resource_config["InstanceType"],
        )
        client, number = session.client("s3"), names.index(host.name)
        for channel in inputs:
            if not channels.is_pipe(channel, mode):
                shards = Shards.of(client, channel, number=number, hosts=len(names))
                job_files.copy(client, shards.epoch(0), host.root / "input" / "data" / channel["ChannelName"])
        if self._checkpoints:
            self._checkpoints.restore(client, host)

    def container(self, session: RoleSession, host: Host) -> Container:
        """The image's program for training."""
        if self._job.secondary_status != "Training":
            self.enter("Training", "Training image download completed. Training in progress.")
            self._seconds = self._time.begin()
        specification = self._job.algorithm_specification
        image = images.find(specification["TrainingImage"])
        given = {*(self._job.hyper_parameters or {}), *(self._job.environment or {})}
        if specification.get("ContainerEntrypoint"):
            command = entrypoint.command(specification, python="python3")
            argv = image.own_program(command, folder=host.folder / "environment")
        else:
            argv = image.training(host.root, scripted=scripts.asked(given) is not None)
        return Container(
            argv=argv,
            environment=environments.pip_settings()
            | dict(self._job.environment or {})
            | image.interpreter.environment(session.environment())
            | {"TRAINING_JOB_NAME": self.name, "TRAINING_JOB_ARN": self.key, "HOME": str(host.folder)},
            cwd=host.root,
            seconds=self._seconds,
        )

    @contextlib.contextmanager
    def beside(self, session: RoleSession, hosts: Sequence[Host]) -> Iterator[None]:
        """Checkpoints go to S3, and pipes are fed."""
        client = session.client("s3")
        with contextlib.ExitStack() as going_on:
            going_on.callback(self._time.end)
            if self._checkpoints:
                self._sync = going_on.enter_context(Sync(client, self._checkpoints, hosts))
            going_on.enter_context(Feed(client, self._pipes(client, hosts)))
            yield

    def _pipes(self, client: Any, hosts: Sequence[Host]) -> list[Pipe]:
        mode = self._job.algorithm_specification.get("TrainingInputMode")
        return [
            Pipe(
                folder=host.root / "input" / "data",
                channel=channel,
                items=Shards.of(client, channel, number=number, hosts=len(hosts)).epoch,
            )
            for channel in self._job.input_data_config or []
            if channels.is_pipe(channel, mode)
            for number, host in enumerate(hosts)
        ]

    def loses_instances(self, hosts: Sequence[Host]) -> Callable[[], bool]:
        """Only a job on spot instances loses them, on a test's order."""
        if not self._job.enable_managed_spot_training:
            return super().loses_instances(hosts)
        sync = self._sync
        looking = Interruptions(
            self.fault_kind,
            name=self.name,
            account_id=self.key.split(":")[4],
            logs=[host.log for host in hosts],
            has_checkpoint=lambda: sync is not None and sync.has_new(),
        )

        def is_lost() -> bool:
            self._interruption = looking.strike()
            return self._interruption is not None

        return is_lost

    def goes_on(self) -> bool:
        """Wait for other instances, at most until MaxWaitTimeInSeconds."""
        self.enter("Interrupted", "Training job interrupted: the managed spot training instances were taken away")
        seconds = spot.wait_seconds(self._interruption) if self._interruption else 0.0
        if self._time.wait(seconds, goes_on=lambda: not self.is_stopping):
            if self.is_stopping:
                self.stopped()
                return False
            self.enter("Starting", "Preparing the instances for training")
            return True
        self.end("Stopped", None, secondary="MaxWaitTimeExceeded")
        return False

    def look_at(self, outputs: Mapping[Host, Output]) -> None:
        """The metrics."""
        specification = self._job.algorithm_specification
        found = [
            item
            for output in outputs.values()
            for item in metrics.read(
                output.lines(),
                built_in=images.find(specification["TrainingImage"]).built_in,
                definitions=specification.get("MetricDefinitions") or [],
            )
        ]
        self._measured += found
        self._job.final_metric_data_list = [
            {"MetricName": item.name, "Value": item.value, "Timestamp": item.time}
            for item in metrics.last(self._measured)
        ]
        metrics.publish(found, job_arn=self.key)

    def keeps(self, completed: Completed) -> bool:  # noqa: ARG002  # the same for all
        """What a job has when its time is up is a model."""
        return True

    def explanation(self, log: str, host: Host) -> str:
        """What the container wrote into /opt/ml/output/failure, else the end of its log."""
        failure = host.root / "output" / "failure"
        if not failure.is_file():
            return " ".join(log.splitlines()[-3:])[:_LONGEST_REASON]
        with failure.open(encoding="utf-8", errors="replace") as file:
            return file.read(_LONGEST_REASON)

    def failure(self, returncode: int) -> str:
        """SageMaker's own algorithms tell by a code of theirs that the customer is to blame."""
        own = images.find(self._job.algorithm_specification["TrainingImage"]).built_in is not None
        return "ClientError" if own and returncode == CUSTOMER_ERROR else "AlgorithmError"

    def upload(self, session: RoleSession, hosts: Sequence[Host], *, incomplete: bool) -> None:
        """The model as an archive, and what else the containers leave as another one."""
        self.enter("Uploading", "Uploading generated training model")
        self._save(session, hosts, incomplete=incomplete)

    def save_rest(self, session: RoleSession, hosts: Sequence[Host]) -> None:
        """The model of an algorithm that saved one before it ended.

        Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTrainingJob.html
        """
        if _have_any([host.root / "model" for host in hosts]):
            self._save(session, hosts, incomplete=False)

    def _save(self, session: RoleSession, hosts: Sequence[Host], *, incomplete: bool) -> None:
        client, key_id = session.client("s3"), self._job.output_data_config.get("KmsKeyId")
        model_uri = str(self._job.model_artifacts["S3ModelArtifacts"])
        for folder, uri in (("model", model_uri), ("output/data", f"{model_uri.rpartition('/')[0]}/output.tar.gz")):
            folders = [host.root / folder for host in hosts]
            if folder != "model" and not _have_any(folders):
                continue
            archive = hosts[0].folder / uri.rpartition("/")[2]
            archives.pack(folders, archive)
            if incomplete:
                jobs.incomplete([archive])
            job_files.upload(client, archive, uri, kms_key_id=key_id)


def _have_any(folders: Sequence[Path]) -> bool:
    """Whether something lies in one of them; a container may have removed them."""
    return any(folder.is_dir() and any(folder.iterdir()) for folder in folders)
