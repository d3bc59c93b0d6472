"""Tuning jobs: a search, whose trials are training jobs of their own.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-how-it-works.html
"""

import copy
import hashlib
import queue
from typing import Any

from local_cloud.containers.sagemaker.hyperparameters import TUNING_OBJECTIVE
from local_cloud.kernel import runtime
from local_cloud.kernel.work import Work
from local_cloud.services.sagemaker import (
    search,
    training_calls,
    tuning_requests,
    tuning_warm_start,
)
from local_cloud.services.sagemaker.job import SageMakerJob
from local_cloud.services.sagemaker.search import Observation, Search
from local_cloud.services.sagemaker.training import TrainingJob
from local_cloud.services.sagemaker.tuning_record import Trial, TuningRecord

# AWS gives up when so many trials have ended without a word on the objective.
_PATIENCE = 5


class TuningJob(TuningRecord, SageMakerJob):
    """One job that runs."""

    @property
    def key(self) -> str:
        """HyperParameterTuningJobArn."""
        return self.arn

    def run(self, work: Work) -> None:  # noqa: ARG002  # the trials have the processes
        """Search until the trials are used up."""
        _search(self, _begin(self))

    def enter_stopping(self) -> None:
        """It is stopped."""
        self.enter("Stopping")

    def fail(self, reason: str) -> None:
        """It has failed."""
        self.end("Failed", reason)

    def stop(self) -> None:
        """Stop it, if it is under way, and its children."""
        super().stop()
        if self.is_stopping:
            for trial in list(self.trials):
                _child(self, trial).stop()


def _begin(job: TuningJob) -> Search:
    """The search with what the parents know."""
    settings = search.Settings(
        ranges=tuning_requests.ranges(job.request),
        maximise=job.maximises,
        random=job.config["Strategy"] == "Random",
        seed=_seed(job),
        budget=job.config["ResourceLimits"]["MaxNumberOfTrainingJobs"],
    )
    found = (job.backend.hyper_parameter_tuning_jobs[name] for name in tuning_warm_start.parent_names(job.request))
    parents = sorted(found, key=lambda parent: parent.created, reverse=True)
    warm = job.request.get("WarmStartConfig") or {}
    return Search(
        settings,
        parents=[_observations(parent) for parent in parents],
        transfer=warm.get("WarmStartType") == "TransferLearning",
    )


def _search(job: TuningJob, searching: Search) -> None:
    limits = job.config["ResourceLimits"]
    ended: queue.Queue[tuple[int, Trial]] = queue.Queue()
    running = 0
    while True:
        while _goes_on(job) and running < limits["MaxParallelTrainingJobs"]:
            if len(job.trials) == limits["MaxNumberOfTrainingJobs"]:
                break
            suggestion = searching.ask()
            _start_trial(job, suggestion, ended)
            running += 1
        if not running:
            break
        number, trial = ended.get()
        running -= 1
        searching.tell(number, job.value_of(trial))
    if not runtime.current().processes.is_closed:
        _conclude(job)


def _goes_on(job: TuningJob) -> bool:
    if job.status != "InProgress" or runtime.current().processes.is_closed:
        return False
    return not _is_mute(job)


def _is_mute(job: TuningJob) -> bool:
    """Whether trials complete and none tells the objective."""
    completed = [trial for trial in job.trials if _status(job, trial) == "Completed"]
    return len(completed) >= _PATIENCE and all(job.value_of(trial) is None for trial in completed)


def _child(job: TuningJob, trial: Trial) -> TrainingJob:
    return TrainingJob(job.backend.training_jobs[trial.name])


def _status(job: TuningJob, trial: Trial) -> str:
    return _child(job, trial).status


def _start_trial(job: TuningJob, suggestion: search.Suggestion, ended: "queue.Queue[tuple[int, Trial]]") -> None:
    number = suggestion.number + 1
    digest = hashlib.sha256(f"{job.arn}/{job.created.isoformat()}/{number}".encode()).hexdigest()
    trial = Trial(name=f"{job.name}-{number:03}-{digest[:8]}", tuned=suggestion.parameters)
    child = training_calls.create(
        job.backend,
        _training_request(job, trial),
        environment=job.request["TrainingJobDefinition"].get("Environment"),
        tuning_job_arn=job.arn,
        on_end=lambda: ended.put((suggestion.number, trial)),
    )
    job.trials.append(trial)
    # Whoever stops the job marks it first and looks for its children then; here it is the other way round.
    if job.is_stopping:
        child.stop()


def _training_request(job: TuningJob, trial: Trial) -> dict[str, Any]:
    """A child's request, as moto takes it."""
    # Moto writes into what it is given.
    definition = copy.deepcopy(tuning_requests.with_plain_resources(job.request["TrainingJobDefinition"]))
    return {
        "training_job_name": trial.name,
        "hyper_parameters": (definition.get("StaticHyperParameters") or {})
        | trial.tuned
        | {TUNING_OBJECTIVE: job.objective["MetricName"]},
        "algorithm_specification": definition["AlgorithmSpecification"],
        "role_arn": definition["RoleArn"],
        "input_data_config": definition.get("InputDataConfig"),
        "output_data_config": definition["OutputDataConfig"],
        "resource_config": definition["ResourceConfig"],
        "vpc_config": definition.get("VpcConfig"),
        "stopping_condition": definition.get("StoppingCondition"),
        "tags": list(job.tags),
        "enable_network_isolation": definition.get("EnableNetworkIsolation", False),
        "enable_inter_container_traffic_encryption": definition.get("EnableInterContainerTrafficEncryption", False),
        "enable_managed_spot_training": definition.get("EnableManagedSpotTraining", False),
        "checkpoint_config": definition.get("CheckpointConfig"),
        "debug_hook_config": None,
        "debug_rule_configurations": None,
        "tensor_board_output_config": None,
        "experiment_config": None,
    }


def _conclude(job: TuningJob) -> None:
    if job.status == "Stopping":
        job.end("Stopped")
    elif any(job.value_of(trial) is not None for trial in job.trials):
        job.end("Completed")
    elif any(_status(job, trial) == "Completed" for trial in job.trials):
        job.end(
            "Failed",
            f"ClientError: No objective metrics found after running {len(job.trials)} training jobs. Please ensure that"
            " the custom algorithm is emitting the objective metric as defined by the regular expression provided.",
        )
    elif all(_status(job, trial) == "Stopped" for trial in job.trials):
        job.end("Stopped")
    else:
        job.end(
            "Failed",
            "All training jobs failed. Please take a look at the training jobs failures to get more details.",
        )


def _observations(parent: TuningRecord) -> list[Observation]:
    static = parent.request["TrainingJobDefinition"].get("StaticHyperParameters") or {}
    return [
        Observation(parameters=static | trial.tuned, value=value)
        for trial in parent.trials
        if (value := parent.value_of(trial)) is not None
    ]


def _seed(job: TuningJob) -> int:
    given = job.config.get("RandomSeed")
    if given is not None:
        return int(given)
    return int.from_bytes(hashlib.sha256(job.name.encode()).digest()[:4], "big")
