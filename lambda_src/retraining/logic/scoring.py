"""Lets versions answer the held-out rows in batch transform jobs, in the very container that serves them.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
"""

import json
from collections.abc import Iterable
from typing import Any

from contract import run_names
from contract.calls.prepare_evaluation import PrepareEvaluation, Scored, Scoring
from contract.names import APP_TAG, MODEL_TAG
from contract.prefixes import GOLDEN_FILE, SCORING_FILE

CSV, JSON_LINES = "text/csv", "application/jsonlines"
# Of a record what a client sends: all but its label.
_FILTERS = {CSV: "$[1:]", JSON_LINES: "$.request"}
_SUFFIXES = {CSV: ".csv", JSON_LINES: ".jsonl"}


def plan(asked: PrepareEvaluation, *, held_out: str, with_champion: bool) -> Scoring:
    """The jobs of an evaluation.

    Args:
        asked: what is evaluated.
        held_out: content type of the held-out part.
        with_champion: whether there is a version to compare with.
    """
    folder = _folder(asked)

    def scored(number: int, name: str) -> Scored:
        model = run_names.scoring(asked.app, model=asked.model, run_id=asked.run_id, number=number)
        return Scored(model=model, output=f"{folder}{name}/")

    return Scoring(
        manifest=f"{folder}{SCORING_FILE}",
        input_filter=_FILTERS[held_out],
        candidate=scored(1, "candidate"),
        champion=scored(2, "champion") if with_champion else None,
    )


def golden(asked: PrepareEvaluation, *, held_out: str) -> tuple[str, str]:
    """S3 URI and text of a file with the golden request, as one more held-out row; nobody looks at its label."""
    request = asked.report.golden_request
    line = f"0,{request}" if held_out == CSV else json.dumps({"label": "", "request": json.loads(request)})
    return f"{_folder(asked)}{GOLDEN_FILE}{_SUFFIXES[held_out]}", f"{line}\n"


def manifest(bucket_name: str, keys: Iterable[str]) -> list[Any]:
    """The list of what the jobs read, as SageMaker takes it.

    Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html

    Args:
        bucket_name: of all of it.
        keys: of the objects.
    """
    return [{"prefix": f"s3://{bucket_name}/"}, *keys]


def model(asked: PrepareEvaluation, scored: Scored, *, model_data_url: str) -> dict[str, Any]:
    """CreateModel of a version that answers.

    Args:
        asked: what is evaluated.
        scored: the version's job.
        model_data_url: S3 URI of its artifact.
    """
    container: dict[str, Any] = {"Image": asked.family.image, "ModelDataUrl": model_data_url}
    if asked.family.environment:
        container["Environment"] = dict(asked.family.environment)
    return {
        "ModelName": scored.model,
        "PrimaryContainer": container,
        "ExecutionRoleArn": asked.role,
        **({"VpcConfig": dict(asked.network)} if asked.network else {}),
        "Tags": [{"Key": APP_TAG, "Value": asked.app}, {"Key": MODEL_TAG, "Value": asked.model}],
    }


def left_over(names: Iterable[str], *, asked: PrepareEvaluation) -> list[str]:
    """Of the names of SageMaker models those that earlier runs of the model left."""
    return [
        name
        for name in names
        if run_names.is_of_scoring(name, app=asked.app, model=asked.model)
        and not name.startswith(f"{asked.app}-{asked.model}-{asked.run_id[2:]}-")
    ]


def _folder(asked: PrepareEvaluation) -> str:
    return f"{asked.request.rpartition('/')[0]}/"
