"""What an account may do for the models of other families, and may not without them."""

import json
from pathlib import Path

import aws_cdk as cdk
import pytest

from config.loader import load
from tests.infrastructure import variants
from tests.infrastructure.templates import Template, granted

pytestmark = pytest.mark.security("iam")

_ARN = "arn:aws:sagemaker:us-east-1:111111111111"
_RULE = "arn:aws:events:us-east-1:111111111111:rule/StepFunctionsGetEventsForSageMakerTransformJobsRule"


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Template]:
    """Every account with a model of each other family, by its stack."""
    folder: Path = tmp_path_factory.mktemp("families")
    application = cdk.App(outdir=str(folder), context=variants.context())
    variants.build(application, load(variants.FAMILIES))
    application.synth()
    files = {path.name.partition(".")[0]: path for path in folder.glob("*.template.json")}
    return {stack: json.loads(path.read_text(encoding="utf-8")) for stack, path in files.items()}


@pytest.fixture(scope="module")
def families(accounts: dict[str, Template]) -> Template:
    """The training account."""
    return accounts["PerennialSandbox"]


def test_a_transform_job_is_created_described_and_stopped(families: Template, sandbox: Template) -> None:
    found = granted(families, "RetrainingRole")
    for verb in ("Create", "Describe", "Stop"):
        assert found[f"sagemaker:{verb}TransformJob"] == {f"{_ARN}:transform-job/perennial-*"}
    assert _RULE in found["events:PutRule"]
    assert not [action for action in granted(sandbox, "RetrainingRole") if "Transform" in action]


def test_what_a_job_asks_is_made_and_removed_by_the_functions(families: Template, sandbox: Template) -> None:
    found = granted(families, "RetrainingFunctionsRole")
    for action in ("sagemaker:CreateModel", "sagemaker:DeleteModel"):
        assert found[action] == {f"{_ARN}:model/perennial-*"}
    assert [role.startswith("${SageMakerRole") for role in found["iam:PassRole"]] == [True]
    assert "iam:PassRole" not in granted(sandbox, "RetrainingFunctionsRole")


def test_a_job_reads_the_model_that_it_goes_on_from_and_keeps_checkpoints(families: Template) -> None:
    found = granted(families, "SageMakerRole")
    assert "arn:aws:s3:::perennial-sandbox-111111111111-us-east-1/base-models/tiny/*" in found["s3:GetObject"]
    assert [arn for arn in found["s3:PutObject"] if arn.endswith("/checkpoints/*")]


def test_images_of_all_jobs_may_be_pulled(families: Template) -> None:
    pulled = {arn.rpartition("/")[2] for arn in granted(families, "SageMakerRole")["ecr:BatchGetImage"]}
    assert pulled == {
        "huggingface-pytorch-inference",
        "huggingface-pytorch-training",
        "linear-learner",
        "sagemaker-scikit-learn",
        "sagemaker-xgboost",
    }


@pytest.mark.parametrize("stack", ["PerennialQa", "PerennialProd"])
def test_framework_images_may_be_pulled_where_they_only_serve(accounts: dict[str, Template], stack: str) -> None:
    # Without it no endpoint of such an image starts: https://github.com/aws/sagemaker-python-sdk/issues/2002
    pulled = {arn.rpartition("/")[2] for arn in granted(accounts[stack], "SageMakerRole")["ecr:BatchGetImage"]}
    assert pulled == {"huggingface-pytorch-inference", "sagemaker-scikit-learn"}
