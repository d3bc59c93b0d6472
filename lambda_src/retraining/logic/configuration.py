"""What a run's jobs are called, and where they read and write: pure string work, done once at its start.

A retry or redrive finds the same names, since everything derives from the execution.
"""

from datetime import datetime, timedelta
from typing import Any

from contract import prefixes, run_names
from contract.calls.load_configuration import Configuration, LoadConfiguration
from contract.catalogue import Algorithm, Model, Retraining
from contract.names import package_group
from contract.settings import InvalidSettingsError
from contract.settings import LoadConfiguration as Settings


def configure(asked: LoadConfiguration, *, model: Model, settings: Settings) -> Configuration:
    """Everything that a run needs to know.

    Args:
        asked: the run.
        model: its model.
        settings: of the function.

    Raises:
        InvalidSettingsError: the catalogue does not say how the model is retrained.
    """
    if model.retraining is None:
        raise InvalidSettingsError(f"the catalogue does not say how {model.name} is retrained; deploy the stack again")
    source, algorithm = model.retraining.source, model.retraining.algorithm
    bucket = f"s3://{settings.artifact_bucket}"
    run_key = prefixes.folder(prefixes.RUNS_PREFIX, model.name, asked.run_id)
    raw, run = f"{bucket}/{prefixes.folder(prefixes.RAW_PREFIX, model.name)}", f"{bucket}/{run_key}"
    extract = f"{bucket}/{prefixes.folder(prefixes.EXTRACTS_PREFIX, model.name, asked.run_id)}"
    evaluation = f"{bucket}/{prefixes.folder(prefixes.EVALUATIONS_PREFIX, model.name, asked.run_id)}"
    checkpoints = prefixes.folder(prefixes.CHECKPOINTS_PREFIX, model.name, asked.run_id)
    last = datetime.fromisoformat(asked.started)
    return Configuration(
        settings=model.retraining,
        approval=model.approval,
        family=model.family,
        commit=settings.commit,
        group=package_group(settings.app, model.name),
        endpoint=model.endpoint,
        source_uri=extract if source.type == "warehouse" else raw,
        raw_uri=raw,
        date_from=f"{last - timedelta(days=source.window_days):%Y-%m-%d}",
        date_to=f"{last:%Y-%m-%d}",
        run_uri=run,
        report_key=f"{run_key}{prefixes.REPORT_FILE}",
        report_uri=f"{run}{prefixes.REPORT_FILE}",
        algorithm_specification=_specification(algorithm),
        input_data_config=(
            *(
                _channel(name, f"{run}{prefixes.data_files(part)}", content_type=algorithm.content_type)
                for name, part in sorted(algorithm.channels.items())
            ),
            *(_channel(name, uri) for name, uri in sorted(algorithm.inputs.items())),
        ),
        training_options=_options(model.retraining, checkpoints=f"{bucket}/{checkpoints}"),
        test_uri=f"{run}{prefixes.data_files('test')}",
        artifacts_uri=f"{bucket}/{prefixes.MODELS_PREFIX}{model.name}",
        evaluation_uri=evaluation,
        evaluation_request_uri=f"{evaluation}{prefixes.REQUEST_FILE}",
        evaluation_report_uri=f"{evaluation}{prefixes.EVALUATION_FILE}",
        job_name=run_names.job(settings.app, model=model.name, run_id=asked.run_id),
        tuning_job_name=run_names.tuning_job(model=model.name, execution=asked.execution),
    )


def _specification(algorithm: Algorithm) -> dict[str, Any]:
    """A built-in algorithm has metrics of its own, and takes no others.

    Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AlgorithmSpecification.html
    """
    found: dict[str, Any] = {
        "TrainingImage": algorithm.training_image,
        "TrainingInputMode": algorithm.input_mode,
    }
    if algorithm.metric_definitions:
        definitions = sorted(algorithm.metric_definitions.items())
        found["MetricDefinitions"] = [{"Name": name, "Regex": regex} for name, regex in definitions]
    return found


def _options(settings: Retraining, *, checkpoints: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if settings.training.checkpoints:
        # Trials have a folder each, named after their job; a repeated run of the same name goes on from its own.
        found["CheckpointConfig"] = {"S3Uri": checkpoints}
    if settings.algorithm.environment:
        found["Environment"] = dict(settings.algorithm.environment)
    return found


def _channel(name: str, uri: str, *, content_type: str | None = None) -> dict[str, Any]:
    return {
        "ChannelName": name,
        **({"ContentType": content_type} if content_type else {}),
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3Uri": uri,
                "S3DataDistributionType": "FullyReplicated",
            }
        },
    }
