"""The number of models changes no template, whatever families they are of and however they are served."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

import app as perennial_app
from config.batch_transform_schema import BatchTransform
from config.loader import Config, load
from config.schema import Model
from tests.conftest import ROOT
from tests.infrastructure.templates import Template

_COUNTS = (1, 10, 100, 1000)


def _fleet(count: int) -> Config:
    """Copies of the checked-in models, of models of every other family, and of models with an endpoint of their own.

    All of them answer files by a schedule. The first is the same in every fleet.
    """
    config = load()
    alone = [Model.model_validate({**model.model_dump(), "serving": {"endpoint": "own"}}) for model in config.models]
    originals = [*config.models, *load(ROOT / "examples" / "families").models, *alone]
    models: list[Model] = []
    for number in range(count):
        original = originals[number % len(originals)]
        name = f"{original.name[:18]}-{number}"
        answering = BatchTransform(schedule="rate(1 day)", input=f"{name}/new", output=f"{name}/answers")
        models.append(original.model_copy(update={"name": name, "batch_transform": answering}))
    return Config(accounts=config.accounts, models=tuple(models))


@pytest.fixture(scope="module")
def fleets(tmp_path_factory: pytest.TempPathFactory) -> dict[int, dict[str, Template]]:
    """Templates by stack, by the number of models."""
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    found = {}
    for count in _COUNTS:
        folder: Path = tmp_path_factory.mktemp(f"fleet-{count}")
        application = cdk.App(outdir=str(folder), context=context)
        perennial_app.build(application, _fleet(count), commit="0" * 40)
        application.synth()
        found[count] = {
            path.name.removesuffix(".template.json"): json.loads(path.read_text(encoding="utf-8"))
            for path in folder.glob("*.template.json")
        }
    return found


def test_every_fleet_has_the_same_resources(fleets: dict[int, dict[str, Template]]) -> None:
    for stack, template in fleets[1].items():
        expected = Counter(item["Type"] for item in template["Resources"].values())
        for count in _COUNTS[1:]:
            found = Counter(item["Type"] for item in fleets[count][stack]["Resources"].values())
            assert found == expected, (stack, count)


def test_the_template_does_not_grow(fleets: dict[int, dict[str, Template]]) -> None:
    # Apart from the gate's name, which is the gate itself when all models share one.
    for stack, template in fleets[10].items():
        sizes = {len(json.dumps(fleets[count][stack])) for count in _COUNTS[1:]}
        assert sizes == {len(json.dumps(template))}, stack


def test_no_template_names_a_model(fleets: dict[int, dict[str, Template]]) -> None:
    names = {model.name for model in _fleet(1000).models}
    for stack, template in fleets[1000].items():
        text = json.dumps(template)
        assert not [name for name in names if f"{name}-" in text or f'"{name}"' in text], stack
