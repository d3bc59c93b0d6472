"""The API of transform jobs, as methods of moto's response class."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker.exceptions import AWSValidationException
from moto.sagemaker.exceptions import ValidationError as SageMakerValidationError
from moto.sagemaker.utils import arn_formatter

from local_cloud.kernel import patching
from local_cloud.services.sagemaker import choices, job_names, listings, servable, transform_checks
from local_cloud.services.sagemaker.servable import Served
from local_cloud.services.sagemaker.transform import TransformJob

_MEMBERS = (
    "BatchStrategy",
    "DataProcessing",
    "Environment",
    "MaxConcurrentTransforms",
    "MaxPayloadInMB",
    "ModelClientConfig",
    "ModelName",
    "Tags",
    "TransformInput",
    "TransformJobName",
    "TransformOutput",
    "TransformResources",
)


@patching.owner
def install() -> None:
    """Transform jobs are complete before they ran, cannot be stopped, and ignore what they are asked for."""
    from moto.sagemaker.responses import SageMakerResponse

    create = choices.checked(create_transform_job, "CreateTransformJob")
    patching.replace(SageMakerResponse, create_transform_job.__name__, create)
    for call in (describe_transform_job, stop_transform_job, list_transform_jobs):
        patching.replace(SageMakerResponse, call.__name__, call)


def create_transform_job(self: Any) -> Any:
    """CreateTransformJob."""
    request = {member: self._get_param(member) for member in _MEMBERS}
    request = {member: value for member, value in request.items() if value is not None}
    name, jobs = request["TransformJobName"], self.sagemaker_backend.transform_jobs
    job_names.check_unused(name, jobs, kind="transform")
    transform_checks.check(request)
    job = TransformJob(
        arn=arn_formatter("transform-job", name, self.current_account, self.region),
        request=request,
        model=_model(self.sagemaker_backend, request["ModelName"]),
        tags=request.get("Tags", []),
    )
    jobs[name] = job
    job.start()
    return ActionResult({"TransformJobArn": job.arn})


def describe_transform_job(self: Any) -> Any:
    """DescribeTransformJob."""
    return ActionResult(_find(self).describe())


def stop_transform_job(self: Any) -> Any:
    """StopTransformJob."""
    _find(self).stop()
    return EmptyResult()


def list_transform_jobs(self: Any) -> Any:
    """ListTransformJobs."""
    jobs = list(self.sagemaker_backend.transform_jobs.values())
    return listings.answer(self, listings.TRANSFORM_JOBS, (job.summary() for job in jobs))


def _model(backend: Any, name: str) -> Served:
    """A model, if a job can use it.

    Raises:
        AWSValidationException: there is none, or AWS takes it for no transform job.
        NotEmulatedError: the local cloud cannot serve it.
    """
    try:
        found = servable.model(backend, name)
    except servable.MissingModelError as error:
        raise AWSValidationException(str(error)) from error
    model = backend._models[name]  # noqa: SLF001  # moto has no other way to it
    transform_checks.check_model(found, model.containers or [model.primary_container or {}])
    return found


def _find(self: Any) -> TransformJob:
    name = self._get_param("TransformJobName")
    jobs = self.sagemaker_backend.transform_jobs
    if name not in jobs:
        arn = arn_formatter("transform-job", name, self.current_account, self.region)
        raise SageMakerValidationError(message=f"Could not find transform job '{arn}'.")
    job: TransformJob = jobs[name]
    return job
