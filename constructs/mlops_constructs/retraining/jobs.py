"""The jobs of a retraining run, each as one Task: extract, ETL, training or tuning, evaluation.

They read the variables of the run and of the states before them; names and places come from *Load Configuration*.
"""

from dataclasses import dataclass
from typing import Any

from contract import run_names
from contract.calls.prepare_evaluation import Scored
from contract.calls.query_training_results import TrainingJob, TuningJob
from contract.names import APP_TAG, MODEL_TAG
from mlops_constructs.network.vpc_config import VpcConfig
from mlops_constructs.retraining.variables import (
    EVALUATION,
    JOB,
    REPORT,
    RUN,
    SOURCE_URI,
    TEST_RUN,
    TRAINING_JOB,
    TUNING,
)
from mlops_constructs.states import asl
from mlops_constructs.states.model_runs import MODEL
from mlops_constructs.states.references import given, jsonata, name_of, rendered

# After which Glue stops an extract; the job has no limit of the model's own.
EXTRACT_SECONDS = 2 * 3600
# Starting a job and moving its data comes on top of the time the job itself may take.
_EVALUATION_SECONDS = 3600
# A batch transform job has no limit of its own; Step Functions stops it when the task's time is up.
_SCORING_SECONDS = 2 * 3600
_OVERHEAD_SECONDS = 1800
_PROCESSING = "/opt/ml/processing"


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the jobs need to know.

    Args:
        app: prefix of the names of jobs and package groups.
        bucket_name: artifact bucket.
        key_arn: KMS key of everything that is written.
        sagemaker_role_arn: role of SageMaker's jobs.
        etl_job_name: the Glue job that runs the models' scripts.
        evaluation_instance_type: of the evaluation.
        vpc_config: network of SageMaker's jobs; None for one of SageMaker's own.
    """

    app: str
    bucket_name: str
    key_arn: str
    sagemaker_role_arn: str
    etl_job_name: str
    evaluation_instance_type: str
    vpc_config: VpcConfig | None = None


def extract(*, next_state: str, on_failure: str) -> asl.State:
    """Rows of the model's query as Parquet, by the job of its warehouse."""
    return asl.task(
        "glue:startJobRun.sync",
        {
            "JobName": rendered(RUN.settings.source.job),
            "Arguments": {
                "--query": rendered(RUN.settings.source.query),
                "--date_from": rendered(RUN.date_from),
                "--date_to": rendered(RUN.date_to),
                "--destination": rendered(RUN.source_uri),
            },
        },
        service="glue",
        next_state=next_state,
        on_failure=on_failure,
        timeout_seconds=EXTRACT_SECONDS + _OVERHEAD_SECONDS,
        assign={name_of(SOURCE_URI): rendered(RUN.source_uri)},
    )


def etl(around: Surroundings, *, next_state: str, on_failure: str) -> asl.State:
    """The model's own script and what the scripts share, in the one Glue job of the app.

    Reference for the arguments with a hyphen: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
    """
    return asl.task(
        "glue:startJobRun.sync",
        {
            "JobName": around.etl_job_name,
            "Arguments": jsonata(
                f"$merge([{RUN.settings.etl.arguments}, {{'--scriptLocation': {RUN.settings.etl.script},"
                f" '--extra-py-files': {RUN.settings.etl.library},"
                f" '--source': {SOURCE_URI}, '--destination': {RUN.run_uri}}}])"
            ),
            "WorkerType": rendered(RUN.settings.etl.worker_type),
            "NumberOfWorkers": rendered(RUN.settings.etl.number_of_workers),
            "Timeout": rendered(RUN.settings.etl.timeout_minutes),
        },
        service="glue",
        next_state=next_state,
        on_failure=on_failure,
        timeout_seconds=rendered(RUN.settings.etl.timeout_seconds),
    )


def describe_training(around: Surroundings, *, next_state: str) -> asl.State:
    """What every training job of the run has, tuned or not, in a variable; the rest is `_merged` with it."""
    return {"Type": "Pass", "Assign": {name_of(TRAINING_JOB): _training(around)}, "Next": next_state}


def training(around: Surroundings, *, next_state: str, on_failure: str) -> asl.State:
    """One training job with the configured hyperparameters."""
    name = run_names.attempt(RUN.job_name)
    own = (
        f"{{'TrainingJobName': {name}, 'HyperParameters': {RUN.settings.training.hyperparameters},"
        f" 'Tags': {_tags_jsonata(around)}}}"
    )
    return asl.task(
        "sagemaker:createTrainingJob.sync",
        jsonata(_merged(own)),
        service="sagemaker",
        next_state=next_state,
        on_failure=on_failure,
        timeout_seconds=rendered(RUN.settings.training.timeout_seconds),
        assign={name_of(JOB): rendered(TrainingJob(training_job=jsonata("$states.result.TrainingJobName")))},
    )


def tuned_training() -> Any:
    """TrainingJobDefinition of a tuning job, without hyperparameters."""
    return jsonata(_merged())


def _merged(*more: str) -> str:
    """JSONata for a training job: what not every job has can be left out in no other way."""
    return f"$merge([{', '.join((str(TRAINING_JOB), str(RUN.training_options), *more))}])"


def tuning(around: Surroundings, *, next_state: str, on_failure: str) -> asl.State:
    """The tuning job that the variable ``tuning`` plans."""
    name = run_names.attempt(RUN.tuning_job_name)
    job = TuningJob(
        job=jsonata("$states.result.HyperParameterTuningJobName"),
        space=TUNING.space,
        warm_start=TUNING.warm_start,
        fingerprint=REPORT.fingerprint,
        test_run=TEST_RUN,
    )
    tags = _tags_jsonata(around)
    return asl.task(
        "sagemaker:createHyperParameterTuningJob.sync",
        jsonata(f"$merge([{TUNING.request}, {{'HyperParameterTuningJobName': {name}, 'Tags': {tags}}}])"),
        service="sagemaker",
        next_state=next_state,
        on_failure=on_failure,
        timeout_seconds=rendered(given(RUN.settings.tuning).timeout_seconds),
        assign={name_of(JOB): rendered(job)},
    )


def score(around: Surroundings, scored: Scored, *, next_state: str, on_failure: str, catches: Any = ()) -> asl.State:
    """One version's answers to the held-out rows, each as an endpoint gives it: one request a row.

    Args:
        around: the surroundings.
        scored: the version's model and where its answers go.
        next_state: name of the following state.
        on_failure: state that every error not caught before goes to.
        catches: catchers tried before that.
    """
    return asl.task(
        "sagemaker:createTransformJob.sync",
        {
            "TransformJobName": jsonata(run_names.attempt(str(scored.model))),
            "ModelName": rendered(scored.model),
            "BatchStrategy": "SingleRecord",
            "TransformInput": {
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "ManifestFile",
                        "S3Uri": rendered(given(EVALUATION.scoring).manifest),
                    }
                },
                "ContentType": rendered(RUN.family.content_type),
                "SplitType": "Line",
            },
            "DataProcessing": {"InputFilter": rendered(given(EVALUATION.scoring).input_filter)},
            "TransformOutput": {
                "S3OutputPath": rendered(scored.output),
                "Accept": rendered(RUN.family.accept),
                "AssembleWith": "Line",
                "KmsKeyId": around.key_arn,
            },
            "TransformResources": {
                "InstanceType": around.evaluation_instance_type,
                "InstanceCount": 1,
                "VolumeKmsKeyId": around.key_arn,
            },
            "Tags": _tags(around),
        },
        service="sagemaker",
        next_state=next_state,
        on_failure=on_failure,
        timeout_seconds=_SCORING_SECONDS,
        catches=catches,
    )


def evaluation(around: Surroundings, *, next_state: str, on_failure: str) -> asl.State:
    """Candidate and champion on the held-out test part."""
    return asl.task(
        "sagemaker:createProcessingJob.sync",
        {
            "ProcessingJobName": jsonata(run_names.attempt(RUN.job_name)),
            "RoleArn": around.sagemaker_role_arn,
            "AppSpecification": {
                "ImageUri": rendered(RUN.settings.algorithm.evaluation_image),
                "ContainerEntrypoint": rendered(EVALUATION.entrypoint),
                "ContainerArguments": ["--input", f"{_PROCESSING}/input", "--output", f"{_PROCESSING}/output"],
            },
            "ProcessingInputs": rendered(EVALUATION.inputs),
            "ProcessingOutputConfig": {
                "KmsKeyId": around.key_arn,
                "Outputs": [
                    {
                        "OutputName": "evaluation",
                        "S3Output": {
                            "S3Uri": rendered(RUN.evaluation_uri),
                            "LocalPath": f"{_PROCESSING}/output",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                ],
            },
            "ProcessingResources": {
                "ClusterConfig": {
                    "InstanceType": around.evaluation_instance_type,
                    "InstanceCount": 1,
                    "VolumeSizeInGB": 30,
                    "VolumeKmsKeyId": around.key_arn,
                }
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": _EVALUATION_SECONDS},
            **_processing_network(around),
            "Tags": _tags(around),
        },
        service="sagemaker",
        next_state=next_state,
        on_failure=on_failure,
        timeout_seconds=_EVALUATION_SECONDS + _OVERHEAD_SECONDS,
    )


def _training(around: Surroundings) -> dict[str, Any]:
    return {
        "AlgorithmSpecification": rendered(RUN.algorithm_specification),
        "RoleArn": around.sagemaker_role_arn,
        "InputDataConfig": rendered(RUN.input_data_config),
        "OutputDataConfig": {
            "S3OutputPath": rendered(RUN.artifacts_uri),
            "KmsKeyId": around.key_arn,
        },
        "ResourceConfig": jsonata(
            f"$merge([{RUN.settings.training.resource_config}, {{'VolumeKmsKeyId': '{around.key_arn}'}}])"
        ),
        "StoppingCondition": rendered(RUN.settings.training.stopping_condition),
        "EnableManagedSpotTraining": rendered(RUN.settings.training.spot),
        "RetryStrategy": {"MaximumRetryAttempts": 2},
        **_training_network(around),
    }


def _training_network(around: Surroundings) -> dict[str, Any]:
    """SageMaker moves data and artifacts through the subnets; the container itself reaches its peers only.

    Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html
    """
    if around.vpc_config is None:
        return {}
    return {
        "VpcConfig": around.vpc_config.value,
        "EnableNetworkIsolation": True,
        # A single instance has nobody to talk to.
        "EnableInterContainerTrafficEncryption": jsonata(f"{RUN.settings.training.resource_config}.InstanceCount > 1"),
    }


def _processing_network(around: Surroundings) -> dict[str, Any]:
    if around.vpc_config is None:
        return {}
    return {"NetworkConfig": {"EnableNetworkIsolation": True, "VpcConfig": around.vpc_config.value}}


def _tags(around: Surroundings) -> list[dict[str, str]]:
    return [
        {"Key": APP_TAG, "Value": around.app},
        {"Key": MODEL_TAG, "Value": rendered(MODEL)},
    ]


def _tags_jsonata(around: Surroundings) -> str:
    """The same in an expression."""
    return f"[{{'Key': '{APP_TAG}', 'Value': '{around.app}'}}, {{'Key': '{MODEL_TAG}', 'Value': {MODEL}}}]"
