"""How the three accounts differ."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.infrastructure import templates

Template = dict[str, Any]


def test_each_stack_belongs_to_its_own_account(assembly: Path) -> None:
    artifacts = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))["artifacts"]
    environments = {
        name: artifact["environment"]
        for name, artifact in artifacts.items()
        if artifact["type"] == "aws:cloudformation:stack"
    }

    assert environments == {
        "PerennialSandbox": "aws://111111111111/us-east-1",
        "PerennialQa": "aws://222222222222/us-east-1",
        "PerennialProd": "aws://333333333333/us-east-1",
    }


@pytest.mark.parametrize("stack", ["PerennialQa", "PerennialProd"])
def test_qa_and_prod_serve_and_do_not_train(stack: str, all_templates: dict[str, Template]) -> None:
    kinds = {resource["Type"] for resource in all_templates[stack]["Resources"].values()}

    assert "AWS::S3::Bucket" in kinds
    assert kinds.isdisjoint({"AWS::Glue::Job", "AWS::StepFunctions::StateMachine", "AWS::Scheduler::Schedule"})


@pytest.mark.parametrize("stack", ["PerennialQa", "PerennialProd"])
def test_an_endpoint_reads_deployments_only(stack: str, all_templates: dict[str, Template]) -> None:
    reading = [
        item for _, item in templates.statements(all_templates[stack]) if "s3:GetObject" in templates.actions(item)
    ]

    assert [str(item["Resource"]).count("/deployments/*") for item in reading] == [1]


@pytest.fixture(name="all_templates")
def _all_templates(request: pytest.FixtureRequest) -> dict[str, Template]:
    # The fixture's own name is taken by the module that looks into templates.
    found: dict[str, Template] = request.getfixturevalue("templates")
    return found
