"""A training job with the SageMaker SDK v3: XGBoost as it comes, no script of one's own.

Usage: python train.py ROLE_ARN, in a shell whose variables `python -m local_cloud env` set, or on AWS.
"""

import json
import random
import sys

from sagemaker.core.helper.session_helper import Session
from sagemaker.core.resources import TrainingJob
from sagemaker.core.training.configs import Compute, InputData, OutputDataConfig
from sagemaker.train.model_trainer import ModelTrainer

role = sys.argv[1]
session = Session()
bucket = session.default_bucket()

# The price of a ride: a fare, and so much for each kilometre and minute.
dice = random.Random(7)
rides = [(dice.uniform(1, 20), dice.uniform(5, 60)) for _ in range(300)]
lines = [f"{3 + 1.5 * distance + 0.4 * minutes},{distance},{minutes}" for distance, minutes in rides]
session.boto_session.client("s3").put_object(Bucket=bucket, Key="rides/train.csv", Body="\n".join(lines))

trainer = ModelTrainer(
    sagemaker_session=session,
    role=role,
    base_job_name="rides",
    training_image="683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5",
    compute=Compute(instance_type="ml.m5.xlarge", instance_count=1),
    hyperparameters={"objective": "reg:squarederror", "num_round": 30},
    output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/rides/models"),
)
trainer.train(
    input_data_config=[
        InputData(channel_name="train", data_source=f"s3://{bucket}/rides/train.csv", content_type="text/csv")
    ],
    wait=False,
)
# `wait=True` looks every five seconds.
trainer._latest_training_job.wait(poll=1)
job = TrainingJob.get(training_job_name=trainer._latest_training_job.training_job_name)
print(  # noqa: T201  # what its test reads
    json.dumps(
        {
            "bucket": bucket,
            "status": job.training_job_status,
            "model": job.model_artifacts.s3_model_artifacts,
            "metrics": {metric.metric_name: metric.value for metric in job.final_metric_data_list},
        }
    )
)
