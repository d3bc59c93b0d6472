"""A pipeline's artifacts in another account: its deploy role needs its own policy, the bucket's and the key's.

References:
    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-create-cross-account.html
    https://github.com/aws/aws-cdk-cli/blob/main/packages/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from integration.codepipeline import action_calls
from integration.codepipeline.action_calls import CLOUDFORMATION, REGION, Store
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.services.codepipeline.action import ActionError, ActionResult
from local_cloud.services.codepipeline.actions.cloudformation import ACTION
from local_cloud.testing.roles import ACCOUNT, OTHER, make_role

BUCKET = "artifacts-for-others"
DEPLOY_ROLE = f"cdk-hnb659fds-deploy-role-{OTHER}-{REGION}"
DEPLOY_ARN = f"arn:aws:iam::{OTHER}:role/{DEPLOY_ROLE}"
TEMPLATE = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}


def _statements(stack_role: str) -> list[dict[str, Any]]:
    """Of the deploy role, as the CDK's bootstrap template has them."""
    return [
        {
            "Effect": "Allow",
            "Action": [
                f"cloudformation:{name}"
                for name in ("CreateChangeSet", "DeleteChangeSet", "ExecuteChangeSet", "CreateStack", "Describe*")
            ],
            "Resource": "*",
        },
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject*", "s3:GetBucket*", "s3:List*", "s3:Abort*", "s3:DeleteObject*", "s3:PutObject*"],
            "Resource": "*",
            "Condition": {"StringNotEquals": {"s3:ResourceAccount": OTHER}},
        },
        {
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}},
        },
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": stack_role},
    ]


@pytest.fixture(scope="module")
def stack_role(cloud: RunningCloud) -> str:
    administrator = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    trust = {"Service": "cloudformation.amazonaws.com"}
    return make_role(cloud, "cdk-hnb659fds-cfn-exec-role", administrator, account=OTHER, trust=trust)


@pytest.fixture(scope="module")
def deploy_role(cloud: RunningCloud, stack_role: str) -> str:
    return make_role(cloud, DEPLOY_ROLE, _statements(stack_role), account=OTHER)


@pytest.fixture(scope="module")
def store(cloud: RunningCloud, deploy_role: str) -> Store:
    cloud.client("s3", ACCOUNT).create_bucket(Bucket=BUCKET)
    key = cloud.client("kms", ACCOUNT).create_key()["KeyMetadata"]["Arn"]
    return Store(cloud=cloud, bucket=BUCKET, key=key)


class Grants:
    """What the pipeline's account lets the other one do."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def give(self, *, bucket: bool = True, key: bool = True) -> None:
        """As the stack of a pipeline has them, or without one of them."""
        cloud, own = self._store.cloud, f"arn:aws:iam::{ACCOUNT}:root"
        read = {
            "Effect": "Allow",
            "Principal": {"AWS": DEPLOY_ARN},
            "Action": ["s3:GetObject*", "s3:GetBucket*", "s3:List*"],
            "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        }
        owned = {"Effect": "Allow", "Principal": {"AWS": own}, "Action": "kms:*", "Resource": "*"}
        decrypt = {
            "Effect": "Allow",
            "Principal": {"AWS": DEPLOY_ARN},
            "Action": ["kms:Decrypt", "kms:DescribeKey"],
            "Resource": "*",
        }
        s3 = cloud.client("s3", ACCOUNT)
        if bucket:
            s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [read]}))
        else:
            s3.delete_bucket_policy(Bucket=BUCKET)
        cloud.client("kms", ACCOUNT).put_key_policy(
            KeyId=str(self._store.key),
            PolicyName="default",
            Policy=json.dumps({"Version": "2012-10-17", "Statement": [owned, *([decrypt] if key else [])]}),
        )


@pytest.fixture
def grants(store: Store) -> Iterator[Grants]:
    found = Grants(store)
    found.give()
    yield found
    found.give()


def _prepare(store: Store, deploy_role: str, stack_role: str, **more: str) -> ActionResult:
    """The Prepare action of a stage."""
    artifact = store.put("Synth_Output", {"assembly-Prod/Prod.template.json": TEMPLATE})
    given = {
        "ActionMode": "CHANGE_SET_REPLACE",
        "StackName": "Prod",
        "ChangeSetName": "PipelineChange",
        "RoleArn": stack_role,
        "TemplatePath": "Synth_Output::assembly-Prod/Prod.template.json",
        **more,
    }
    declared = action_calls.declaration(CLOUDFORMATION, given, inputs=["Synth_Output"])
    role = action_calls.session(store.cloud, deploy_role, account=OTHER)
    return ACTION.run(action_calls.run(role, declared, inputs=[artifact]).call)


@pytest.mark.usefixtures("grants")
def test_a_stack_is_deployed_into_another_account(store: Store, deploy_role: str, stack_role: str) -> None:
    _prepare(store, deploy_role, stack_role)
    _prepare(store, deploy_role, stack_role, ActionMode="CHANGE_SET_EXECUTE")

    (stack,) = store.cloud.client("cloudformation", OTHER).describe_stacks(StackName="Prod")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert store.cloud.client("cloudformation", ACCOUNT).describe_stacks()["Stacks"] == []


@pytest.mark.parametrize("missing", ["key", "bucket"])
def test_what_the_pipelines_account_does_not_grant_fails_by_name(
    missing: str, grants: Grants, store: Store, deploy_role: str, stack_role: str
) -> None:
    grants.give(**{missing: False})

    with pytest.raises(ActionError) as failed:
        _prepare(store, deploy_role, stack_role)

    assert failed.value.code == "PermissionError"
    caller = f"User: arn:aws:sts::{OTHER}:assumed-role/{DEPLOY_ROLE}/1a2b3c"
    action, resource = {
        "key": ("kms:Decrypt", store.key),
        "bucket": ("s3:GetObject", f"arn:aws:s3:::{BUCKET}/{store.artifact('Synth_Output').key}"),
    }[missing]
    assert (
        f"{caller} is not authorized to perform: {action} on resource: {resource} "
        f"because no resource-based policy allows the {action} action"
    ) in failed.value.message


@pytest.mark.usefixtures("grants")
def test_a_deploy_role_reads_no_bucket_of_its_own_account(store: Store, deploy_role: str) -> None:
    store.cloud.client("s3", OTHER).create_bucket(Bucket="own-of-the-other")
    store.cloud.client("s3", OTHER).put_object(Bucket="own-of-the-other", Key="a", Body=b"b")
    client = action_calls.session(store.cloud, deploy_role, account=OTHER).client("s3")

    with pytest.raises(client.exceptions.ClientError, match="s3:GetObject"):
        client.get_object(Bucket="own-of-the-other", Key="a")


@pytest.mark.usefixtures("grants")
def test_a_deploy_role_uses_the_key_through_s3_alone(store: Store, deploy_role: str) -> None:
    secret = store.cloud.client("kms", ACCOUNT).encrypt(KeyId=str(store.key), Plaintext=b"x")["CiphertextBlob"]
    client = action_calls.session(store.cloud, deploy_role, account=OTHER).client("kms")

    with pytest.raises(client.exceptions.ClientError, match="kms:Decrypt"):
        client.decrypt(CiphertextBlob=secret, KeyId=str(store.key))


@pytest.mark.usefixtures("grants")
def test_no_role_is_passed_across_accounts(store: Store, deploy_role: str, cloud: RunningCloud) -> None:
    elsewhere = make_role(cloud, "elsewhere", [], trust={"Service": "cloudformation.amazonaws.com"})

    with pytest.raises(ActionError) as failed:
        _prepare(store, deploy_role, elsewhere)

    assert failed.value.code == "PermissionError"
    assert f"iam:PassRole on resource: {elsewhere}" in failed.value.message
