"""Accounts are bootstrapped, deployed to, updated and destroyed with the commands of docs/deploy.md, and no more
permissions than bootstrap/execution-policy.yaml gives.

The local cloud's CloudFormation works under the execution role that the CLI passes, and IAM is enforced for it.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from local_cloud import api
from local_cloud.api import RunningCloud, Settings
from local_cloud.testing.roles import as_role
from perennial.account.bootstrap import Permissions, deploy_policies
from tests.conftest import ROOT
from tests.infrastructure.execution_policy import allows, statements
from tests.infrastructure.github_roles import role_policy
from tests.support import deploy_page

REGION = "us-east-1"
SANDBOX, QA, PROD, TOOLS = "111111111111", "222222222222", "333333333333", "444444444444"
_COMMANDS = deploy_page.named()
_PATIENCE = {"Delay": 1, "MaxAttempts": 120}
# Statements that the local cloud never tries, because its engine or its services spare the calls on AWS's side.
_ONLY_ON_AWS = {
    "ReadAssets": "Lambda and Glue fetch what they are told with the caller's permissions; here it is read at once",
    "KeysOfTables": "DynamoDB asks for a grant on the key",
    "DescribeAlarms": "handlers read what they made",
    "DescribeLogs": "handlers read what they made",
    "Connections": "there is no warehouse in the configuration",
}


@dataclass(frozen=True, kw_only=True)
class Life:
    """What became of two accounts' stacks.

    Args:
        cloud: where they lived.
        policies: names of what the execution roles have, by account.
        reviews: exit codes of the comparison of permissions, before and after they grew.
        difference: what the CLI showed of the update.
        tags: of the sandbox's topic after the update.
        alive: names of the stacks that were left in qa.
        calls: what CloudFormation's roles called, as lines of the log.
    """

    cloud: RunningCloud
    policies: dict[str, list[str]]
    reviews: tuple[int, int]
    difference: str
    tags: dict[str, str]
    alive: set[str]
    calls: list[dict[str, Any]]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    with api.start(Settings(state_dir=tmp_path_factory.mktemp("state"), port=0)) as running:
        yield running


@pytest.fixture(scope="module")
def bootstrapped(cloud: RunningCloud, assembly: Path) -> dict[str, list[str]]:
    """The three accounts trust a fourth one; names of the execution roles' policies by account."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        accounts = (SANDBOX, QA, PROD)
        tuple(pool.map(lambda account: _run("bootstrap", _environment(cloud, account, assembly)), accounts))
    return {account: _policies(cloud, account) for account in accounts}


@pytest.fixture(scope="module")
def life(cloud: RunningCloud, bootstrapped: dict[str, list[str]], assembly: Path, changed_assembly: Path) -> Life:
    """One caller in the trusted account deploys sandbox and qa, and updates them; then qa is destroyed."""
    before, after = (_environment(cloud, TOOLS, folder) for folder in (assembly, changed_assembly))
    _run("deploy", before)
    reviews = (_review(cloud, assembly), _review(cloud, changed_assembly))
    difference = _run("diff", after)
    _run("deploy", after)
    sns = cloud.client("sns", SANDBOX)
    (topic,) = sns.list_topics()["Topics"]
    tags = {tag["Key"]: tag["Value"] for tag in sns.list_tags_for_resource(ResourceArn=topic["TopicArn"])["Tags"]}
    _run("destroy", _environment(cloud, QA, changed_assembly))
    stacks = cloud.client("cloudformation", QA).describe_stacks()["Stacks"]
    return Life(
        cloud=cloud,
        policies=bootstrapped,
        reviews=reviews,
        difference=difference,
        tags=tags,
        alive={stack["StackName"] for stack in stacks},
        calls=_calls(cloud),
    )


@dataclass(frozen=True, kw_only=True)
class SecondLife:
    """What became of the destroyed account's data.

    Args:
        refused: what the CLI printed of a deployment over them.
        leftover: buckets and schedule groups after that one was deleted.
        kept: physical ids of what the first stack left, and of what the second one has under the same logical ids.
        object: body of an object that the first stack's bucket held, as the second stack's function role reads it.
        calls: what CloudFormation's roles called meanwhile.
    """

    refused: str
    leftover: set[str]
    kept: tuple[dict[str, str], dict[str, str]]
    object: bytes
    calls: list[dict[str, Any]]


@pytest.fixture(scope="module")
def second_life(cloud: RunningCloud, life: Life, changed_assembly: Path) -> SecondLife:
    """Qa, which was destroyed, is deployed over what it left, which is refused; then it adopts that, and is deployed."""
    client, environment = cloud.client("cloudformation", QA), _environment(cloud, QA, changed_assembly)
    (first,) = [stack for stack in client.list_stacks()["StackSummaries"] if stack["StackName"] == "PerennialQa"]
    events = client.describe_stack_events(StackName=first["StackId"])["StackEvents"]
    left = {
        event["LogicalResourceId"]: event["PhysicalResourceId"]
        for event in events
        if event["ResourceStatus"] == "DELETE_SKIPPED"
    }
    bucket = f"perennial-qa-{QA}-{REGION}"
    cloud.client("s3", QA).put_object(Bucket=bucket, Key="deployments/kept", Body=b"kept")
    cdk = [sys.executable, "scripts/cdk.py"]
    refused = _execute([*cdk, "deploy", "PerennialQa"], environment)
    assert refused.returncode == 1, refused.stdout
    assert _execute([*cdk, "destroy", "PerennialQa"], environment).returncode == 0
    leftover = {item["Name"] for item in cloud.client("s3", QA).list_buckets()["Buckets"]}
    leftover |= {item["Name"] for item in cloud.client("scheduler", QA).list_schedule_groups()["ScheduleGroups"]}
    _run("adopt", environment)
    resources = client.describe_stack_resources(StackName="PerennialQa")["StackResources"]
    now = {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in resources}
    role = f"arn:aws:iam::{QA}:role/perennial-deployment"
    return SecondLife(
        refused=refused.stdout,
        leftover=leftover,
        kept=(left, {name: now[name] for name in left}),
        object=_read_as(cloud, role, bucket=bucket, key="deployments/kept"),
        calls=_calls(cloud)[len(life.calls) :],
    )


@pytest.fixture(scope="module")
def changed_assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app with one more tag on every resource that can have tags, and one more permission in qa."""
    import aws_cdk as cdk
    from aws_cdk import aws_iam as iam

    import app as perennial_app
    from config.loader import load
    from stacks.account_stack import AccountStack

    folder = tmp_path_factory.mktemp("changed")
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    application = cdk.App(outdir=str(folder), context=context)
    cdk.Tags.of(application).add("cost-center", "42")
    perennial_app.build(application, load(), commit="0" * 40)
    qa = application.node.find_child("PerennialQa")
    assert isinstance(qa, AccountStack)
    base = qa.foundation
    iam.Grant.add_to_principal(
        grantee=base.sagemaker_role, actions=["s3:ListBucket"], resource_arns=[base.artifacts.bucket.bucket_arn]
    )
    application.synth()
    return folder


def test_two_accounts_live_under_the_policy(life: Life) -> None:
    assert life.tags == {"perennial:app": "perennial", "cost-center": "42"}
    assert life.alive == {"CDKToolkit", "perennial-execution-policy"}
    assert [call for call in life.calls if call["decision"] != "allow"] == []


def test_the_execution_role_has_no_other_policy(life: Life) -> None:
    expected = [f"perennial-execution-{part}-{REGION}" for part in ("services", "workloads")]
    assert life.policies == dict.fromkeys((SANDBOX, QA, PROD), expected)


def test_without_any_one_statement_something_would_have_been_denied(life: Life) -> None:
    made = {(call["action"], call["resource"]) for call in life.calls}
    spared = {
        statement["Sid"]
        for statement in statements()
        if not any(_covers(statement, action, resource) for action, resource in made)
    }
    assert spared == set(_ONLY_ON_AWS)


def test_a_deployment_over_what_an_earlier_one_left_is_refused(second_life: SecondLife) -> None:
    # As on AWS: https://github.com/aws/aws-cdk/issues/11687
    assert f"perennial-qa-{QA}-{REGION} already exists" in second_life.refused or (
        f"perennial-qa-logs-{QA}-{REGION} already exists" in second_life.refused
    )
    # Nobody's schedules are in the way, and no bucket is there but the two of the first deployment and the CLI's.
    assert second_life.leftover == {
        "default",
        f"perennial-qa-{QA}-{REGION}",
        f"perennial-qa-logs-{QA}-{REGION}",
        f"cdk-hnb659fds-assets-{QA}-{REGION}",
    }


def test_a_new_stack_adopts_the_data_of_the_one_before(second_life: SecondLife) -> None:
    before, now = second_life.kept
    assert len(before) == 5
    assert now == before
    # Under the key that it was written with.
    assert second_life.object == b"kept"
    assert [call for call in second_life.calls if call["decision"] != "allow"] == []


def test_garbage_collection_leaves_the_scripts_of_the_models(
    cloud: RunningCloud, life: Life, changed_assembly: Path
) -> None:
    assert life.alive
    words = ["gc", f"aws://{SANDBOX}/{REGION}", "--unstable=gc", "--created-buffer-days=0", "--confirm=false"]
    done = _execute(
        [sys.executable, "scripts/cdk.py", *words, "--type=s3"], _environment(cloud, SANDBOX, changed_assembly)
    )
    assert done.returncode == 0, done.stdout
    listed = cloud.client("s3", SANDBOX).list_objects_v2(Bucket=f"cdk-hnb659fds-assets-{SANDBOX}-{REGION}")
    left = {item["Key"].split(".")[0] for item in listed["Contents"]}
    template = json.loads((changed_assembly / "PerennialSandbox.template.json").read_text(encoding="utf-8"))
    assert template["Metadata"]["perennial:assets"]
    assert set(template["Metadata"]["perennial:assets"]) <= left
    # It did collect: templates are assets too, which nothing names.
    assert re.search(r"[1-9]\d* assets \([^)]*\) deleted", done.stdout), done.stdout


def test_the_role_for_reviews_tells_whether_permissions_grow(life: Life) -> None:
    assert life.reviews == (0, 1)
    assert "s3:ListBucket" in life.difference


def test_a_deployment_fails_without_the_statement_for_one_service(
    cloud: RunningCloud, bootstrapped: dict[str, list[str]], assembly: Path
) -> None:
    iam = cloud.client("iam", PROD)
    arn = f"arn:aws:iam::{PROD}:policy/{bootstrapped[PROD][0]}"
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    document["Statement"] = [statement for statement in document["Statement"] if statement["Sid"] != "Topics"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)

    failed = _execute(
        [sys.executable, "scripts/cdk.py", "deploy", "PerennialProd"], _environment(cloud, TOOLS, assembly)
    )

    assert failed.returncode == 1
    assert "is not authorized to perform: sns:CreateTopic" in failed.stdout
    found = cloud.client("cloudformation", PROD).describe_stacks(StackName="PerennialProd")["Stacks"][0]
    assert found["StackStatus"] == "ROLLBACK_COMPLETE"
    # The next try meets no name that is taken.
    made = cloud.client("cloudformation", PROD).describe_stack_events(StackName="PerennialProd")["StackEvents"]
    states = {event["ResourceStatus"] for event in made if event["ResourceType"] == "AWS::S3::Bucket"}
    assert {"CREATE_COMPLETE", "DELETE_COMPLETE"} <= states
    buckets = {item["Name"] for item in cloud.client("s3", PROD).list_buckets()["Buckets"]}
    assert buckets == {f"cdk-hnb659fds-assets-{PROD}-{REGION}"}


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    """A role for CloudFormation with the policies of another app, whose roles have to have a boundary."""
    policies = deploy_policies(
        cloud.client("cloudformation", TOOLS), Permissions(app="bounded", permissions_boundary="developers")
    )
    iam = cloud.client("iam", TOOLS)
    trust = json.dumps(_trust("cloudformation.amazonaws.com"))
    made = iam.create_role(RoleName="execution", AssumeRolePolicyDocument=trust)
    for arn in policies.split(","):
        iam.attach_role_policy(RoleName="execution", PolicyArn=arn)
    for name in ("developers", "everybody"):
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
        iam.create_policy(PolicyName=name, PolicyDocument=document)
    return str(made["Role"]["Arn"])


@pytest.mark.parametrize(
    ("name", "boundary", "managed", "denied"),
    [
        ("bounded-a", "developers", None, None),
        ("bounded-b", None, None, "iam:CreateRole"),
        ("bounded-c", "everybody", None, "iam:CreateRole"),
        ("Administrator", "developers", None, "iam:CreateRole"),
        ("bounded-d", "developers", "AdministratorAccess", "iam:AttachRolePolicy"),
    ],
)
def test_no_stack_makes_a_way_out(
    cloud: RunningCloud, role: str, name: str, boundary: str | None, managed: str | None, denied: str | None
) -> None:
    properties = {
        "RoleName": name,
        "AssumeRolePolicyDocument": _trust("lambda.amazonaws.com"),
        **({"PermissionsBoundary": f"arn:aws:iam::{TOOLS}:policy/{boundary}"} if boundary else {}),
        **({"ManagedPolicyArns": [f"arn:aws:iam::aws:policy/{managed}"]} if managed else {}),
    }
    client = cloud.client("cloudformation", TOOLS)
    client.create_change_set(
        StackName=name,
        ChangeSetName="make",
        ChangeSetType="CREATE",
        TemplateBody=json.dumps({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}}),
        RoleARN=role,
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    client.execute_change_set(StackName=name, ChangeSetName="make")
    waiter = client.get_waiter("stack_create_complete")
    if denied is None:
        waiter.wait(StackName=name, WaiterConfig=_PATIENCE)
        return
    with pytest.raises(WaiterError):
        waiter.wait(StackName=name, WaiterConfig=_PATIENCE)
    events = client.describe_stack_events(StackName=name)["StackEvents"]
    reasons = [event.get("ResourceStatusReason", "") for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
    assert any(f"is not authorized to perform: {denied}" in reason for reason in reasons), reasons


def _environment(cloud: RunningCloud, account_id: str, assembly: Path) -> dict[str, str]:
    """Credentials, and the answers to what the CLI asks a person."""
    return {
        **cloud.environment(account_id, REGION),
        "CDK_APP": str(assembly),
        "CDK_REQUIRE_APPROVAL": "never",
        "CDK_FORCE": "true",
    }


def _run(block: str, environment: Mapping[str, str]) -> str:
    """Run the commands of a block of the page; returns what they printed."""
    printed = []
    for words in _COMMANDS[block]:
        assert words[0] == ".venv/bin/python"
        done = _execute([sys.executable, *words[1:]], environment)
        assert done.returncode == 0, done.stdout
        printed.append(done.stdout)
    return "\n".join(printed)


def _execute(words: list[str], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        words,
        cwd=ROOT,
        env={
            **inherited,
            **environment,
            "CDK_HOME": str(ROOT / ".cdk-home"),
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "CDK_DISABLE_VERSION_CHECK": "true",
            "AWS_EC2_METADATA_DISABLED": "true",
            "CI": "true",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def _read_as(cloud: RunningCloud, role_arn: str, *, bucket: str, key: str) -> bytes:
    """An object, read with what a role's policy allows."""
    iam, name = cloud.client("iam", QA), role_arn.rpartition("/")[2]
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{QA}:root"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=document)
    reader = as_role(cloud, role_arn, "s3", account=QA)
    return bytes(reader.get_object(Bucket=bucket, Key=key)["Body"].read())


def _review(cloud: RunningCloud, assembly: Path) -> int:
    """Exit code of deploy.yml's comparison, made of qa in place of prod, with no more than its role's permissions."""
    iam, name = cloud.client("iam", TOOLS), "review"
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{TOOLS}:root"}}
    if name not in [role["RoleName"] for role in iam.list_roles()["Roles"]]:
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
        policy = json.dumps(role_policy("ReviewProd", ProdAccount=QA))
        iam.put_role_policy(RoleName=name, PolicyName="roles", PolicyDocument=policy)
    given = cloud.client("sts", TOOLS).assume_role(RoleArn=f"arn:aws:iam::{TOOLS}:role/{name}", RoleSessionName="test")
    environment = _environment(cloud, TOOLS, assembly) | {
        "AWS_ACCESS_KEY_ID": given["Credentials"]["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["Credentials"]["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["Credentials"]["SessionToken"],
    }
    words = ["diff", "PerennialQa", "--method", "template", "--security-only", "--fail-on", "broadening"]
    done = _execute([sys.executable, "scripts/cdk.py", *words], environment)
    assert "AccessDenied" not in done.stdout, done.stdout
    return done.returncode


def _policies(cloud: RunningCloud, account_id: str) -> list[str]:
    iam, name = cloud.client("iam", account_id), f"cdk-hnb659fds-cfn-exec-role-{account_id}-{REGION}"
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == []
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    return sorted(policy["PolicyName"] for policy in attached)


def _calls(cloud: RunningCloud) -> list[dict[str, Any]]:
    lines = (cloud.settings.state_dir / "calls.jsonl").read_text(encoding="utf-8").splitlines()
    roles = {f"arn:aws:iam::{account}:role/cdk-hnb659fds-cfn-exec-role-{account}-{REGION}" for account in (SANDBOX, QA)}
    return [call for call in map(json.loads, lines) if call["principal"] in roles]


def _covers(statement: dict[str, Any], action: str, resource: str) -> bool:
    """Whether a call is one for which the statement is there, whatever its condition and its account."""
    return allows(action, resource.replace(QA, SANDBOX), among=[{**statement, "Condition": {}}])


def _trust(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    return {"Version": "2012-10-17", "Statement": [statement]}
