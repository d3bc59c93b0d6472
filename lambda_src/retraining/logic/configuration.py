"""What a run's jobs are called, and where they read and write: pure string work, done once at its start.

A retry or redrive finds the same names, since everything derives from the execution.
"""

import hashlib
from datetime import datetime, timedelta

from contract.calls.load_configuration import Configuration, LoadConfiguration
from contract.catalogue import Model
from contract.settings import InvalidSettingsError
from contract.settings import LoadConfiguration as Settings

# How the names of Spark's data files begin. What else lies beside them (_SUCCESS, *_$folder$) must not get into a
# channel: the XGBoost container takes the delimiter from the first file that its directory happens to list
# (data_utils.py of https://github.com/aws/sagemaker-xgboost-container). An S3Prefix need not end at a folder:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html
_DATA_FILES = "part"


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
    source, bucket = model.retraining.source, f"s3://{settings.artifact_bucket}"
    of_run = f"{model.name}/{asked.run_id}/"
    raw, run, evaluation = f"{bucket}/raw/{model.name}/", f"{bucket}/runs/{of_run}", f"{bucket}/evaluations/{of_run}"
    last = datetime.fromisoformat(asked.started)
    return Configuration(
        settings=model.retraining,
        approval=model.approval,
        commit=settings.commit,
        evaluation_script=settings.evaluation_script,
        group=f"{settings.app}-{model.name}",
        source_uri=f"{bucket}/extracts/{of_run}" if source.type == "warehouse" else raw,
        raw_uri=raw,
        date_from=f"{last - timedelta(days=source.window_days):%Y-%m-%d}",
        date_to=f"{last:%Y-%m-%d}",
        run_uri=run,
        report_key=f"runs/{of_run}report.json",
        report_uri=f"{run}report.json",
        train_uri=f"{run}train/{_DATA_FILES}",
        validation_uri=f"{run}validation/{_DATA_FILES}",
        test_uri=f"{run}test/{_DATA_FILES}",
        artifacts_uri=f"{bucket}/models/{model.name}",
        evaluation_uri=evaluation,
        evaluation_request_uri=f"{evaluation}request.json",
        evaluation_report_uri=f"{evaluation}evaluation.json",
        # At most 12 of the app, 24 of the model and 21 of the run.
        job_name=f"{settings.app}-{model.name}-{asked.run_id}",
        # At most 32 characters with what makes a try of it: 2 + 8 of the model + 12 of the execution.
        tuning_job_name=f"t-{_digits(model.name, 8)}-{_digits(asked.execution, 12)}",
    )


def _digits(text: str, count: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:count]
