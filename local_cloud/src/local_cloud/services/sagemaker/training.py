"""Runs training jobs: one thread and one process a job, under the job's role."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from moto.core.utils import utcnow

from local_cloud.faults import jobs
from local_cloud.faults.plan import Fault
from local_cloud.kernel.credentials import RoleSession, assume_service_role
from local_cloud.kernel.errors import LocalCloudError
from local_cloud.kernel.processes import exit_code
from local_cloud.services.sagemaker import archives, images, job_files, job_logs, job_process, metrics
from local_cloud.services.sagemaker.job_process import InterruptedJobError

# FailureReason has at most 1024 characters; the exit code comes last.
_LONGEST_REASON = 950
_UNDER_WAY = ("InProgress", "Stopping")


class TrainingFailedError(LocalCloudError):
    """The container ended with an error; the message is the job's FailureReason."""


def start(job: Any, *, region: str, on_end: Callable[[], None] = lambda: None) -> None:
    """Run a job in the background.

    Args:
        job: moto's.
        region: where it runs.
        on_end: called once the job is over.
    """
    job.training_job_status = "InProgress"
    job.final_metric_data_list = []
    job.secondary_status_transitions = []
    job.training_start_time = job.training_end_time = None
    job.algorithm_specification.pop("MetricDefinitions", None)
    _enter(job, "Starting", "Preparing the instances for training")
    threading.Thread(target=_run, args=(job, region, on_end), name=job.training_job_name, daemon=True).start()


def stop(job: Any) -> None:
    """Stop a job that is under way."""
    if job.training_job_status != "InProgress":
        return
    job.training_job_status = "Stopping"
    job_process.stop(job.arn)


def fail_interrupted(job: Any) -> None:
    """A job that ran when the server stopped has failed."""
    if job.training_job_status in _UNDER_WAY:
        _end(job, "Failed", str(InterruptedJobError()))


def _run(job: Any, region: str, on_end: Callable[[], None]) -> None:
    try:
        with job_files.scratch("training") as scratch:
            _run_in(scratch, job, region)
    except (LocalCloudError, ClientError, BotoCoreError, Boto3Error, OSError) as error:
        prefix = "" if isinstance(error, TrainingFailedError | InterruptedJobError) else "ClientError: "
        _end(job, "Failed", f"{prefix}{error}"[:1024])
    finally:
        # An error that nobody foresaw goes to the server's log; the job must not look as if it went on.
        if job.training_job_status in _UNDER_WAY:
            _end(job, "Failed", job_process.unexplained_end())
        on_end()


def _run_in(scratch: Path, job: Any, region: str) -> None:
    session = assume_service_role(
        job.role_arn, service="sagemaker.amazonaws.com", session_name="SageMaker", region=region, source_arn=job.arn
    )
    kind = "trial" if getattr(job, "tuning_job_arn", None) else "training"
    fault = jobs.strike(kind, name=job.training_job_name, account_id=job.arn.split(":")[4])
    refused = jobs.failure_reason(fault, kind, kind="job_failure")
    if refused:
        raise TrainingFailedError(refused)
    _enter(job, "Downloading", "Downloading input data")
    root = _prepare(job, session, scratch)
    _enter(job, "Training", "Training image download completed. Training in progress.")
    job.training_start_time = utcnow()
    timed_out = _train(job, session, root, fault)
    if job.training_job_status == "Stopping":
        _end(job, "Stopped", None)
        return
    _enter(job, "Uploading", "Uploading generated training model")
    lost = jobs.failure_reason(fault, kind, kind="partial_upload")
    _upload(job, session, root, incomplete=lost is not None)
    if lost:
        raise TrainingFailedError(lost)
    if timed_out:
        _end(job, "Stopped", None, secondary="MaxRuntimeExceeded")
    else:
        _end(job, "Completed", None)


def _prepare(job: Any, session: RoleSession, scratch: Path) -> Path:
    """The private /opt/ml.

    Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
    """
    root = scratch / "ml"
    for folder in ("input/config", "input/data", "model", "output/data"):
        (root / folder).mkdir(parents=True)
    config = root / "input" / "config"
    channels = job.input_data_config or []
    (config / "hyperparameters.json").write_text(json.dumps(job.hyper_parameters or {}), encoding="utf-8")
    (config / "resourceconfig.json").write_text(
        json.dumps({"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "lo"}), encoding="utf-8"
    )
    (config / "inputdataconfig.json").write_text(
        json.dumps(
            {
                channel["ChannelName"]: {
                    "ContentType": channel.get("ContentType"),
                    "TrainingInputMode": "File",
                    "S3DistributionType": "FullyReplicated",
                    "RecordWrapperType": "None",
                }
                for channel in channels
            }
        ),
        encoding="utf-8",
    )
    client = session.client("s3")
    for channel in channels:
        uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
        job_files.download(client, uri, root / "input" / "data" / channel["ChannelName"])
    return root


def _train(job: Any, session: RoleSession, root: Path, fault: Fault | None) -> bool:
    """Run the container; True when its time was up."""
    log = root.parent / "log.txt"
    image = images.find(job.algorithm_specification["TrainingImage"])
    limit = (job.stopping_condition or {}).get("MaxRuntimeInSeconds", 86400)
    completed = job_process.run(
        image.command(image.train, str(root)),
        arn=job.arn,
        environment=image.interpreter.environment(session.environment())
        | {
            "TRAINING_JOB_NAME": job.training_job_name,
            "TRAINING_JOB_ARN": job.arn,
            "HOME": str(root.parent),
        },
        cwd=root,
        log=log,
        timeout_seconds=float(limit),
        is_stopping=lambda: bool(job.training_job_status == "Stopping"),
        fault=fault,
    )
    text = log.read_text(encoding="utf-8", errors="replace")
    job_logs.write(session, text, kind="training", group="/aws/sagemaker/TrainingJobs", job_name=job.training_job_name)
    definitions = job.algorithm_specification.get("MetricDefinitions") or []
    now = utcnow()
    job.final_metric_data_list = [
        {"MetricName": name, "Value": value, "Timestamp": now}
        for name, value in metrics.final_metrics(text, definitions).items()
    ]
    if completed.timed_out or job.training_job_status == "Stopping":
        return completed.timed_out
    if completed.returncode != 0:
        failure = root / "output" / "failure"
        reason = failure.read_text(encoding="utf-8") if failure.exists() else " ".join(text.splitlines()[-3:])
        reason = reason[:_LONGEST_REASON] or "no message"
        raise TrainingFailedError(f"AlgorithmError: {reason}, exit code: {exit_code(completed.returncode)}")
    return False


def _upload(job: Any, session: RoleSession, root: Path, *, incomplete: bool) -> None:
    archive = root.parent / "model.tar.gz"
    archives.pack(root / "model", archive)
    if incomplete:
        jobs.incomplete([archive])
    uri, key_id = job.model_artifacts["S3ModelArtifacts"], job.output_data_config.get("KmsKeyId")
    job_files.upload(session.client("s3"), archive, uri, kms_key_id=key_id)


def _enter(job: Any, secondary: str, message: str) -> None:
    now = utcnow()
    if job.secondary_status_transitions:
        job.secondary_status_transitions[-1]["EndTime"] = now
    job.secondary_status_transitions.append({"Status": secondary, "StartTime": now, "StatusMessage": message})
    job.secondary_status, job.last_modified_time = secondary, now


def _end(job: Any, status: str, reason: str | None, *, secondary: str | None = None) -> None:
    _enter(job, secondary or status, reason or f"Training job {status.lower()}")
    now = utcnow()
    job.secondary_status_transitions[-1]["EndTime"] = now
    job.failure_reason = reason
    job.training_end_time = now
    if job.training_start_time is not None:
        seconds = max(1, int((now - job.training_start_time).total_seconds()))
        job.training_time_in_seconds = job.billable_time_in_seconds = seconds
    job.training_job_status = status
