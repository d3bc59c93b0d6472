"""Where things lie in an account's artifact bucket; docs/architecture.md draws the whole of it.

A prefix holds one folder for each model, and most of them one for each run in it.
"""

# Files that somebody uploads, by model.
RAW_PREFIX = "raw/"
# A warehouse's rows, and what a run's ETL makes of its data: by model and run.
EXTRACTS_PREFIX = "extracts/"
RUNS_PREFIX = "runs/"
# Artifacts as training jobs write them, by model and job.
MODELS_PREFIX = "models/"
# What an interrupted training job goes on from, by model and run.
CHECKPOINTS_PREFIX = "checkpoints/"
# What an evaluation is asked and what it finds, by model and run.
EVALUATIONS_PREFIX = "evaluations/"
# What operators let a model answer file by file, and the answers; in folders of their own choice.
TRANSFORMS_PREFIX = "transforms/"
# All that an endpoint serves, by deployment.
DEPLOYMENTS_PREFIX = "deployments/"

# What an ETL tells of a run's data.
REPORT_FILE = "report.json"
# What an evaluation is asked, and what it finds.
REQUEST_FILE = "request.json"
EVALUATION_FILE = "evaluation.json"
# What a batch transform job of an evaluation reads: the golden request, and a list of it and the held-out part's files.
GOLDEN_FILE = "golden-request"
SCORING_FILE = "scoring.manifest"

# How the names of Spark's data files begin. What else lies beside them (_SUCCESS, *_$folder$) must not get into a
# channel: the XGBoost container takes the delimiter from the first file that its directory happens to list
# (data_utils.py of https://github.com/aws/sagemaker-xgboost-container).
_DATA_FILES = "part"


def folder(prefix: str, *names: str) -> str:
    """Key prefix of a folder.

    Args:
        prefix: one of the above.
        names: of the model and, where there is one, of the run.
    """
    return f"{prefix}{'/'.join(names)}/"


def folder_jsonata(prefix: str, *names: str, bucket_name: str | None = None) -> str:
    """JSONata, without its braces, for the same folder.

    Args:
        prefix: one of the above.
        names: JSONata for the names of the model and the run.
        bucket_name: for the S3 URI instead of the key prefix.
    """
    start = f"s3://{bucket_name}/{prefix}" if bucket_name else prefix
    between = " & '/' & "
    return f"'{start}' & {between.join(names)} & '/'"


def data_files(part: str) -> str:
    """Prefix of a part's data files in the folder of a run, and of nothing else.

    An S3Prefix need not end at a folder: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html

    Args:
        part: train, validation or test.
    """
    return f"{part}/{_DATA_FILES}"
