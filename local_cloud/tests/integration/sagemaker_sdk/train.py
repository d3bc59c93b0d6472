"""Training jobs with the SageMaker SDK v3: XGBoost as it comes, and a script of one's own on two instances.

Usage: python train.py ROLE_ARN, in a shell whose variables `python -m local_cloud env` set, or on AWS.
"""

import json
import random
import sys
import tarfile
from pathlib import Path

from botocore.exceptions import ClientError
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.resources import TrainingJob
from sagemaker.core.training.configs import Compute, InputData, OutputDataConfig, SourceCode
from sagemaker.train.model_trainer import ModelTrainer

IMAGES = "683313688378.dkr.ecr.us-east-1.amazonaws.com"
SCRIPT = """
import argparse, json, os, sklearn
parser = argparse.ArgumentParser()
parser.add_argument("--factor", type=float)
given = parser.parse_args()
rows = open(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "rows.csv")).read().split()
told = {"product": given.factor * sum(map(float, rows)), "sklearn": sklearn.__version__, "hosts": os.environ["SM_HOSTS"]}
with open(os.path.join(os.environ["SM_MODEL_DIR"], os.environ["SM_CURRENT_HOST"] + ".json"), "w") as file:
    json.dump(told, file)
"""

role = sys.argv[1]
session = Session()
bucket = session.default_bucket()
s3 = session.boto_session.client("s3")


def start(trainer: ModelTrainer, **channel: str) -> TrainingJob:
    """A job under way."""
    trainer.train(input_data_config=[InputData(channel_name="train", **channel)], wait=False)
    return trainer._latest_training_job


def ended(job: TrainingJob) -> TrainingJob:
    """The same at its end."""
    # `wait=True` looks every five seconds.
    job.wait(poll=1)
    return TrainingJob.get(training_job_name=job.training_job_name)


def start_script() -> TrainingJob:
    """A job of a script that writes what it found."""
    s3.put_object(Bucket=bucket, Key="script/rows.csv", Body="1\n2\n3\n")
    source = Path("source")
    source.mkdir()
    (source / "train.py").write_text(SCRIPT)
    trainer = ModelTrainer(
        sagemaker_session=session,
        role=role,
        base_job_name="script",
        training_image=f"{IMAGES}/sagemaker-scikit-learn:1.2-1-cpu-py3",
        source_code=SourceCode(source_dir=str(source), entry_script="train.py"),
        compute=Compute(instance_type="ml.m5.large", instance_count=2),
        hyperparameters={"factor": 2},
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/script/models"),
    )
    return start(trainer, data_source=f"s3://{bucket}/script/rows.csv")


def look_at_script(job: TrainingJob) -> dict[str, object]:
    """How it ended, and what it wrote."""
    found = ended(job)
    s3.download_file(bucket, found.model_artifacts.s3_model_artifacts.partition(f"{bucket}/")[2], "model.tar.gz")
    with tarfile.open("model.tar.gz") as archive:
        files = {item.name: json.load(archive.extractfile(item)) for item in archive}
    return {"status": found.training_job_status, "told": files}


# The price of a ride: a fare, and so much for each kilometre and minute.
dice = random.Random(7)
rides = [(dice.uniform(1, 20), dice.uniform(5, 60)) for _ in range(300)]
lines = [f"{3 + 1.5 * distance + 0.4 * minutes},{distance},{minutes}" for distance, minutes in rides]
s3.put_object(Bucket=bucket, Key="rides/train.csv", Body="\n".join(lines))
trainer = ModelTrainer(
    sagemaker_session=session,
    role=role,
    base_job_name="rides",
    training_image=f"{IMAGES}/sagemaker-xgboost:3.0-5",
    compute=Compute(instance_type="ml.m5.xlarge", instance_count=1),
    hyperparameters={"objective": "reg:squarederror", "num_round": 30},
    output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/rides/models"),
)
under_way = start(trainer, data_source=f"s3://{bucket}/rides/train.csv", content_type="text/csv")
try:
    script = look_at_script(start_script())
except ClientError as error:
    script = {"refused": str(error)}
job = ended(under_way)
print(  # noqa: T201  # what its test reads
    json.dumps(
        {
            "bucket": bucket,
            "status": job.training_job_status,
            "model": job.model_artifacts.s3_model_artifacts,
            "metrics": {metric.metric_name: metric.value for metric in job.final_metric_data_list},
            "script": script,
        }
    )
)
