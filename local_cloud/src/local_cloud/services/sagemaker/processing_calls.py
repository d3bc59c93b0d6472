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
    """Refuse what AWS refuses, and what there is not here of images and sources.

    Args:
        request: CreateProcessingJob's input.

    Raises:
        AWSValidationException: AWS refuses it.
        NotEmulatedError: there is no such image, it is not installed, or it would start by its own entrypoint.
    """
    job_names.check(request["ProcessingJobName"], member="processingJobName", longest=63)
    specification = request["AppSpecification"]
    images.find(specification["ImageUri"]).check_installed()
    if not specification.get("ContainerEntrypoint"):
        raise NotEmulatedError("the local cloud does not emulate an image's own entrypoint: name ContainerEntrypoint")
    instances.check_cluster((request.get("ProcessingResources") or {}).get("ClusterConfig"))
    for item in request.get("ProcessingInputs") or []:
        _check_place(item, "InputName", "S3Input")
    for item in (request.get("ProcessingOutputConfig") or {}).get("Outputs") or []:
        _check_place(item, "OutputName", "S3Output")


def _check_place(item: Mapping[str, Any], name_member: str, place_member: str) -> None:
    name, place = item[name_member], item.get(place_member)
    if not place:
        raise AWSValidationException(f"{name!r} has no {place_member}, it needs one")
    path = place.get("LocalPath")
    if not path or not path.startswith(_INPUT_ROOT) or ".." in path.split("/"):
        raise AWSValidationException(f"LocalPath of {name!r} is {path!r}, it must be a path below {_INPUT_ROOT}")


def _find(self: Any) -> ProcessingJob:
    name = self._get_param("ProcessingJobName")
    jobs = self.sagemaker_backend.processing_jobs
    if name not in jobs:
        arn = arn_formatter("processing-job", name, self.current_account, self.region)
        raise SageMakerValidationError(message=f"Could not find processing job '{arn}'.")
    job: ProcessingJob = jobs[name]
    return job
