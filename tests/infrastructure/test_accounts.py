"""How the three accounts differ, and what they may do to one another."""

import json
from pathlib import Path

import pytest

from contract.settings import SaveModel
from tests.infrastructure.templates import Template, actions, granted, of_type, policy_of, resources, text

pytestmark = pytest.mark.security("permissions")

QA = "arn:aws:iam::222222222222:role/perennial-deployment"
PROD = "arn:aws:iam::333333333333:role/perennial-deployment"
_BUCKET = "arn:aws:s3:::perennial-sandbox-111111111111-us-east-1"
_GROUPS = "arn:aws:sagemaker:us-east-1:111111111111:model-package-group/perennial-*"
_PACKAGES = "arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-*/*"


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
        "PerennialPipeline": "aws://444444444444/us-east-1",
    }


def test_qa_and_prod_serve_and_do_not_train(serving: Template) -> None:
    kinds = {resource["Type"] for resource in serving["Resources"].values()}
    assert kinds.isdisjoint({"AWS::Glue::Job", "AWS::Glue::Connection"})
    assert len(of_type(serving, "AWS::StepFunctions::StateMachine")) == 1
    assert [item["Properties"]["Name"] for item in of_type(serving, "AWS::Scheduler::Schedule")] == ["deployment"]


def test_qa_and_prod_have_the_same_shape(stacks: dict[str, Template]) -> None:
    shapes = [
        {
            name: item["Type"]
            for name, item in stacks[stack]["Resources"].items()
            if item["Type"] != "AWS::CDK::Metadata"
        }
        for stack in ("PerennialQa", "PerennialProd")
    ]
    assert shapes[0] == shapes[1]


def test_everything_that_qa_has_sandbox_has_too_except_the_door_for_events(
    sandbox: Template, stacks: dict[str, Template]
) -> None:
    more = set(stacks["PerennialQa"]["Resources"]) - set(sandbox["Resources"])
    assert {stacks["PerennialQa"]["Resources"][name]["Type"] for name in more} <= {"AWS::Events::EventBusPolicy"}


def test_an_endpoint_of_qa_or_prod_reads_deployments_only(serving: Template) -> None:
    read = granted(serving, "SageMakerRole", "s3:GetObject")["s3:GetObject"]
    assert len(read) == 1
    assert read.pop().endswith(".Arn}/deployments/*")


def test_qa_and_prod_may_do_nothing_else_to_the_training_account(serving: Template) -> None:
    abroad = {
        (action, resource)
        for name in serving["Resources"]
        if serving["Resources"][name]["Type"] == "AWS::IAM::Policy"
        for statement in policy_of(serving, name)
        for action in actions(statement)
        for resource in resources(statement)
        if "111111111111" in resource
    }
    assert abroad == {
        ("s3:GetObject", f"{_BUCKET}/models/*"),
        ("s3:GetObject", f"{_BUCKET}/evaluations/*"),
        ("kms:Decrypt", "arn:aws:kms:us-east-1:111111111111:key/*"),
        ("sagemaker:ListModelPackages", _GROUPS),
        ("sagemaker:ListModelPackages", _PACKAGES),
        ("sagemaker:DescribeModelPackage", _PACKAGES),
    }


def test_only_the_deployment_functions_reach_the_training_account(serving: Template) -> None:
    reaching = {
        name
        for name, resource in serving["Resources"].items()
        if resource["Type"] == "AWS::IAM::Policy" and "111111111111" in json.dumps(resource)
    }
    assert len(reaching) == 1
    assert reaching.pop().startswith("DeploymentFunctionsRole")
    (role,) = [
        item
        for name, item in serving["Resources"].items()
        if name.startswith("DeploymentFunctionsRole") and "Role" in item["Type"]
    ]
    # The training account's policies name it.
    assert role["Properties"]["RoleName"] == "perennial-deployment"


def test_the_foreign_key_is_used_through_s3_only(serving: Template) -> None:
    (statement,) = [
        item for item in policy_of(serving, "DeploymentFunctionsRole") if "111111111111:key" in json.dumps(item)
    ]
    assert statement["Condition"] == {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}


def test_the_bucket_lets_the_roles_of_qa_and_prod_read_models_and_evaluations_only(sandbox: Template) -> None:
    (policy,) = [
        item
        for item in of_type(sandbox, "AWS::S3::BucketPolicy")
        if "ArtifactsBucket" in item["Properties"]["Bucket"]["Ref"]
    ]
    allowed = [item for item in policy["Properties"]["PolicyDocument"]["Statement"] if item["Effect"] == "Allow"]
    assert len(allowed) == 1
    assert actions(allowed[0]) == ["s3:GetObject"]
    assert sorted(item.rpartition("}")[2] for item in resources(allowed[0])) == ["/evaluations/*", "/models/*"]
    assert allowed[0]["Condition"] == {"ArnEquals": {"aws:PrincipalArn": [QA, PROD]}}
    assert {text(item) for item in allowed[0]["Principal"]["AWS"]} == {
        "arn:aws:iam::222222222222:root",
        "arn:aws:iam::333333333333:root",
    }


def test_the_key_lets_the_roles_of_qa_and_prod_decrypt_only(sandbox: Template) -> None:
    (key,) = of_type(sandbox, "AWS::KMS::Key")
    foreign = [item for item in key["Properties"]["KeyPolicy"]["Statement"] if "222222222222" in json.dumps(item)]
    assert len(foreign) == 1
    assert sorted(actions(foreign[0])) == ["kms:Decrypt"]
    assert foreign[0]["Condition"] == {"ArnEquals": {"aws:PrincipalArn": [QA, PROD]}}


def test_groups_are_shared_with_the_roles_of_qa_and_prod(sandbox: Template) -> None:
    found = SaveModel.from_env(_variables(sandbox, "SaveModel"))
    assert found.registry_readers == (QA, PROD)
    assert found.group_arn_prefix == "arn:aws:sagemaker:us-east-1:111111111111:model-package-group/perennial-"


def test_a_run_is_told_the_commit_when_it_starts(sandbox: Template) -> None:
    assert _variables(sandbox, "LoadConfiguration")["COMMIT"] == "0" * 40


def _variables(template: Template, function: str) -> dict[str, str]:
    """The environment of the one function of that name; what only CloudFormation knows is no text."""
    (found,) = [
        item
        for name, item in template["Resources"].items()
        if item["Type"] == "AWS::Lambda::Function" and function in name
    ]
    variables: dict[str, str] = found["Properties"]["Environment"]["Variables"]
    return variables


@pytest.mark.parametrize(("stack", "environment"), [("PerennialQa", "qa"), ("PerennialProd", "prod")])
def test_functions_know_their_environment_and_the_one_registry(
    stack: str, environment: str, stacks: dict[str, Template]
) -> None:
    variables = _variables(stacks[stack], "PlanDeployment")
    assert variables["ENVIRONMENT"] == environment
    assert variables["GROUP_ARN_PREFIX"].startswith("arn:aws:sagemaker:us-east-1:111111111111:")
