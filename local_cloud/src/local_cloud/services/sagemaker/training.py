"""Training jobs: a container under the job's role, whose model goes to S3."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from moto.core.utils import utcnow

from local_cloud.faults import jobs
from local_cloud.kernel.credentials import RoleSession
from local_cloud.kernel.processes import Completed
from local_cloud.services.sagemaker import archives, images, job_files, metrics
from local_cloud.services.sagemaker import channels as channel_rules
from local_cloud.services.sagemaker.container_job import Container, ContainerJob
from local_cloud.services.sagemaker.job_output import Output

# FailureReason has at most 1024 characters; the exit code comes last.
_LONGEST_REASON = 950
_DAY_SECONDS = 86400


class TrainingJob(ContainerJob):
    """One job, around the object that moto keeps of it.

    Args:
        job: moto's.
        on_end: called once the job is over.
    """

    KIND: ClassVar = "training"
    LOG_GROUP: ClassVar = "/aws/sagemaker/TrainingJobs"

    def __init__(self, job: Any, *, on_end: Callable[[], None] = lambda: None) -> None:
        self._job = job
        self._on_end = on_end

    @property
    def key(self) -> str:
        """TrainingJobArn."""
        return str(self._job.arn)

    @property
    def name(self) -> str:
        """TrainingJobName."""
        return str(self._job.training_job_name)

    @property
    def role_arn(self) -> str:
        """RoleArn."""
        return str(self._job.role_arn)

    @property
    def status(self) -> str:
        """TrainingJobStatus."""
        return str(self._job.training_job_status)

    @property
    def fault_kind(self) -> str:
        """A job of a tuning job is one of its trials."""
        return "trial" if getattr(self._job, "tuning_job_arn", None) else self.KIND

    def describe(self) -> dict[str, Any]:
        """DescribeTrainingJob's answer."""
        return dict(self._job.response_object)

    def list_item(self) -> dict[str, Any]:
        """What ListTrainingJobs tells of it."""
        known = {
            "TrainingJobName": self.name,
            "TrainingJobArn": self.key,
            "CreationTime": self._job.creation_time,
            "TrainingEndTime": self._job.training_end_time,
            "LastModifiedTime": self._job.last_modified_time,
            "TrainingJobStatus": self.status,
            "SecondaryStatus": self._job.secondary_status,
        }
        return {member: content for member, content in known.items() if content is not None}

    def summary(self) -> dict[str, Any]:
        """What a tuning job's list of its trials tells of it."""
        known = {
            "TrainingJobName": self.name,
            "TrainingJobArn": self.key,
            "CreationTime": self._job.creation_time,
            "TrainingStartTime": self._job.training_start_time,
            "TrainingEndTime": self._job.training_end_time,
            "TrainingJobStatus": self.status,
            "FailureReason": getattr(self._job, "failure_reason", None),
        }
        return {member: content for member, content in known.items() if content is not None}

    def start(self) -> None:
        """Run it in the background; moto's jobs are complete before they ran."""
        job = self._job
        job.training_job_status = "InProgress"
        job.final_metric_data_list = []
        job.secondary_status_transitions = []
        job.training_start_time = job.training_end_time = None
        self._enter("Starting", "Preparing the instances for training")
        super().start()

    def enter_stopping(self) -> None:
        """The secondary status stays as it is."""
        self._job.training_job_status = "Stopping"

    def fail(self, reason: str) -> None:
        """It has failed."""
        self._end("Failed", reason)

    def stopped(self) -> None:
        """It was stopped by somebody."""
        self._end("Stopped", None)

    def completed(self, completed: Completed) -> None:
        """It ended by itself, or by its time."""
        if completed.timed_out:
            self._end("Stopped", None, secondary="MaxRuntimeExceeded")
        else:
            self._end("Completed", None)

    def over(self) -> None:
        """Tell whoever waits for it."""
        self._on_end()

    def prepare(self, session: RoleSession, root: Path) -> None:
        """The private /opt/ml.

        Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
        """
        self._enter("Downloading", "Downloading input data")
        # AWS counts a job's time from here on, also that of a job which fails in its download.
        self._job.training_start_time = self._job.secondary_status_transitions[-1]["StartTime"]
        for folder in ("input/config", "input/data", "model", "output/data"):
            (root / folder).mkdir(parents=True)
        config = root / "input" / "config"
        channels = self._job.input_data_config or []
        (config / "hyperparameters.json").write_text(json.dumps(self._job.hyper_parameters or {}), encoding="utf-8")
        (config / "resourceconfig.json").write_text(
            json.dumps({"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "lo"}),
            encoding="utf-8",
        )
        (config / "inputdataconfig.json").write_text(
            json.dumps(channel_rules.input_data_config(channels)), encoding="utf-8"
        )
        client = session.client("s3")
        for channel in channels:
            uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
            job_files.download(client, uri, root / "input" / "data" / channel["ChannelName"])

    def container(self, session: RoleSession, root: Path) -> Container:
        """The image's program for training."""
        self._enter("Training", "Training image download completed. Training in progress.")
        image = images.find(self._job.algorithm_specification["TrainingImage"])
        return Container(
            argv=image.training(root),
            environment=dict(self._job.environment or {})
            | image.interpreter.environment(session.environment())
            | {"TRAINING_JOB_NAME": self.name, "TRAINING_JOB_ARN": self.key, "HOME": str(root.parent)},
            cwd=root,
            seconds=float((self._job.stopping_condition or {}).get("MaxRuntimeInSeconds", _DAY_SECONDS)),
        )

    def look_at(self, output: Output, root: Path) -> None:  # noqa: ARG002  # the metrics stand in the log alone
        """The metrics."""
        specification = self._job.algorithm_specification
        found = list(
            metrics.read(
                output.lines(),
                built_in=images.find(specification["TrainingImage"]).built_in,
                definitions=specification.get("MetricDefinitions") or [],
            )
        )
        self._job.final_metric_data_list = [
            {"MetricName": item.name, "Value": item.value, "Timestamp": item.time} for item in metrics.last(found)
        ]
        metrics.publish(found, job_arn=self.key)

    def keeps(self, completed: Completed) -> bool:  # noqa: ARG002  # the same for all
        """What a job has when its time is up is a model."""
        return True

    def explanation(self, log: str, root: Path) -> str:
        """What the container wrote into /opt/ml/output/failure, else the end of its log."""
        failure = root / "output" / "failure"
        reason = failure.read_text(encoding="utf-8") if failure.exists() else " ".join(log.splitlines()[-3:])
        return reason[:_LONGEST_REASON]

    def upload(self, session: RoleSession, root: Path, *, incomplete: bool) -> None:
        """The model as an archive."""
        self._enter("Uploading", "Uploading generated training model")
        archive = root.parent / "model.tar.gz"
        archives.pack(root / "model", archive)
        if incomplete:
            jobs.incomplete([archive])
        uri, key_id = self._job.model_artifacts["S3ModelArtifacts"], self._job.output_data_config.get("KmsKeyId")
        job_files.upload(session.client("s3"), archive, uri, kms_key_id=key_id)

    def _enter(self, secondary: str, message: str) -> None:
        now, job = utcnow(), self._job
        if job.secondary_status_transitions:
            job.secondary_status_transitions[-1]["EndTime"] = now
        job.secondary_status_transitions.append({"Status": secondary, "StartTime": now, "StatusMessage": message})
        job.secondary_status, job.last_modified_time = secondary, now

    def _end(self, status: str, reason: str | None, *, secondary: str | None = None) -> None:
        self._enter(secondary or status, reason or f"Training job {status.lower()}")
        now, job = utcnow(), self._job
        job.secondary_status_transitions[-1]["EndTime"] = now
        job.failure_reason = reason
        job.training_end_time = now
        if job.training_start_time is not None:
            seconds = max(1, int((now - job.training_start_time).total_seconds()))
            job.training_time_in_seconds = job.billable_time_in_seconds = seconds
        # Last: whoever polls the status must find the rest in place.
        job.training_job_status = status
