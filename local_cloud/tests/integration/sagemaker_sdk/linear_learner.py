"""A notebook with linear learner, by the SageMaker SDK v2: fit, deploy, predict, and score a file in a batch.

Usage: python linear_learner.py ROLE_ARN, in a shell whose variables `python -m local_cloud env` set, or on AWS.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import sagemaker
from sagemaker import image_uris
from sagemaker.deserializers import JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.serializers import CSVSerializer

role = sys.argv[1]
session = sagemaker.Session()
bucket = session.default_bucket()

# A salary: so much to begin with, and so much for each year.
dice = np.random.default_rng(7)
years = dice.uniform(0, 20, 2000)
salary = 30_000 + 9_500 * years + dice.normal(0, 4_000, 2000)

with TemporaryDirectory() as folder:
    train, asked = Path(folder) / "train.csv", Path(folder) / "asked.csv"
    np.savetxt(train, np.column_stack([salary, years]), delimiter=",", fmt="%.4f")
    asked.write_text("0\n10\n20\n")
    inputs = TrainingInput(session.upload_data(str(train), key_prefix="salary/train"), content_type="text/csv")
    batch = session.upload_data(str(asked), key_prefix="salary/batch")

estimator = Estimator(
    image_uri=image_uris.retrieve("linear-learner", session.boto_region_name),
    role=role,
    instance_count=1,
    instance_type="ml.m5.large",
    output_path=f"s3://{bucket}/salary/models",
    hyperparameters={"predictor_type": "regressor", "mini_batch_size": 100, "feature_dim": 1},
    sagemaker_session=session,
)
estimator.fit({"train": inputs}, wait=False)
session.wait_for_job(estimator.latest_training_job.name, poll=1)

predictor = estimator.deploy(
    initial_instance_count=1,
    instance_type="ml.m5.large",
    endpoint_name="salary",
    serializer=CSVSerializer(),
    deserializer=JSONDeserializer(),
    wait=False,
)
session.wait_for_endpoint("salary", poll=1)
answers = predictor.predict([[0], [10]])["predictions"]

transformer = estimator.transformer(
    instance_count=1,
    instance_type="ml.m5.large",
    output_path=f"s3://{bucket}/salary/scored",
    accept="application/jsonlines",
    assemble_with="Line",
    strategy="MultiRecord",
)
transformer.transform(batch, content_type="text/csv", split_type="Line", wait=False)
session.wait_for_transform_job(transformer.latest_transform_job.name, poll=1)
scored = session.read_s3_file(bucket, "salary/scored/asked.csv.out")

told = {
    "answers": [answer["score"] for answer in answers],
    "scored": [json.loads(line)["score"] for line in scored.splitlines()],
}
predictor.delete_endpoint()
# The SDK leaves its marks of progress without an end of line.
print(f"\n{json.dumps(told)}")  # noqa: T201  # what its test reads
