"""The promotion pipeline: in which order, by whose permission, with which CLI, and what is deployed."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions

from config.accounts_schema import CodeCommitSource, Pipeline
from config.loader import Config, load
from contract import keys
from stacks.account_stacks import AccountStacks
from stacks.promotion_pipeline_stack import PromotionPipelineStack
from tests.conftest import ROOT
from tests.infrastructure.templates import Template, actions, granted, of_type, policy_of, resources, statements, text

_CLI = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]["aws-cdk"]
_ACCOUNTS = {"Sandbox": "111111111111", "Qa": "222222222222", "Prod": "333333333333"}
_CONNECTION = "arn:aws:codeconnections:us-east-1:444444444444:connection/00000000-0000-0000-0000-000000000000"
_SID = re.compile(r'"Sid": "AllowEventRule\w+"')


@pytest.fixture(scope="module")
def pipeline(stacks: dict[str, Template]) -> Template:
    return stacks["PerennialPipeline"]


def _stages(pipeline: Template) -> dict[str, list[dict[str, Any]]]:
    """Actions by stage, in the order they run."""
    (found,) = of_type(pipeline, "AWS::CodePipeline::Pipeline")
    return {
        stage["Name"]: sorted(stage["Actions"], key=lambda action: int(action["RunOrder"]))
        for stage in found["Properties"]["Stages"]
    }


def _projects(pipeline: Template) -> dict[str, dict[str, Any]]:
    """Build specifications by the logical id of their project."""
    return {
        name: json.loads(text(item["Properties"]["Source"]["BuildSpec"]))
        for name, item in pipeline["Resources"].items()
        if item["Type"] == "AWS::CodeBuild::Project"
    }


def _commands(specification: dict[str, Any]) -> Iterator[str]:
    for phase in specification["phases"].values():
        yield from phase.get("commands", [])


def _build(pipeline: Template, stage: str, action: str) -> dict[str, Any]:
    """Build specification behind an action."""
    (found,) = [item for item in _stages(pipeline)[stage] if item["Name"] == action]
    return _projects(pipeline)[found["Configuration"]["ProjectName"]["Ref"]]


def test_sandbox_comes_before_qa_and_qa_before_prod(pipeline: Template) -> None:
    assert list(_stages(pipeline)) == ["Source", "Build", "UpdatePipeline", "Assets", "Sandbox", "Qa", "Prod"]


def test_the_code_comes_through_a_connection(pipeline: Template) -> None:
    (source,) = _stages(pipeline)["Source"]
    assert source["ActionTypeId"]["Provider"] == "CodeStarSourceConnection"
    assert source["Configuration"] == {
        "ConnectionArn": _CONNECTION,
        "FullRepositoryId": "your-organisation/perennial",
        "BranchName": "main",
    }
    assert "codecommit" not in json.dumps(pipeline).lower()


def test_the_connection_may_be_used_under_the_name_that_it_has(pipeline: Template) -> None:
    # The prefix must match: https://docs.aws.amazon.com/dtconsole/latest/userguide/rename.html
    used = granted(pipeline, "PipelineSourceCodePipelineActionRole", "codeconnections:")
    assert used == {"codeconnections:UseConnection": {_CONNECTION}}


def test_the_tests_run_before_the_app_is_synthesised(pipeline: Template) -> None:
    commands = list(_commands(_build(pipeline, "Build", "Synth")))
    assert commands[0].endswith(' sh -c "$TEST_COMMAND"')
    assert commands[1:] == ["make synth"]
    assert _variables(pipeline) == {"TEST_COMMAND": "make test"}
    # The tests are no business of the role that CodeBuild gives to the build.
    assert commands[0].startswith("env -u AWS_CONTAINER_CREDENTIALS_RELATIVE_URI ")


def test_the_pipeline_updates_itself_before_anything_is_deployed(pipeline: Template) -> None:
    (properties,) = [item["Properties"] for item in of_type(pipeline, "AWS::CodePipeline::Pipeline")]
    assert properties["RestartExecutionOnUpdate"] is True
    assert any(
        "deploy PerennialPipeline " in line for line in _commands(_build(pipeline, "UpdatePipeline", "SelfMutate"))
    )


@pytest.mark.parametrize("stage", ["Sandbox", "Qa"])
def test_a_stage_deploys_one_stack_and_proves_that_it_serves(stage: str, pipeline: Template) -> None:
    names = [action["Name"] for action in _stages(pipeline)[stage]]
    assert names == [f"Perennial{stage}.Prepare", f"Perennial{stage}.Deploy", "Smoke"]


def test_prod_waits_for_the_check_of_permissions_and_for_somebody_who_has_seen_it(pipeline: Template) -> None:
    names = [action["Name"] for action in _stages(pipeline)["Prod"]]
    assert names == [
        "Permissions.Check",
        "Permissions.Confirm",
        "Promote",
        "PerennialProd.Prepare",
        "PerennialProd.Deploy",
        "Smoke",
    ]
    orders = [int(action["RunOrder"]) for action in _stages(pipeline)["Prod"]]
    assert orders == sorted(set(orders))


def test_nobody_but_prod_is_waited_for(pipeline: Template) -> None:
    waiting = {
        (stage, action["Name"])
        for stage, found in _stages(pipeline).items()
        for action in found
        if action["ActionTypeId"]["Category"] == "Approval"
    }
    assert waiting == {("Prod", "Permissions.Confirm"), ("Prod", "Promote")}


def test_broader_permissions_and_approvals_are_announced(pipeline: Template) -> None:
    topics = {name for name, item in pipeline["Resources"].items() if item["Type"] == "AWS::SNS::Topic"}
    actions_ = {action["Name"]: action["Configuration"] for action in _stages(pipeline)["Prod"]}
    assert {actions_["Promote"]["NotificationArn"]["Ref"]} == topics
    assert f'"value":"${{{topics.pop()}}}"' in text(actions_["Permissions.Check"]["EnvironmentVariables"])


@pytest.mark.parametrize("stage", list(_ACCOUNTS))
def test_a_stage_goes_to_its_own_account_through_the_roles_of_the_bootstrap(stage: str, pipeline: Template) -> None:
    account = _ACCOUNTS[stage]
    for action in _stages(pipeline)[stage]:
        if action["ActionTypeId"]["Provider"] == "CloudFormation":
            assert action["Configuration"]["StackName"] == f"Perennial{stage}"
            assert text(action["RoleArn"]).endswith(f"::{account}:role/cdk-hnb659fds-deploy-role-{account}-us-east-1")


@pytest.mark.parametrize("stage", list(_ACCOUNTS))
def test_a_stage_deploys_what_the_cli_deploys_by_hand(stage: str, assembly: Path, stacks: dict[str, Template]) -> None:
    (path,) = (assembly / f"assembly-PerennialPipeline-{stage}").glob("*.template.json")
    # A statement's id names the place of its rule in the app.
    promoted, by_hand = (
        json.loads(_SID.sub('"Sid": "-"', json.dumps(template)))
        for template in (json.loads(path.read_text(encoding="utf-8")), stacks[f"Perennial{stage}"])
    )
    assert promoted == by_hand


def test_the_cli_is_the_one_of_package_json_wherever_it_is_installed(pipeline: Template) -> None:
    installed = [
        line for specification in _projects(pipeline).values() for line in _commands(specification) if "npm" in line
    ]
    # Self-mutation, assets, security check; the synth step takes node_modules.
    assert installed == [f"npm install -g aws-cdk@{_CLI}"] * 3
    assert "@latest" not in json.dumps(pipeline)


def test_every_build_has_the_same_node_and_python(pipeline: Template) -> None:
    for name, specification in _projects(pipeline).items():
        assert specification["phases"]["install"]["runtime-versions"] == {"nodejs": "24", "python": "3.11"}, name


def test_files_are_published_for_every_stage_by_one_build(pipeline: Template) -> None:
    published = [line for line in _commands(_build(pipeline, "Assets", "FileAssets")) if line.startswith("cdk ")]
    assert [line.split()[4] for line in published] == [
        f"PerennialPipeline/{stage}/Perennial{stage}" for stage in _ACCOUNTS
    ]


@pytest.mark.parametrize("stage", list(_ACCOUNTS))
def test_a_smoke_step_may_take_on_the_role_of_its_own_account_only(stage: str, pipeline: Template) -> None:
    assert list(_commands(_build(pipeline, stage, "Smoke"))) == [
        "python -m pip install --quiet -r requirements-smoke.txt",
        f"python -m perennial smoke --environment {stage.lower()}",
    ]
    role = f"arn:aws:iam::{_ACCOUNTS[stage]}:role/perennial-smoke"
    assert granted(pipeline, f"{stage}SmokeTester", "sts:") == {"sts:AssumeRole": {role}}
    assert not granted(pipeline, f"{stage}SmokeTester", "sagemaker:")


def test_the_smoke_role_trusts_one_role_of_the_pipelines_account(each: Template) -> None:
    (role,) = [item["Properties"] for name, item in each["Resources"].items() if _is_smoke_role(name, item)]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    environment = {"111111111111": "sandbox", "222222222222": "qa", "333333333333": "prod"}[_account(each)]

    assert role["RoleName"] == "perennial-smoke"
    assert text(statement["Principal"]["AWS"]) == "arn:aws:iam::444444444444:root"
    (condition,) = statement["Condition"]["ArnEquals"].values()
    assert condition == f"arn:aws:iam::444444444444:role/perennial-pipeline-smoke-{environment}"


def test_the_smoke_role_asks_and_reads_what_it_has_to_know(each: Template) -> None:
    allowed = granted(each, "SmokeRole")
    assert set(allowed) == {
        "cloudformation:DescribeStacks",
        "dynamodb:GetItem",
        "kms:Decrypt",
        "s3:GetObject",
        "sagemaker:DescribeEndpoint",
        "sagemaker:DescribeEndpointConfig",
        "sagemaker:DescribeModel",
        "sagemaker:InvokeEndpoint",
    }
    assert {item.rpartition("}")[2] for item in allowed["s3:GetObject"]} == {"/deployments/*/manifest.json"}
    # The first endpoint, and those that are named after it.
    first, others = sorted(allowed["sagemaker:InvokeEndpoint"], key=len)
    assert first.rpartition(":")[2].startswith("endpoint/perennial-")
    assert "*" not in first
    assert others == f"{first}-*"


def test_the_smoke_role_reads_what_was_deployed_and_decrypts_through_s3_and_dynamodb_only(each: Template) -> None:
    policy = policy_of(each, "SmokeRole")
    (reads,) = [item for item in policy if "dynamodb:GetItem" in actions(item)]
    (items,) = reads["Condition"]["ForAllValues:StringLike"].values()
    names, first, others = items
    assert names == keys.ENDPOINTS
    assert first.startswith(keys.DEPLOYMENTS.of("perennial-"))
    assert others == f"{first}-*"
    services = {
        item["Condition"]["StringEquals"]["kms:ViaService"] for item in policy if "kms:Decrypt" in actions(item)
    }
    assert services == {"s3.us-east-1.amazonaws.com", "dynamodb.us-east-1.amazonaws.com"}


def test_artifacts_are_encrypted_and_travel_by_tls_only(pipeline: Template) -> None:
    (stored,) = [item["Properties"]["ArtifactStore"] for item in of_type(pipeline, "AWS::CodePipeline::Pipeline")]
    bucket = pipeline["Resources"][stored["Location"]["Ref"]]
    (key,) = of_type(pipeline, "AWS::KMS::Key")
    (policy,) = [
        item
        for item in of_type(pipeline, "AWS::S3::BucketPolicy")
        if item["Properties"]["Bucket"] == stored["Location"]
    ]
    assert stored["EncryptionKey"]["Type"] == "KMS"
    assert key["Properties"]["EnableKeyRotation"] is True
    (rule,) = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    denied = [item for item in policy["Properties"]["PolicyDocument"]["Statement"] if item["Effect"] == "Deny"]
    assert [item["Condition"] for item in denied] == [{"Bool": {"aws:SecureTransport": "false"}}]
    # Cross-account keys: every account's deployment reads what the pipeline encrypted.
    for account in _ACCOUNTS.values():
        assert f"{account}:role/cdk-hnb659fds-deploy-role" in json.dumps(key)


def test_no_build_is_privileged_and_all_of_them_log_for_a_limited_time(pipeline: Template) -> None:
    logs = {
        name
        for name, item in pipeline["Resources"].items()
        if item["Type"] == "AWS::Logs::LogGroup" and item["Properties"].get("RetentionInDays")
    }
    for project in of_type(pipeline, "AWS::CodeBuild::Project"):
        assert project["Properties"]["Environment"]["PrivilegedMode"] is False
        assert project["Properties"]["LogsConfig"]["CloudWatchLogs"]["GroupName"]["Ref"] in logs


def test_a_star_resource_stands_only_where_cdk_pipelines_puts_it(pipeline: Template) -> None:
    found = {
        (action, policy.removeprefix("Pipeline")[:20])
        for policy, statement in statements(pipeline)
        if "*" in resources(statement)
        for action in actions(statement)
    }
    assert found == {
        # The CLI looks the account's bootstrap up.
        ("cloudformation:DescribeStacks", "UpdatePipelineSelfMu"),
        ("s3:ListBucket", "UpdatePipelineSelfMu"),
        # Conditions narrow these to deploy roles, and to pipelines with a tag.
        ("sts:AssumeRole", "PipelinesSecurityChe"),
        ("codepipeline:GetPipelineState", "PipelinesSecurityChe"),
        ("codepipeline:PutApprovalResult", "PipelinesSecurityChe"),
        # The one role of all asset projects does not know their names.
        ("codebuild:BatchGetBuilds", "AssetsFileRoleDefaul"),
        ("codebuild:StartBuild", "AssetsFileRoleDefaul"),
        ("codebuild:StopBuild", "AssetsFileRoleDefaul"),
    }


def test_the_pipeline_carries_the_apps_tag(pipeline: Template) -> None:
    (properties,) = [item["Properties"] for item in of_type(pipeline, "AWS::CodePipeline::Pipeline")]
    assert {"Key": "perennial:app", "Value": "perennial"} in properties["Tags"]


def test_source_test_command_and_variables_are_what_the_configuration_says(tmp_path: Path) -> None:
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = cdk.App(outdir=str(tmp_path), context=context)
    stack = PromotionPipelineStack(
        app,
        "Pipeline",
        app_name="perennial",
        settings=Pipeline(
            account_id="444444444444",
            source=CodeCommitSource(type="codecommit", repository="perennial", branch="main"),
            test_command="make check",
            variables={"PIP_INDEX_URL": "https://pypi.example.com/simple"},
        ),
        stacks=AccountStacks(_few_models(), commit="0" * 40),
        env=cdk.Environment(account="444444444444", region="us-east-1"),
    )
    template = dict(assertions.Template.from_stack(stack).to_json())
    (source,) = _stages(template)["Source"]

    assert source["ActionTypeId"]["Provider"] == "CodeCommit"
    assert source["Configuration"]["BranchName"] == "main"
    assert _variables(template) == {"TEST_COMMAND": "make check", "PIP_INDEX_URL": "https://pypi.example.com/simple"}


def _variables(template: Template) -> dict[str, str]:
    """Of the build that tests and synthesises."""
    (project,) = [
        item["Properties"]
        for name, item in template["Resources"].items()
        if item["Type"] == "AWS::CodeBuild::Project" and "Synth" in name
    ]
    return {item["Name"]: item["Value"] for item in project["Environment"]["EnvironmentVariables"]}


def _few_models() -> Config:
    config = load()
    return Config(accounts=config.accounts, models=config.models[:1])


def _is_smoke_role(name: str, item: dict[str, Any]) -> bool:
    return bool(item["Type"] == "AWS::IAM::Role" and name.startswith("SmokeRole"))


def _account(template: Template) -> str:
    (role,) = [
        item["Properties"]["PolicyDocument"]["Statement"]
        for name, item in template["Resources"].items()
        if item["Type"] == "AWS::IAM::Policy" and name.startswith("SmokeRole")
    ]
    (account,) = set(re.findall(r":(\d{12}):", json.dumps(role))) - {"444444444444"}
    return str(account)
