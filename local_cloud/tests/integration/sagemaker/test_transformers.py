"""PyTorch's and Hugging Face's images: a tiny transformer that is made here, trained by a script and served.

No model is downloaded; the vocabulary is learnt from what it is trained with.
"""

import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import script_jobs, serving

BUCKET = serving.BUCKET
TRAINING = "huggingface-pytorch-training:2.9.0-transformers5.3.0-gpu-py312-cu130-ubuntu22.04"
INFERENCE = "huggingface-pytorch-inference:2.6.0-transformers5.5.3-cpu-py312-ubuntu22.04"
PYTORCH, TORCH_INFERENCE = "pytorch-training:2.8.0-cpu-py312", "pytorch-inference:2.6.0-cpu-py312"
TEXTS = "\n".join(
    f"__label__{label}  the film was {word} and {other}"
    for label, words in (
        ("positive", ("good", "great", "lovely", "fine")),
        ("negative", ("bad", "awful", "dull", "poor")),
    )
    for word in words
    for other in words
)
TRAIN = """
import argparse, os, pathlib
import torch
from tokenizers import BertWordPieceTokenizer
from transformers import DistilBertConfig, DistilBertForSequenceClassification, PreTrainedTokenizerFast

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int)
given = parser.parse_args()
torch.set_num_threads(1)
torch.manual_seed(0)
lines = pathlib.Path(os.environ["SM_CHANNEL_TRAIN"], "texts.txt").read_text().splitlines()
rows = [(text, int(label == "__label__positive")) for label, text in (line.split("  ", 1) for line in lines)]
words = BertWordPieceTokenizer()
words.train_from_iterator([text for text, _ in rows], vocab_size=300, show_progress=False)
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=words._tokenizer, unk_token="[UNK]", sep_token="[SEP]", pad_token="[PAD]", cls_token="[CLS]",
    mask_token="[MASK]", model_max_length=64, model_input_names=["input_ids", "attention_mask"],
)
model = DistilBertForSequenceClassification(DistilBertConfig(
    vocab_size=len(tokenizer), dim=32, n_layers=1, n_heads=2, hidden_dim=64, max_position_embeddings=64, num_labels=2,
    id2label={0: "negative", 1: "positive"}, label2id={"negative": 0, "positive": 1},
))
optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
batch = tokenizer([text for text, _ in rows], padding=True, return_tensors="pt")
labels = torch.tensor([label for _, label in rows])
for epoch in range(given.epochs):
    answer = model(**batch, labels=labels)
    answer.loss.backward()
    optimizer.step()
    optimizer.zero_grad()
accuracy = (answer.logits.argmax(-1) == labels).float().mean()
print(f"eval_accuracy = {accuracy:.4f}, gpus = {os.environ['SM_NUM_GPUS']};")
model.save_pretrained(os.environ["SM_MODEL_DIR"])
tokenizer.save_pretrained(os.environ["SM_MODEL_DIR"])
"""
SAVE = """
import os, torch
class Double(torch.nn.Module):
    def forward(self, values):
        return values * 2
torch.jit.save(torch.jit.script(Double()), os.path.join(os.environ["SM_MODEL_DIR"], "model.pt"))
os.mkdir(os.path.join(os.environ["SM_MODEL_DIR"], "code"))
with open(os.path.join(os.environ["SM_MODEL_DIR"], "code", "inference.py"), "w") as file:
    file.write('''
import torch
from sagemaker_inference import decoder, errors
def input_fn(body, content_type):
    if content_type == "text/plain":
        raise errors.GenericInferenceToolkitError(415, "only numbers are doubled")
    return torch.FloatTensor(decoder.decode(body, content_type))
''')
"""
FAIL = """
import sys
print("epoch 1")
print("loss is not a number", file=sys.stderr)
raise RuntimeError("the loss is not finite")
"""


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    s3 = cloud.client("s3", ACCOUNT)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="data/train/texts.txt", Body=TEXTS.encode())
    return serving.role(cloud, "transformers", more=("s3:PutObject",))


@pytest.fixture(scope="module")
def job(cloud: RunningCloud, role: str) -> dict[str, Any]:
    return script_jobs.run(
        cloud,
        "tiny",
        role,
        image=TRAINING,
        bucket=BUCKET,
        files={"train.py": TRAIN},
        hyperparameters={"epochs": 20},
        instance="ml.g4dn.xlarge",
        metrics=[{"Name": "accuracy", "Regex": "eval_accuracy = (.*?),"}, {"Name": "gpus", "Regex": "gpus = (.*?);"}],
    )


def test_a_transformer_is_trained_without_a_gpu(job: dict[str, Any]) -> None:
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert {item["MetricName"]: item["Value"] for item in job["FinalMetricDataList"]} == {"accuracy": 1, "gpus": 0}


def test_an_image_for_gpus_wants_one(cloud: RunningCloud, role: str) -> None:
    with pytest.raises(ClientError, match=r"ml.m5.large has no GPU.* or the image pytorch-training with transformers"):
        script_jobs.run(cloud, "cpu", role, image=TRAINING, bucket=BUCKET, files={"train.py": TRAIN})


def test_the_image_serves_a_transformer_by_itself(cloud: RunningCloud, role: str, job: dict[str, Any]) -> None:
    uri = job["ModelArtifacts"]["S3ModelArtifacts"]
    found = script_jobs.serve(cloud, "tiny", role, image=INFERENCE, uri=uri)
    assert found["EndpointStatus"] == "InService", found.get("FailureReason")
    client = serving.runtime(cloud)
    asked = {"inputs": ["the film was great and lovely", "the film was dull and bad"]}
    said, kind = script_jobs.ask(client, "tiny", json.dumps(asked))
    assert kind == "application/json"
    assert [item["label"] for item in said] == ["positive", "negative"]
    assert all(0.5 < item["score"] <= 1 for item in said)
    both, _ = script_jobs.ask(client, "tiny", json.dumps({"inputs": asked["inputs"][0], "parameters": {"top_k": 2}}))
    assert [item["label"] for item in both] == ["positive", "negative"]
    assert sum(item["score"] for item in both) == pytest.approx(1)
    with pytest.raises(ClientError, match="Content type application/xml is not supported") as refused:
        script_jobs.ask(client, "tiny", "<a/>", ContentType="application/xml")
    assert dict(refused.value.response)["OriginalStatusCode"] == 400


def test_a_model_of_the_hub_is_refused_by_name(cloud: RunningCloud, role: str, job: dict[str, Any]) -> None:
    uri = job["ModelArtifacts"]["S3ModelArtifacts"]
    name = "distilbert-base-uncased-finetuned-sst-2-english"
    found = script_jobs.serve(cloud, "hub", role, image=INFERENCE, uri=uri, HF_MODEL_ID=name)
    assert found["EndpointStatus"] == "Failed"
    assert f"HF_MODEL_ID is '{name}': the local cloud downloads nothing" in found["FailureReason"]


def test_pytorchs_image_loads_torchscript_by_itself(cloud: RunningCloud, role: str) -> None:
    job = script_jobs.run(cloud, "double", role, image=PYTORCH, bucket=BUCKET, files={"train.py": SAVE}, channels=())
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    uri = job["ModelArtifacts"]["S3ModelArtifacts"]
    found = script_jobs.serve(cloud, "double", role, image=TORCH_INFERENCE, uri=uri)
    assert found["EndpointStatus"] == "InService", found.get("FailureReason")
    client = serving.runtime(cloud)
    assert script_jobs.ask(client, "double", "[[1, 2.5]]") == ([[2, 5]], "application/json")
    with pytest.raises(ClientError, match="JSONDecodeError: Expecting value") as refused:
        script_jobs.ask(client, "double", "nothing")
    assert dict(refused.value.response)["OriginalStatusCode"] == 500
    with pytest.raises(ClientError, match="only numbers are doubled") as refused:
        script_jobs.ask(client, "double", "words", ContentType="text/plain")
    assert dict(refused.value.response)["OriginalStatusCode"] == 415


def test_a_failure_in_pytorchs_image_has_the_scripts_words(cloud: RunningCloud, role: str) -> None:
    files: dict[str, str | bytes] = {"train.py": FAIL}
    failed = script_jobs.run(cloud, "fails", role, image=PYTORCH, bucket=BUCKET, files=files, channels=())
    assert re.fullmatch(
        r'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "raise RuntimeError\("the loss is not finite"\)'
        r'\n RuntimeError: the loss is not finite"\nCommand "\S*python train.py", exit code: 1',
        failed["FailureReason"],
    ), failed["FailureReason"]
