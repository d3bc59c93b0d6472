"""A day with the SageMaker SDK v2: tune, tune on from there, register the best model, serve both on one endpoint and each alone.

Usage: python tune_and_serve.py ROLE_ARN, in a shell whose variables `python -m local_cloud env` set, or on AWS.
"""

import json
import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
import sagemaker
from sagemaker import image_uris
from sagemaker.analytics import TrainingJobAnalytics
from sagemaker.deserializers import CSVDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.multidatamodel import MultiDataModel
from sagemaker.predictor import Predictor
from sagemaker.serializers import CSVSerializer
from sagemaker.tuner import ContinuousParameter, HyperparameterTuner, IntegerParameter

role = sys.argv[1]
session = sagemaker.Session()
bucket = session.default_bucket()

# The price of a ride: a fare, and so much for each kilometre and minute.
dice = random.Random(7)
rides = [(dice.uniform(1, 20), dice.uniform(5, 60)) for _ in range(300)]
lines = [f"{3 + 1.5 * distance + 0.4 * minutes},{distance},{minutes}" for distance, minutes in rides]
inputs = {}
with TemporaryDirectory() as folder:
    for channel, part in (("train", lines[60:]), ("validation", lines[:60])):
        file = Path(folder) / f"{channel}.csv"
        file.write_text("\n".join(part))
        uri = session.upload_data(str(file), key_prefix=f"rides/{channel}")
        inputs[channel] = TrainingInput(uri, content_type="csv")

estimator = Estimator(
    image_uri=image_uris.retrieve("xgboost", session.boto_region_name, version="3.0-5"),
    role=role,
    instance_count=1,
    instance_type="ml.m5.xlarge",
    output_path=f"s3://{bucket}/rides/models",
    hyperparameters={"objective": "reg:squarederror", "num_round": 30},
    sagemaker_session=session,
)
tuner = HyperparameterTuner(
    estimator,
    objective_metric_name="validation:rmse",
    objective_type="Minimize",
    hyperparameter_ranges={"eta": ContinuousParameter(0.05, 0.5), "max_depth": IntegerParameter(2, 5)},
    max_jobs=2,
    max_parallel_jobs=2,
    base_tuning_job_name="rides",
)
tuner.fit(inputs, wait=False)
# A minute is long on a laptop; `wait=True` looks every five seconds, and at an endpoint every thirty.
session.wait_for_tuning_job(tuner.latest_tuning_job.name, poll=1)

warm = tuner.transfer_learning_tuner()
warm.fit(inputs, wait=False)
session.wait_for_tuning_job(warm.latest_tuning_job.name, poll=1)

# Later, in another notebook.
attached = HyperparameterTuner.attach(warm.latest_tuning_job.name, sagemaker_session=session)
trials = attached.analytics().dataframe()
best_name = attached.best_training_job()
best = Estimator.attach(best_name, sagemaker_session=session)
curve = TrainingJobAnalytics(best_name, ["validation:rmse"], sagemaker_session=session).dataframe()

package = best.register(
    content_types=["text/csv"],
    response_types=["text/csv"],
    inference_instances=["ml.m5.xlarge"],
    transform_instances=["ml.m5.xlarge"],
    model_package_group_name="rides",
    approval_status="PendingManualApproval",
)
versions = session.sagemaker_client.list_model_packages(ModelPackageGroupName="rides")["ModelPackageSummaryList"]

models = MultiDataModel(
    name="rides",
    model_data_prefix=f"s3://{bucket}/rides/served/",
    model=best.create_model(),
    sagemaker_session=session,
)
models.add_model(best.model_data, "tuned.tar.gz")
models.deploy(initial_instance_count=1, instance_type="ml.m5.large", endpoint_name="rides", wait=False)
session.wait_for_endpoint("rides", poll=1)
# An endpoint serves what is added while it runs.
models.add_model(Estimator.attach(tuner.best_training_job(), sagemaker_session=session).model_data, "first.tar.gz")

predictor = Predictor("rides", session, serializer=CSVSerializer(), deserializer=CSVDeserializer())
prices = {name: predictor.predict("10,30", target_model=name) for name in ("tuned.tar.gz", "first.tar.gz")}

# The best one alone, and the version of it that is registered.
alone = {"serializer": CSVSerializer(), "deserializer": CSVDeserializer(), "wait": False}
best.deploy(1, "ml.m5.large", endpoint_name="best", **alone)
package.deploy(1, "ml.m5.large", endpoint_name="version", wait=False)
for name in ("best", "version"):
    session.wait_for_endpoint(name, poll=1)
    single = Predictor(name, session, serializer=CSVSerializer(), deserializer=CSVDeserializer())
    prices[name] = single.predict("10,30")
    single.delete_endpoint()

with TemporaryDirectory() as folder:
    file = Path(folder) / "asked.csv"
    file.write_text("ride-1,10,30\nride-2,20,30\n")
    asked = session.upload_data(str(file), key_prefix="rides/asked")
transformer = best.transformer(
    instance_count=1,
    instance_type="ml.m5.large",
    output_path=f"s3://{bucket}/rides/answered",
    accept="text/csv",
    assemble_with="Line",
)
transformer.transform(
    asked,
    content_type="text/csv",
    split_type="Line",
    input_filter="$[1:]",
    join_source="Input",
    output_filter="$[0,-1]",
    wait=False,
)
# As `wait=True` does, but for its poll of ten seconds.
session.logs_for_transform_job(transformer.latest_transform_job.name, wait=True, poll=1)
answered = session.read_s3_file(bucket, "rides/answered/asked.csv.out").split()

told = {
    "bucket": bucket,
    "trials": sorted(trials["FinalObjectiveValue"]),
    "best": min(trials["FinalObjectiveValue"]),
    "warm_start": boto3.client("sagemaker").describe_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=attached.latest_tuning_job.name
    )["WarmStartConfig"]["WarmStartType"],
    "curve": [
        [float(seconds), float(value)] for seconds, value in zip(curve["timestamp"], curve["value"], strict=True)
    ],
    "versions": [version["ModelPackageArn"] for version in versions],
    "package": package.model_package_arn,
    "served": sorted(models.list_models()),
    "answered": [line.split(",") for line in answered],
    "prices": {name: float(answer[0][0]) for name, answer in prices.items()},
}
predictor.delete_endpoint()
# Whoever waited for an endpoint left a line without its end.
print(f"\n{json.dumps(told)}")  # noqa: T201  # what its test reads
