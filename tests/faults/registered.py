"""Versions in the registry without a retraining run: what a deployment needs to know of them."""

import gzip
import hashlib
import io
import json
import tarfile

import numpy as np
import xgboost

from config.algorithms.xgboost import ALGORITHM
from retraining.logic import registration
from tests.faults.deployed import APP, REGION
from tests.faults.observation import Account

REQUEST = "3,1"


class Registry:
    """One model's versions in the training account.

    Args:
        account: the training account.
        model: name of the model.
        readers: ids of the accounts that deploy them.

    Attributes:
        answers: what each version really answers to `REQUEST`, by ARN.
    """

    def __init__(self, account: Account, model: str, *, readers: list[str]) -> None:
        self.account = account
        self._model = model
        self.answers: dict[str, float] = {}
        group, client = f"{APP}-{model}", account.client("sagemaker")
        arn = client.create_model_package_group(ModelPackageGroupName=group)["ModelPackageGroupArn"]
        policy = registration.group_policy(
            group_arn=arn,
            package_arn=f"{arn.replace(':model-package-group/', ':model-package/')}/*",
            readers=[f"arn:aws:iam::{reader}:role/{APP}-deployment" for reader in readers],
        )
        client.put_model_package_group_policy(ModelPackageGroupName=group, ResourcePolicy=policy)

    def add(self, *, rounds: int, answers_wrongly: bool = False) -> str:
        """Register a version; returns its ARN.

        Args:
            rounds: of training, so that versions differ.
            answers_wrongly: whether it was evaluated with another answer than it gives.
        """
        artifact, answer = _trained(rounds)
        number = len(self.answers) + 1
        bucket, s3 = self.account.outputs["ArtifactBucketName"], self.account.client("s3")
        model_key, evaluation_key = (f"{kind}/{self._model}/{number}" for kind in ("models", "evaluations"))
        s3.put_object(Bucket=bucket, Key=f"{model_key}/model.tar.gz", Body=artifact)
        golden = {"request": REQUEST, "answer": answer + (1.0 if answers_wrongly else 0.0)}
        s3.put_object(
            Bucket=bucket, Key=f"{evaluation_key}/evaluation.json", Body=json.dumps({"golden": golden}).encode()
        )
        request = registration.request(
            group=f"{APP}-{self._model}",
            run_id=f"by-hand-{number}",
            approved=False,
            image=ALGORITHM.images.serving.uri(REGION),
            environment={},
            content_type=ALGORITHM.requests.content_type,
            accept=ALGORITHM.requests.accept,
            model_data_url=f"s3://{bucket}/{model_key}/model.tar.gz",
            evaluation=f"s3://{bucket}/{evaluation_key}/evaluation.json",
            description="by hand",
            metadata={
                "digest": hashlib.sha256(artifact).hexdigest(),
                "evaluation": f"s3://{bucket}/{evaluation_key}/evaluation.json",
            },
        )
        arn = str(self.account.client("sagemaker").create_model_package(**request)["ModelPackageArn"])
        self.answers[arn] = answer
        return arn

    def want(self, arn: str | None) -> None:
        """Make one version the only approved one; with None there is none."""
        client = self.account.client("sagemaker")
        for version in self.answers:
            status = "Approved" if version == arn else "Rejected"
            client.update_model_package(ModelPackageArn=version, ModelApprovalStatus=status)


def _trained(rounds: int) -> tuple[bytes, float]:
    features = np.array([[number % 17, number % 5] for number in range(200)], dtype=float)
    labels = features @ np.array([2.0, 0.5])
    booster = xgboost.train({"seed": 7}, xgboost.DMatrix(features, label=labels), num_boost_round=rounds)
    content = bytes(booster.save_raw("ubj"))
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as archive:
        entry = tarfile.TarInfo("xgboost-model")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    row = np.array([[float(part) for part in REQUEST.split(",")]])
    return packed.getvalue(), float(booster.predict(xgboost.DMatrix(row))[0])
