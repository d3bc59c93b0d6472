"""The API of processing jobs, as methods of moto's response class."""

from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker.exceptions import AWSValidationException
from moto.sagemaker.exceptions import ValidationError as SageMakerValidationError
from moto.sagemaker.utils import arn_formatter

from local_cloud.kernel import patching
from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.sagemaker import images, instances, job_names, listings, network, processing
from local_cloud.services.sagemaker.processing import ProcessingJob

_MEMBERS = (
    "AppSpecification",
    "Environment",
    "ExperimentConfig",
    "NetworkConfig",
    "ProcessingInputs",
    "ProcessingJobName",
    "ProcessingOutputConfig",
    "ProcessingResources",
    "RoleArn",
    "StoppingCondition",
    "Tags",
)
_INPUT_ROOT = f"{processing.CONTAINER_ROOT}/processing/"


@patching.owner
def install() -> None:
    """Processing jobs are complete before they ran."""
    from moto.sagemaker.responses import SageMakerResponse

    for call in (create_processing_job, describe_processing_job, stop_processing_job, list_processing_jobs):
        patching.replace(SageMakerResponse, call.__name__, call)


def create_processing_job(self: Any) -> Any:
    """CreateProcessingJob."""
    request = {member: self._get_param(member) for member in _MEMBERS}
    request = {member: value for member, value in request.items() if value is not None}
    name, jobs = request["ProcessingJobName"], self.sagemaker_backend.processing_jobs
    job_names.check_unused(name, jobs, kind="processing")
    check(request)
    place = (request.get("NetworkConfig") or {}).get("VpcConfig")
    network.check(place, account_id=self.current_account, region=self.region)
    job = ProcessingJob(
        arn=arn_formatter("processing-job", name, self.current_account, self.region),
        request=request,
        tags=request.get("Tags", []),
    )
    jobs[name] = job
    job.start()
    return ActionResult({"ProcessingJobArn": job.arn})


def describe_processing_job(self: Any) -> Any:
    """DescribeProcessingJob."""
    return ActionResult(_find(self).describe())


def stop_processing_job(self: Any) -> Any:
    """StopProcessingJob."""
    _find(self).stop()
    return EmptyResult()


def list_processing_jobs(self: Any) -> Any:
    """ListProcessingJobs."""
    jobs = list(self.sagemaker_backend.processing_jobs.values())
    return listings.answer(self, listings.PROCESSING_JOBS, (job.summary() for job in jobs))


def check(request: Mapping[str, Any]) -> None:
    """Refuse what AWS refuses, and what is not emulated.

    Args:
        request: CreateProcessingJob's input.

    Raises:
        AWSValidationException: with the reason.
    """
    job_names.check(request["ProcessingJobName"], member="processingJobName", longest=63)
    specification = request["AppSpecification"]
    try:
        images.find(specification["ImageUri"])
    except NotEmulatedError as error:
        raise AWSValidationException(str(error)) from error
    if not specification.get("ContainerEntrypoint"):
        raise _not_emulated("an image's own entrypoint", "name ContainerEntrypoint")
    cluster = (request.get("ProcessingResources") or {}).get("ClusterConfig") or {}
    instances.check_cluster(cluster)
    if cluster.get("InstanceCount", 1) != 1:
        raise _not_emulated(f"{cluster['InstanceCount']} instances of a processing job", "use one")
    if request.get("ExperimentConfig"):
        raise _not_emulated("ExperimentConfig", "leave it out")
    for item in request.get("ProcessingInputs") or []:
        _check_input(item)
    for item in (request.get("ProcessingOutputConfig") or {}).get("Outputs") or []:
        _check_output(item)


def _check_input(item: Mapping[str, Any]) -> None:
    name, source = item["InputName"], item.get("S3Input")
    if not source or item.get("AppManaged"):
        raise _not_emulated(f"input {name!r} without S3Input or with AppManaged", "use S3Input")
    _check_path(name, source.get("LocalPath"))
    _only(name, source, "S3DataType", "S3Prefix")
    _only(name, source, "S3InputMode", "File")
    _only(name, source, "S3CompressionType", "None")


def _check_output(item: Mapping[str, Any]) -> None:
    name, target = item["OutputName"], item.get("S3Output")
    if not target or item.get("AppManaged"):
        raise _not_emulated(f"output {name!r} without S3Output or with AppManaged", "use S3Output")
    _check_path(name, target.get("LocalPath"))
    _only(name, target, "S3UploadMode", "EndOfJob")


def _check_path(name: str, path: str | None) -> None:
    if not path or not path.startswith(_INPUT_ROOT) or ".." in path.split("/"):
        raise AWSValidationException(f"LocalPath of {name!r} is {path!r}, it must be a path below {_INPUT_ROOT}")


def _only(name: str, source: Mapping[str, Any], member: str, value: str) -> None:
    if source.get(member, value) != value:
        raise _not_emulated(f"{member} {source[member]!r} of {name!r}", f"use {value!r}")


def _not_emulated(what: str, instead: str) -> AWSValidationException:
    return AWSValidationException(f"the local cloud does not emulate {what}: {instead}")


def _find(self: Any) -> ProcessingJob:
    name = self._get_param("ProcessingJobName")
    jobs = self.sagemaker_backend.processing_jobs
    if name not in jobs:
        arn = arn_formatter("processing-job", name, self.current_account, self.region)
        raise SageMakerValidationError(message=f"Could not find processing job '{arn}'.")
    job: ProcessingJob = jobs[name]
    return job
