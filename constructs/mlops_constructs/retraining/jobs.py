"""The jobs of a retraining run, each as one Task: extract, ETL, training or tuning, evaluation.

They read the variables ``model``, ``run_id``, ``config`` (the model's settings) and those of the states before them.
"""

from dataclasses import dataclass
from typing import Any

from contract import prefixes, run_names
from contract.names import APP_TAG, MODEL_TAG
from contract.prefixes import EXTRACTS_PREFIX, MODELS_PREFIX, folder_jsonata
from mlops_constructs.network.vpc_config import VpcConfig
from mlops_constructs.states import asl

# After which Glue stops an extract; the job has no limit of the model's own.
EXTRACT_SECONDS = 2 * 3600
# Starting a job and moving its data comes on top of the time the job itself may take.
_EVALUATION_SECONDS = 3600
_OVERHEAD_SECONDS = 1800
_PROCESSING = "/opt/ml/processing"


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the jobs need to know.

    Args:
        app: prefix of the names of jobs and package groups.
        bucket_name: artifact bucket.
        key_arn: KMS key of everything that is written.
        image_uri: XGBoost image, for training, evaluation and serving.
        sagemaker_role_arn: role of SageMaker's jobs.
        etl_job_name: the Glue job that runs the models' scripts.
        evaluation_instance_type: of the evaluation.
        vpc_config: network of SageMaker's jobs; None for one of SageMaker's own.
    """

    app: str
    bucket_name: str
    key_arn: str
    image_uri: str
    sagemaker_role_arn: str
    etl_job_name: str
    evaluation_instance_type: str
    vpc_config: VpcConfig | None = None


def extract(around: Surroundings, *, next_state: str, on_failure: str) -> asl.State:
    """Rows of the model's query as Parquet, by the job of its warehouse."""
    day = "'[Y0001]-[M01]-[D01]'"
    started = "$toMillis($states.context.Execution.StartTime)"
    target = folder_jsonata(EXTRACTS_PREFIX, "$model", "$run_id", bucket_name=around.bucket_name)
    return asl.task(
        "glue:startJobRun.sync",
        {
            "JobName": "{% $config.source.job %}",
            "Arguments": {
                "--query": "{% $config.source.query %}",
                "--date_from": f"{{% $fromMillis({started} - $config.source.window_days * 86400000, {day}) %}}",
                "--date_to": f"{{% $fromMillis({started}, {day}) %}}",
                "--destination": f"{{% {target} %}}",
            },
        },
        service="glue",
        next_state=next_state,
        on_failure=on_failure,
        timeout_seconds=EXTRACT_SECONDS + _OVERHEAD_SECONDS,
        assign={"source_uri": f"{{% {target} %}}"},
    )


def etl(around: Surroundings, *, next_state: str, on_failure: str) -> asl.State:
    """The model's own script and what the scripts share, in the one Glue job of the app.

    Reference for the arguments with a hyphen: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
    """
    return asl.task(
        "glue:startJobRun.sync",
        {
            "JobName": around.etl_job_name,
            "Arguments": (
                "{% $merge([$config.etl.arguments, {'--scriptLocation': $config.etl.script,"
                " '--extra-py-files': $config.etl.library, '--source': $source_uri, '--destination': $run_uri}]) %}"
            ),
            "WorkerType": "{% $config.etl.worker_type %}",
            "NumberOfWorkers": "{% $config.etl.number_of_workers %}",
            "Timeout": "{% $config.etl.timeout_minutes %}",
        },
        service="glue",
        next_state=next_state,
        on_failure=on_failure,
        timeout_seconds="{% $config.etl.timeout_seconds %}",
    )


def training(around: Surroundings, *, next_state: str, on_failure: str) -> asl.State:
    """One training job with the configured hyperparameters."""
    return asl.task(
        "sagemaker:createTrainingJob.sync",
        {
            "TrainingJobName": run_names.job(around.app),
            "HyperParameters": "{% $config.training.hyperparameters %}",
            **_training(around),
            "Tags": _tags(around),
        },
        service="sagemaker",
        next_state=next_state,
        on_failure=on_failure,
        timeout_seconds="{% $config.training.timeout_seconds %}",
        assign={"job": {"training_job": "{% $states.result.TrainingJobName %}"}},
    )


def tuned_training(around: Surroundings) -> dict[str, Any]:
    """TrainingJobDefinition of a tuning job, without hyperparameters."""
    return _training(around)


def tuning(around: Surroundings, *, next_state: str, on_failure: str) -> asl.State:
    """The tuning job that the variable ``tuning`` plans."""
    return asl.task(
        "sagemaker:createHyperParameterTuningJob.sync",
        f"{{% $merge([$tuning.request, {{'HyperParameterTuningJobName': {run_names.tuning_job()},"
        f" 'Tags': [{{'Key': '{APP_TAG}', 'Value': '{around.app}'}}, {{'Key': '{MODEL_TAG}', 'Value': $model}}]"
        "}]) %}",
        service="sagemaker",
        next_state=next_state,
        on_failure=on_failure,
        timeout_seconds="{% $config.tuning.timeout_seconds %}",
        assign={
            "job": {
                "tuning": {
                    "job": "{% $states.result.HyperParameterTuningJobName %}",
                    "space": "{% $tuning.space %}",
                    "warm_start": "{% $tuning.warm_start %}",
                    "fingerprint": "{% $report.fingerprint %}",
                    "test_run": "{% $test_run %}",
                }
            }
        },
    )


def evaluation(around: Surroundings, *, next_state: str, on_failure: str) -> asl.State:
    """Candidate and champion on the held-out test part."""
    return asl.task(
        "sagemaker:createProcessingJob.sync",
        {
            "ProcessingJobName": run_names.job(around.app),
            "RoleArn": around.sagemaker_role_arn,
            "AppSpecification": {
                "ImageUri": around.image_uri,
                "ContainerEntrypoint": "{% $evaluation.entrypoint %}",
                "ContainerArguments": ["--input", f"{_PROCESSING}/input", "--output", f"{_PROCESSING}/output"],
            },
            "ProcessingInputs": "{% $evaluation.inputs %}",
            "ProcessingOutputConfig": {
                "KmsKeyId": around.key_arn,
                "Outputs": [
                    {
                        "OutputName": "evaluation",
                        "S3Output": {
                            "S3Uri": "{% $evaluation_uri %}",
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


def data_files(part: str) -> str:
    """JSONata of the S3 prefix of a part's data files, and of nothing else; ``part`` is train, validation or test."""
    return f"{{% $run_uri & '{prefixes.data_files(part)}' %}}"


def _training(around: Surroundings) -> dict[str, Any]:
    return {
        "AlgorithmSpecification": {"TrainingImage": around.image_uri, "TrainingInputMode": "File"},
        "RoleArn": around.sagemaker_role_arn,
        "InputDataConfig": [_channel("train"), _channel("validation")],
        "OutputDataConfig": {
            "S3OutputPath": f"{{% 's3://{around.bucket_name}/{MODELS_PREFIX}' & $model %}}",
            "KmsKeyId": around.key_arn,
        },
        "ResourceConfig": (
            f"{{% $merge([$config.training.resource_config, {{'VolumeKmsKeyId': '{around.key_arn}'}}]) %}}"
        ),
        "StoppingCondition": "{% $config.training.stopping_condition %}",
        "EnableManagedSpotTraining": "{% $config.training.spot %}",
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
        "EnableInterContainerTrafficEncryption": "{% $config.training.resource_config.InstanceCount > 1 %}",
    }


def _processing_network(around: Surroundings) -> dict[str, Any]:
    if around.vpc_config is None:
        return {}
    return {"NetworkConfig": {"EnableNetworkIsolation": True, "VpcConfig": around.vpc_config.value}}


def _channel(name: str) -> dict[str, Any]:
    return {
        "ChannelName": name,
        "ContentType": "text/csv",
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3Uri": data_files(name),
                "S3DataDistributionType": "FullyReplicated",
            }
        },
    }


def _tags(around: Surroundings) -> list[dict[str, str]]:
    return [
        {"Key": APP_TAG, "Value": around.app},
        {"Key": MODEL_TAG, "Value": "{% $model %}"},
    ]
