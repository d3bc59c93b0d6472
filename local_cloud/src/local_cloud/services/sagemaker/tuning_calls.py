"""The API of tuning jobs, as methods of moto's response class."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker.exceptions import ResourceNotFound
from moto.sagemaker.utils import arn_formatter

from local_cloud.kernel import patching
from local_cloud.services.sagemaker import job_names, listings, network, tuning_requests, tuning_warm_start
from local_cloud.services.sagemaker.tuning import TuningJob

_MEMBERS = (
    "HyperParameterTuningJobConfig",
    "HyperParameterTuningJobName",
    "Tags",
    "TrainingJobDefinition",
    "WarmStartConfig",
)


@patching.owner
def install() -> None:
    """Tuning jobs are complete before they ran, and have no training jobs."""
    from moto.sagemaker.responses import SageMakerResponse

    for call in (
        create_hyper_parameter_tuning_job,
        describe_hyper_parameter_tuning_job,
        stop_hyper_parameter_tuning_job,
        list_hyper_parameter_tuning_jobs,
        list_training_jobs_for_hyper_parameter_tuning_job,
    ):
        patching.replace(SageMakerResponse, call.__name__, call)


def create_hyper_parameter_tuning_job(self: Any) -> Any:
    """CreateHyperParameterTuningJob."""
    request = {member: self._get_param(member) for member in _MEMBERS}
    request = {member: value for member, value in request.items() if value is not None}
    name, jobs = request["HyperParameterTuningJobName"], self.sagemaker_backend.hyper_parameter_tuning_jobs
    job_names.check_unused(name, jobs, kind="hyper parameter tuning")
    tuning_requests.check(request)
    place = request["TrainingJobDefinition"].get("VpcConfig")
    network.check(place, account_id=self.current_account, region=self.region)
    tuning_warm_start.check(request, jobs)
    job = TuningJob(
        arn=arn_formatter("hyper-parameter-tuning-job", name, self.current_account, self.region),
        request=request,
        account_id=self.current_account,
        region=self.region,
        tags=request.get("Tags", []),
    )
    jobs[name] = job
    job.start()
    return ActionResult({"HyperParameterTuningJobArn": job.arn})


def describe_hyper_parameter_tuning_job(self: Any) -> Any:
    """DescribeHyperParameterTuningJob."""
    return ActionResult(_find(self).describe())


def stop_hyper_parameter_tuning_job(self: Any) -> Any:
    """StopHyperParameterTuningJob."""
    _find(self).stop()
    return EmptyResult()


def list_hyper_parameter_tuning_jobs(self: Any) -> Any:
    """ListHyperParameterTuningJobs."""
    jobs = list(self.sagemaker_backend.hyper_parameter_tuning_jobs.values())
    return listings.answer(self, listings.TUNING_JOBS, (job.summary() for job in jobs))


def list_training_jobs_for_hyper_parameter_tuning_job(self: Any) -> Any:
    """ListTrainingJobsForHyperParameterTuningJob."""
    job = _find(self)
    return listings.answer(self, listings.TRIALS, (job.trial_summary(trial) for trial in list(job.trials)))


def _find(self: Any) -> TuningJob:
    name = self._get_param("HyperParameterTuningJobName")
    jobs = self.sagemaker_backend.hyper_parameter_tuning_jobs
    if name not in jobs:
        raise ResourceNotFound(message=f"Could not find hyper parameter tuning job '{name}'.")
    job: TuningJob = jobs[name]
    return job
