"""The List calls of SageMaker, one entry each: what of it differs from the others.

Defaults are those of the operation's reference, with one exception: ListTrainingJobs is documented as ascending, and
answers the newest job first. ListModelPackages is ascending here, as it is documented, though AWS's own templates take
its first item for the latest version (``get_approved_package`` of aws-samples' MLOps templates). Nobody could compare
that with AWS itself: a caller that needs an order should say SortOrder.

Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListTrainingJobs.html
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.core.responses import ActionResult

from local_cloud.kernel import patching
from local_cloud.services.sagemaker.listing import Listing, page
from local_cloud.services.sagemaker.training import TrainingJob

Request = Mapping[str, Any]
Summaries = Callable[[Any, Request], Iterable[Mapping[str, Any]]]
_NEWEST_FIRST = "Descending"


def _sorts(name: str, status: str | None = None) -> dict[str, list[str]]:
    by_status = {"Status": [status]} if status else {}
    return {"Name": [name], "CreationTime": ["CreationTime"], **by_status}


MODEL_PACKAGES = Listing(
    operation="ListModelPackages",
    answer="ModelPackageSummaryList",
    name="ModelPackageName",
    key="ModelPackageArn",
    sorts=_sorts("ModelPackageName"),
    equals={"ModelApprovalStatus": "ModelApprovalStatus"},
)
PROCESSING_JOBS = Listing(
    operation="ListProcessingJobs",
    answer="ProcessingJobSummaries",
    name="ProcessingJobName",
    sorts=_sorts("ProcessingJobName", "ProcessingJobStatus"),
    equals={"StatusEquals": "ProcessingJobStatus"},
)
TRANSFORM_JOBS = Listing(
    operation="ListTransformJobs",
    answer="TransformJobSummaries",
    name="TransformJobName",
    sorts=_sorts("TransformJobName", "TransformJobStatus"),
    sort_order=_NEWEST_FIRST,
    equals={"StatusEquals": "TransformJobStatus"},
)
TUNING_JOBS = Listing(
    operation="ListHyperParameterTuningJobs",
    answer="HyperParameterTuningJobSummaries",
    name="HyperParameterTuningJobName",
    sorts=_sorts("HyperParameterTuningJobName", "HyperParameterTuningJobStatus"),
    sort_by="Name",
    equals={"StatusEquals": "HyperParameterTuningJobStatus"},
)
TRIALS = Listing(
    operation="ListTrainingJobsForHyperParameterTuningJob",
    answer="TrainingJobSummaries",
    name="TrainingJobName",
    sorts={
        **_sorts("TrainingJobName", "TrainingJobStatus"),
        "FinalObjectiveMetricValue": ["FinalHyperParameterTuningJobObjectiveMetric", "Value"],
    },
    sort_by="Name",
    equals={"StatusEquals": "TrainingJobStatus"},
)
_TRAINING_JOBS = Listing(
    operation="ListTrainingJobs",
    answer="TrainingJobSummaries",
    name="TrainingJobName",
    sorts=_sorts("TrainingJobName", "TrainingJobStatus"),
    sort_order=_NEWEST_FIRST,
    equals={"StatusEquals": "TrainingJobStatus"},
)
_MODELS = Listing(
    operation="ListModels",
    answer="Models",
    name="ModelName",
    sorts=_sorts("ModelName"),
    sort_order=_NEWEST_FIRST,
    after_includes=True,
)
_ENDPOINTS = Listing(
    operation="ListEndpoints",
    answer="Endpoints",
    name="EndpointName",
    sorts=_sorts("EndpointName", "EndpointStatus"),
    sort_order=_NEWEST_FIRST,
    equals={"StatusEquals": "EndpointStatus"},
    after_includes=True,
)
_ENDPOINT_CONFIGS = Listing(
    operation="ListEndpointConfigs",
    answer="EndpointConfigs",
    name="EndpointConfigName",
    sorts=_sorts("EndpointConfigName"),
    sort_order=_NEWEST_FIRST,
    after_includes=True,
)
_MODEL_PACKAGE_GROUPS = Listing(
    operation="ListModelPackageGroups",
    answer="ModelPackageGroupSummaryList",
    name="ModelPackageGroupName",
    sorts=_sorts("ModelPackageGroupName"),
)

_EXPERIMENTS = Listing(
    operation="ListExperiments",
    answer="ExperimentSummaries",
    name="ExperimentName",
    sorts=_sorts("ExperimentName"),
    sort_order=_NEWEST_FIRST,
)
_TRIALS_OF_EXPERIMENTS = Listing(
    operation="ListTrials",
    answer="TrialSummaries",
    name="TrialName",
    sorts=_sorts("TrialName"),
    sort_order=_NEWEST_FIRST,
)
_TRIAL_COMPONENTS = Listing(
    operation="ListTrialComponents",
    answer="TrialComponentSummaries",
    name="TrialComponentName",
    sorts=_sorts("TrialComponentName"),
    sort_order=_NEWEST_FIRST,
)


def _training_jobs(backend: Any, _: Request) -> Iterable[Mapping[str, Any]]:
    return (TrainingJob(job).list_item() for job in list(backend.training_jobs.values()))


def _models(backend: Any, _: Request) -> Iterable[Mapping[str, Any]]:
    return (
        {"ModelName": model.model_name, "ModelArn": model.arn, "CreationTime": model.creation_time}
        for model in list(backend._models.values())  # noqa: SLF001  # moto has no public name for them
    )


def _endpoints(backend: Any, _: Request) -> Iterable[Mapping[str, Any]]:
    return (endpoint.summary() for endpoint in list(backend.endpoints.values()))


def _endpoint_configs(backend: Any, _: Request) -> Iterable[Mapping[str, Any]]:
    return (config.summary() for config in list(backend.endpoint_configs.values()))


def _model_package_groups(backend: Any, _: Request) -> Iterable[Mapping[str, Any]]:
    return (group.gen_response_object() for group in list(backend.model_package_groups.values()))


def _experiments(backend: Any, _: Request) -> Iterable[Mapping[str, Any]]:
    return ({**item.response_object, "ExperimentArn": item.arn} for item in list(backend.experiments.values()))


def _trials(backend: Any, request: Request) -> Iterable[Mapping[str, Any]]:
    experiment, component = request.get("ExperimentName"), request.get("TrialComponentName")
    for trial in list(backend.trials.values()):
        if experiment in {None, trial.experiment_name} and (component is None or component in trial.trial_components):
            yield trial.response_object


def _trial_components(backend: Any, request: Request) -> Iterable[Mapping[str, Any]]:
    trials = list(backend.trials.values())
    if request.get("TrialName"):
        trials = [trial for trial in trials if trial.trial_name == request["TrialName"]]
    if request.get("ExperimentName"):
        trials = [trial for trial in trials if trial.experiment_name == request["ExperimentName"]]
    asked = bool(request.get("TrialName") or request.get("ExperimentName"))
    members = {name for trial in trials for name in trial.trial_components}
    for item in list(backend.trial_components.values()):
        if not asked or item.trial_component_name in members:
            yield item.response_object


# Those whose items are all of the caller's account; the others are answered where their items are known.
_OF_ACCOUNT: tuple[tuple[str, Listing, Summaries], ...] = (
    ("list_training_jobs", _TRAINING_JOBS, _training_jobs),
    ("list_models", _MODELS, _models),
    ("list_endpoints", _ENDPOINTS, _endpoints),
    ("list_endpoint_configs", _ENDPOINT_CONFIGS, _endpoint_configs),
    ("list_model_package_groups", _MODEL_PACKAGE_GROUPS, _model_package_groups),
    ("list_experiments", _EXPERIMENTS, _experiments),
    ("list_trials", _TRIALS_OF_EXPERIMENTS, _trials),
    ("list_trial_components", _TRIAL_COMPONENTS, _trial_components),
)


def answer(response: Any, listing: Listing, summaries: Iterable[Mapping[str, Any]]) -> ActionResult:
    """What a List call answers.

    Args:
        response: moto's, of the request.
        listing: which operation.
        summaries: of all items.
    """
    return ActionResult(page(listing, list(summaries), response.params))


def _call(listing: Listing, summaries: Summaries) -> Any:
    def listed(self: Any) -> ActionResult:
        return answer(self, listing, summaries(self.sagemaker_backend, self.params))

    return listed


@patching.owner
def install() -> None:
    """List calls ignore MaxResults, filters or order, or have other pages than AWS's."""
    from moto.sagemaker.responses import SageMakerResponse

    for name, listing, summaries in _OF_ACCOUNT:
        patching.replace(SageMakerResponse, name, _call(listing, summaries))
