"""What a model's configuration may say of the files that it answers."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from config import loader
from config.batch_transform_schema import BatchTransform, overlap
from config.errors import InvalidConfigError
from config.loader import CONFIG_DIR
from tests.conftest import ROOT

GIVEN: dict[str, Any] = {"schedule": "rate(1 day)", "input": "churn/new", "output": "churn/answers"}


def test_a_last_slash_does_not_matter() -> None:
    found = BatchTransform(**GIVEN | {"input": "churn/new/"})
    assert found == BatchTransform(**GIVEN)
    assert found.enabled


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"schedule": "daily"}, "'daily' is no schedule; write rate"),
        ({"input": "s3://bucket/new"}, "write a folder below transforms/ of the training account's artifact bucket"),
        ({"input": "/new"}, "pattern"),
        ({"input": "../raw"}, "pattern"),
        ({"input": ""}, "pattern"),
        ({"output": "churn/new"}, "results must lie beside the files of 'churn/new'"),
        ({"output": "churn/new/answers"}, "or the next job answers them too, got 'churn/new/answers'"),
        ({"output": "churn"}, "results must lie beside"),
        ({"input_filter": "1:"}, "pattern"),
        ({"content_type": "csv"}, "pattern"),
        ({"instance_type": "ml.m5d.large"}, "takes no KMS key"),
        ({"instance_count": 0}, "greater than or equal to 1"),
        # A run's limit is a day.
        ({"max_runtime_minutes": 1201}, "less than or equal to 1200"),
        ({"joins": True}, "Extra inputs"),
    ],
)
def test_what_means_nothing_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        BatchTransform(**GIVEN | given)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("a", "a", True), ("a", "a/b", True), ("a/b", "a", True), ("a", "ab", False), ("a/b", "a/c", False)],
)
def test_folders_overlap_where_one_lies_in_the_other(one: str, other: str, expected: bool) -> None:
    assert overlap(one, other) is expected


def test_no_two_models_write_to_one_folder(tmp_path: Path) -> None:
    accounts = (CONFIG_DIR / "accounts.yaml").read_text(encoding="utf-8")
    (tmp_path / "accounts.yaml").write_text(accounts, encoding="utf-8")
    models = tmp_path / "models"
    models.mkdir()
    content = yaml.safe_load((ROOT / "examples" / "fleet" / "models" / "temperature-tomorrow.yaml").read_text("utf-8"))
    for name, output in (("first", "answers"), ("second", "answers/second")):
        settings = content | {"name": name, "batch_transform": GIVEN | {"output": output}}
        (models / f"{name}.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    with pytest.raises(
        InvalidConfigError, match=r"second\.yaml: batch_transform\.output: .* of 'first' go to 'answers'"
    ):
        loader.load(tmp_path)
