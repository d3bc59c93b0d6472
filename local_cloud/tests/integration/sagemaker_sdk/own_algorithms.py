"""SageMaker's own algorithms by the classes of the SDK v2: arrays in, records out.

Usage: python own_algorithms.py ROLE_ARN, in a shell whose variables `python -m local_cloud env` set, or on AWS.
"""

import json
import sys

import numpy as np
import sagemaker
from sagemaker import PCA, KMeans, LinearLearner
from sagemaker.analytics import TrainingJobAnalytics
from sagemaker.deserializers import JSONDeserializer
from sagemaker.serializers import CSVSerializer

role = sys.argv[1]
session = sagemaker.Session()
where = {
    "role": role,
    "instance_count": 1,
    "instance_type": "ml.m5.large",
    "sagemaker_session": session,
    "output_path": f"s3://{session.default_bucket()}/own",
    "data_location": f"s3://{session.default_bucket()}/own",
}

# Salaries by years of experience: 9,500 for each.
dice = np.random.default_rng(0)
years = dice.uniform(0, 20, (1000, 1)).astype("float32")
wages = (30000 + 9500 * years[:, 0] + dice.normal(0, 4000, 1000)).astype("float32")
# Three groups in five dimensions, of which two tell them apart.
groups = dice.integers(0, 3, 900)
places = np.array([[0, 0], [50, 0], [0, 50]])[groups]
points = np.hstack([places, np.zeros((900, 3))]) + dice.normal(0, 1, (900, 5))
points = points.astype("float32")

learner = LinearLearner(predictor_type="regressor", **where)
parts = [
    learner.record_set(years[:800], labels=wages[:800]),
    learner.record_set(years[800:], labels=wages[800:], channel="validation"),
]
learner.fit(parts, mini_batch_size=100, wait=False)
kmeans, pca = KMeans(k=3, eval_metrics=["msd"], **where), PCA(num_components=2, **where)
for estimator in (kmeans, pca):
    estimator.fit(estimator.record_set(points), wait=False)
# `wait=True` looks every ten seconds, and at an endpoint every thirty.
for estimator in (learner, kmeans, pca):
    session.wait_for_job(estimator.latest_training_job.name, poll=1)

predictor = learner.deploy(initial_instance_count=1, instance_type="ml.m5.large", endpoint_name="salary", wait=False)
session.wait_for_endpoint("salary", poll=1)
records = predictor.predict(np.array([[0], [10]], dtype="float32"))
scores = [record.label["score"].float32_tensor.values[0] for record in records]
predictor.serializer, predictor.deserializer = CSVSerializer(), JSONDeserializer()
as_json = [prediction["score"] for prediction in predictor.predict("0\n10")["predictions"]]
predictor.delete_endpoint()

distance = TrainingJobAnalytics(kmeans.latest_training_job.name, ["train:msd"], sagemaker_session=session).dataframe()
told = {
    "slope": (scores[1] - scores[0]) / 10,
    "slope_in_json": (as_json[1] - as_json[0]) / 10,
    "msd": list(distance["value"]),
    "components": pca.model_data,
    "metrics": sorted(learner.training_job_analytics.dataframe()["metric_name"].unique()),
}
# The SDK leaves its marks of progress without an end of line.
print(f"\n{json.dumps(told)}")  # noqa: T201  # what its test reads
