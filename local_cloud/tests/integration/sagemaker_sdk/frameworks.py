"""A notebook with scripts of one's own, by the SageMaker SDK v2: Hugging Face, PyTorch, scikit-learn and a pipeline.

Usage: python frameworks.py ROLE_ARN, in a shell whose variables `python -m local_cloud env` set, or on AWS.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import sagemaker
from sagemaker import image_uris
from sagemaker.deserializers import JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.huggingface import HuggingFace
from sagemaker.inputs import TrainingInput
from sagemaker.pipeline import PipelineModel
from sagemaker.pytorch import PyTorchModel
from sagemaker.serializers import CSVSerializer, JSONSerializer
from sagemaker.sklearn import SKLearn

role = sys.argv[1]
scripts = Path(__file__).parent / "scripts"
session = sagemaker.Session()
bucket = session.default_bucket()
# This version of the SDK knows no newer image of Hugging Face than that of transformers 4.49.
registry = f"763104351884.dkr.ecr.{session.boto_region_name}.amazonaws.com"

with TemporaryDirectory() as folder:
    texts, table = Path(folder) / "texts.txt", Path(folder) / "train.csv"
    texts.write_text(
        "\n".join(
            f"__label__{label}  the {thing} was {word}"
            for thing in ("film", "book", "meal", "trip") * 20
            for label, word in (("positive", "good"), ("negative", "bad"))
        )
    )
    # Twice the width, and five more if it is red.
    rows = [(2 * width + 5 * red, width, red) for width in range(100) for red in (0, 1)]
    table.write_text("\n".join(f"{label},{width},{'red' if red else 'blue'}" for label, width, red in rows))
    coded = Path(folder) / "numbers.csv"
    coded.write_text("\n".join(f"{label},{1 - red},{red},{width}" for label, width, red in rows))
    numbers = session.upload_data(str(coded), key_prefix="colours/numbers")
    reviews = session.upload_data(str(texts), key_prefix="reviews/train")
    colours = session.upload_data(str(table), key_prefix="colours/train")

# A GPU type, since AWS has this image for no other; the checkpoints are those of managed spot training.
classifier = HuggingFace(
    entry_point="train.py",
    source_dir=str(scripts / "classifier"),
    image_uri=f"{registry}/huggingface-pytorch-training:2.9.0-transformers5.3.0-gpu-py312-cu130-ubuntu22.04",
    py_version="py312",
    role=role,
    instance_count=1,
    instance_type="ml.g4dn.xlarge",
    hyperparameters={"epochs": 20},
    output_path=f"s3://{bucket}/reviews/models",
    use_spot_instances=True,
    max_run=3600,
    max_wait=3600,
    checkpoint_s3_uri=f"s3://{bucket}/reviews/checkpoints",
    sagemaker_session=session,
)
classifier.fit({"train": reviews}, wait=False)
session.wait_for_job(classifier.latest_training_job.name, poll=1)

model = PyTorchModel(
    model_data=classifier.model_data,
    entry_point="inference.py",
    source_dir=str(scripts / "classifier"),
    framework_version="2.6.0",
    py_version="py312",
    role=role,
    sagemaker_session=session,
)
reader = model.deploy(
    initial_instance_count=1,
    instance_type="ml.m5.large",
    endpoint_name="reviews",
    serializer=JSONSerializer(),
    deserializer=JSONDeserializer(),
    wait=False,
)
session.wait_for_endpoint("reviews", poll=1)
labels = [reader.predict({"text": f"the meal was {word}"})["label"] for word in ("good", "bad")]
reader.delete_endpoint()

# What makes numbers of the raw columns, and what learns from them: one request goes through both.
preparing = SKLearn(
    entry_point="prepare.py",
    source_dir=str(scripts / "colours"),
    framework_version="1.2-1",
    role=role,
    instance_count=1,
    instance_type="ml.m5.large",
    output_path=f"s3://{bucket}/colours/models",
    sagemaker_session=session,
)
preparing.fit({"train": TrainingInput(colours, content_type="text/csv")}, wait=False)
learning = Estimator(
    image_uri=image_uris.retrieve("linear-learner", session.boto_region_name),
    role=role,
    instance_count=1,
    instance_type="ml.m5.large",
    output_path=f"s3://{bucket}/colours/models",
    hyperparameters={"predictor_type": "regressor", "mini_batch_size": 20, "epochs": 100},
    sagemaker_session=session,
)
learning.fit({"train": TrainingInput(numbers, content_type="text/csv")}, wait=False)
for estimator in (preparing, learning):
    session.wait_for_job(estimator.latest_training_job.name, poll=1)
prepares = preparing.create_model(env={"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv"})
pipeline = PipelineModel(
    models=[prepares, learning.create_model()], role=role, name="colours", sagemaker_session=session
)
pipeline.deploy(initial_instance_count=1, instance_type="ml.m5.large", endpoint_name="colours", wait=False)
session.wait_for_endpoint("colours", poll=1)
raw = sagemaker.Predictor("colours", session, serializer=CSVSerializer(), deserializer=JSONDeserializer())
answers = raw.predict("10,red\n7,blue")["predictions"]
raw.delete_endpoint()

told = {"labels": labels, "answers": [answer["score"] for answer in answers]}
# The SDK leaves its marks of progress without an end of line.
print(f"\n{json.dumps(told)}")  # noqa: T201  # what its test reads
