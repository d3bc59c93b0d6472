"""The real CDK CLI deploys, updates and destroys with no more permissions than bootstrap/execution-policy.yaml gives.

The local cloud's CloudFormation works under the execution role that the CLI passes, and IAM is enforced for it.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from local_cloud import lifecycle
from local_cloud.iam.conditions import matches
from local_cloud.lifecycle import RunningCloud
from local_cloud.settings import Settings
from perennial.bootstrap import Permissions, bootstrap, deploy_policies
from perennial.cdk import Cdk
from perennial.errors import OperatorError
from tests.conftest import ROOT
from tests.infrastructure.execution_policy import allows, statements

REGION = "us-east-1"
SANDBOX, QA, PROD = "111111111111", "222222222222", "333333333333"
STACKS = ("PerennialSandbox", "PerennialQa")
_PERMISSIONS = Permissions(app="perennial")
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
        calls: what CloudFormation's roles called, as lines of the log.
        tags: of the sandbox's topic after the update.
        alive: names of the stacks that were left.
    """

    cloud: RunningCloud
    calls: list[dict[str, Any]]
    tags: dict[str, str]
    alive: list[str]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    with lifecycle.start(Settings(state_dir=tmp_path_factory.mktemp("state"), port=0)) as running:
        yield running


@pytest.fixture(scope="module")
def life(cloud: RunningCloud, assembly: Path, changed_assembly: Path, tmp_path_factory: pytest.TempPathFactory) -> Life:
    """Both accounts bootstrapped; then one caller in sandbox, whom qa trusts, deploys, updates and destroys both."""
    logs = tmp_path_factory.mktemp("logs")
    with ThreadPoolExecutor(max_workers=2) as pool:
        tuple(
            pool.map(
                lambda order: _bootstrap(cloud, order[0], order[1], assembly, logs), ((SANDBOX, ()), (QA, (SANDBOX,)))
            )
        )
    cdk = _cdk(cloud, SANDBOX, logs)
    together = ("--require-approval", "never", "--concurrency", "2")
    cdk.run("deploy", *STACKS, *together, "--app", str(assembly))
    cdk.run("deploy", *STACKS, *together, "--app", str(changed_assembly))
    sns = cloud.client("sns", SANDBOX)
    (topic,) = sns.list_topics()["Topics"]
    tags = {tag["Key"]: tag["Value"] for tag in sns.list_tags_for_resource(ResourceArn=topic["TopicArn"])["Tags"]}
    cdk.run("destroy", *STACKS, "--force", "--concurrency", "2", "--app", str(changed_assembly))
    alive = [
        stack["StackName"]
        for account in (SANDBOX, QA)
        for stack in cloud.client("cloudformation", account).describe_stacks()["Stacks"]
    ]
    return Life(cloud=cloud, calls=_calls(cloud), tags=tags, alive=alive)


@pytest.fixture(scope="module")
def changed_assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app with one more tag on every resource that can have tags, and a schedule of another rhythm."""
    import aws_cdk as cdk

    import app as perennial_app
    from config.loader import load

    folder = tmp_path_factory.mktemp("changed")
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    application = cdk.App(outdir=str(folder), context=context)
    cdk.Tags.of(application).add("cost-center", "42")
    perennial_app.build(application, load(), commit="0" * 40)
    application.synth()
    return folder


def test_two_accounts_live_under_the_policy(life: Life) -> None:
    assert life.tags == {"perennial:app": "perennial", "cost-center": "42"}
    assert sorted(set(life.alive)) == ["CDKToolkit", "perennial-execution-policy"]
    denied = [call for call in life.calls if call["decision"] != "allow"]
    assert denied == []


def test_without_any_one_statement_something_would_have_been_denied(life: Life) -> None:
    made = {(call["action"], call["resource"]) for call in life.calls}
    all_statements = statements()
    spared = {
        statement["Sid"]
        for statement in all_statements
        if not any(_covers(statement, action, resource) for action, resource in made)
    }
    assert spared == set(_ONLY_ON_AWS)


def test_a_deployment_fails_without_the_statement_for_one_service(
    cloud: RunningCloud, assembly: Path, tmp_path: Path
) -> None:
    policies = _bootstrap(cloud, PROD, (), assembly, tmp_path)
    iam = cloud.client("iam", PROD)
    (arn,) = [arn for arn in policies.split(",") if "services" in arn]
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    document["Statement"] = [statement for statement in document["Statement"] if statement["Sid"] != "Topics"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)

    with pytest.raises(OperatorError, match=r"sns:CreateTopic"):
        _cdk(cloud, PROD, tmp_path).run(
            "deploy", "PerennialProd", "--require-approval", "never", "--app", str(assembly)
        )

    found = cloud.client("cloudformation", PROD).describe_stacks(StackName="PerennialProd")["Stacks"][0]
    assert found["StackStatus"] == "ROLLBACK_COMPLETE"
    # Data that was there for a moment stays, as on AWS; the names of the next try's bucket and group are taken.
    assert [bucket["Name"] for bucket in cloud.client("s3", PROD).list_buckets()["Buckets"] if "prod" in bucket["Name"]]


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    """A role for CloudFormation with the bounded policies."""
    policies = deploy_policies(
        cloud.client("cloudformation", PROD), Permissions(app="bounded", permissions_boundary="developers")
    )
    iam = cloud.client("iam", PROD)
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "cloudformation.amazonaws.com"}}
    made = iam.create_role(
        RoleName="execution", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    for arn in policies.split(","):
        iam.attach_role_policy(RoleName="execution", PolicyArn=arn)
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    for name in ("developers", "everybody"):
        iam.create_policy(
            PolicyName=name, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]})
        )
    return str(made["Role"]["Arn"])


@pytest.mark.parametrize(
    ("properties", "action"),
    [
        ({"RoleName": "bounded-one", "PermissionsBoundary": f"arn:aws:iam::{PROD}:policy/developers"}, None),
        ({"RoleName": "bounded-two"}, "iam:CreateRole"),
        (
            {"RoleName": "bounded-three", "PermissionsBoundary": f"arn:aws:iam::{PROD}:policy/everybody"},
            "iam:CreateRole",
        ),
        ({"RoleName": "Admin", "PermissionsBoundary": f"arn:aws:iam::{PROD}:policy/developers"}, "iam:CreateRole"),
        (
            {
                "RoleName": "bounded-four",
                "PermissionsBoundary": f"arn:aws:iam::{PROD}:policy/developers",
                "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"],
            },
            "iam:AttachRolePolicy",
        ),
    ],
    ids=["bound", "unbound", "bound otherwise", "name of somebody else", "administrator"],
)
def test_no_stack_makes_a_way_out(
    cloud: RunningCloud, role: str, properties: dict[str, Any], action: str | None
) -> None:
    name = f"Perennial{properties['RoleName'].title().replace('-', '')}"
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    template = {
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
                    **properties,
                },
            }
        }
    }
    client = cloud.client("cloudformation", PROD)
    client.create_change_set(
        StackName=name,
        ChangeSetName="make",
        ChangeSetType="CREATE",
        TemplateBody=json.dumps(template),
        RoleARN=role,
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    client.execute_change_set(StackName=name, ChangeSetName="make")
    waiter = client.get_waiter("stack_create_complete")
    if action is None:
        waiter.wait(StackName=name, WaiterConfig=_PATIENCE)
        return
    with pytest.raises(WaiterError):
        waiter.wait(StackName=name, WaiterConfig=_PATIENCE)
    events = client.describe_stack_events(StackName=name)["StackEvents"]
    reasons = [event.get("ResourceStatusReason", "") for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
    assert any(f"is not authorized to perform: {action}" in reason for reason in reasons), reasons


def _cdk(cloud: RunningCloud, account_id: str, logs: Path) -> Cdk:
    return Cdk(root=ROOT, environment=cloud.environment(account_id, REGION), log=logs / f"{account_id}.log")


def _bootstrap(cloud: RunningCloud, account_id: str, trust: tuple[str, ...], assembly: Path, logs: Path) -> str:
    return bootstrap(
        _cdk(cloud, account_id, logs),
        cloud.client("cloudformation", account_id),
        account_id=account_id,
        region=REGION,
        permissions=_PERMISSIONS,
        trust=trust,
        assembly=str(assembly),
    )


def _calls(cloud: RunningCloud) -> list[dict[str, Any]]:
    lines = (cloud.settings.state_dir / "calls.jsonl").read_text(encoding="utf-8").splitlines()
    return [call for call in map(json.loads, lines) if "-cfn-exec-role-" in call["principal"]]


def _covers(statement: dict[str, Any], action: str, resource: str) -> bool:
    """Whether a call is one for which the statement is there, whatever its condition and its account."""
    account = resource.split(":")[4] if resource.count(":") >= 5 else ""
    here = resource.replace(account, SANDBOX) if account else resource.replace(QA, SANDBOX)
    return allows(action, here, among=[{**statement, "Condition": {}}])


def test_the_bootstrap_role_has_no_other_policy(life: Life) -> None:
    for account in (SANDBOX, QA):
        iam = life.cloud.client("iam", account)
        name = f"cdk-hnb659fds-cfn-exec-role-{account}-{REGION}"
        attached = [
            policy["PolicyName"] for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        ]
        assert sorted(attached) == [f"perennial-execution-{part}-{REGION}" for part in ("services", "workloads")]
        assert iam.list_role_policies(RoleName=name)["PolicyNames"] == []
        assert all(
            matches("arn:aws:iam::*:policy/perennial-*", policy["PolicyArn"])
            for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        )
