"""What an account may do in another one: QA and prod read what is registered in sandbox, and that is all."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from contract import keys
from local_cloud.api import RunningCloud
from tests.e2e.cloud import PIPELINE_ACCOUNT, REGION, Account, Fleet

_ACCOUNTS = {"sandbox": "111111111111", "qa": "222222222222", "prod": "333333333333", "pipeline": PIPELINE_ACCOUNT}
_DENIALS = {"AccessDenied", "AccessDeniedException"}
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
Client = Callable[[str], Any]


@dataclass(frozen=True, kw_only=True)
class Target:
    """What an account has that another one may want.

    Args:
        account_id: 12 digits.
        outputs: of its stack.
        artifact: bucket and key of an object that was deployed.
        key: ARN of the key that encrypts everything.
        ciphertext: something encrypted with it.
    """

    account_id: str
    outputs: dict[str, str]
    artifact: dict[str, str]
    key: str
    ciphertext: bytes

    @property
    def table(self) -> str:
        """ARN of the state table: a name alone would be one of the caller's own account."""
        return f"arn:aws:dynamodb:{REGION}:{self.account_id}:table/{self.outputs['StateTableName']}"


_ATTACKS: dict[str, Callable[[Client, Target], Any]] = {
    "read object": lambda client, target: client("s3").get_object(**target.artifact),
    "list bucket": lambda client, target: client("s3").list_objects_v2(Bucket=target.artifact["Bucket"]),
    "decrypt": lambda client, target: client("kms").decrypt(KeyId=target.key, CiphertextBlob=target.ciphertext),
    "data key": lambda client, target: client("kms").generate_data_key(KeyId=target.key, KeySpec="AES_256"),
    "read state": lambda client, target: client("dynamodb").get_item(
        TableName=target.table, Key={"pk": {"S": keys.LAST_TICK}}
    ),
    "list executions": lambda client, target: client("stepfunctions").list_executions(
        stateMachineArn=target.outputs["DeploymentStateMachineArn"]
    ),
    "write object": lambda client, target: client("s3").put_object(**target.artifact, Body=b"x"),
    "write state": lambda client, target: client("dynamodb").put_item(
        TableName=target.table, Item={"pk": {"S": keys.ENDPOINT_LEASE.of("x")}}
    ),
    "start deployment": lambda client, target: client("stepfunctions").start_execution(
        stateMachineArn=target.outputs["DeploymentStateMachineArn"], input='{"reason": "intrusion"}'
    ),
    "take the smoke role": lambda client, target: client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{target.account_id}:role/perennial-smoke", RoleSessionName="test"
    ),
}
# Somebody of the account itself changes nothing by these.
_HARMLESS = ("read object", "list bucket", "decrypt", "data key", "read state", "list executions")
_ATTACKED = ("sandbox", "qa", "prod")
_PAIRS = [(attacker, attacked) for attacked in _ATTACKED for attacker in _ACCOUNTS if attacker != attacked]


@pytest.fixture(scope="module")
def intruders(promoted: Fleet) -> Callable[[str], Client]:
    """Somebody of an account who may do everything there, under a role of his own."""

    @cache
    def intruder(environment: str) -> Client:
        cloud, account_id = promoted.sandbox.cloud, _ACCOUNTS[environment]
        iam = cloud.client("iam", account_id)
        iam.create_role(RoleName="intruder", AssumeRolePolicyDocument=_trust(account_id))
        iam.put_role_policy(RoleName="intruder", PolicyName="everything", PolicyDocument=json.dumps(EVERYTHING))
        return _session(cloud, account_id, "intruder")

    return intruder


@pytest.fixture(scope="module", params=["qa", "prod"])
def intruder(request: pytest.FixtureRequest, intruders: Callable[[str], Client]) -> Client:
    return intruders(request.param)


@pytest.fixture(scope="module")
def targets(promoted: Fleet) -> Callable[[str], Target]:
    """What there is to be had in an account."""

    @cache
    def target(environment: str) -> Target:
        account: Account = getattr(promoted, environment)
        bucket, key = account.outputs["ArtifactBucketName"], _key(account)
        found = account.client("s3").list_objects_v2(Bucket=bucket, Prefix="deployments/")["Contents"]
        return Target(
            account_id=account.account_id,
            outputs=account.outputs,
            artifact={"Bucket": bucket, "Key": found[0]["Key"]},
            key=key,
            ciphertext=_ciphertext(account, key),
        )

    return target


@pytest.fixture(scope="module")
def deployer(promoted: Fleet) -> Iterator[Client]:
    """QA's deployment role, as if its own account had allowed it everything."""
    iam, role = promoted.qa.client("iam"), "perennial-deployment"
    kept = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    iam.put_role_policy(RoleName=role, PolicyName="everything", PolicyDocument=json.dumps(EVERYTHING))
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=_trust(promoted.qa.account_id))
    session = _session(promoted.qa.cloud, promoted.qa.account_id, role)
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(kept))
    yield session
    iam.delete_role_policy(RoleName=role, PolicyName="everything")


def test_the_deployment_role_reads_what_is_registered(promoted: Fleet, deployer: Client) -> None:
    package = deployer("sagemaker").describe_model_package(ModelPackageName=_package(promoted))
    body = deployer("s3").get_object(**_artifact(promoted))["Body"].read()

    assert package["ModelApprovalStatus"] in {"Approved", "Rejected"}
    assert body[:2] == b"\x1f\x8b"


@pytest.mark.parametrize(
    "call",
    ["put artifact", "delete artifact", "read raw data", "approve", "register", "delete version", "encrypt", "schedule key deletion"],
)  # fmt: skip
def test_the_deployment_role_changes_nothing(call: str, promoted: Fleet, deployer: Client) -> None:
    _denied(call, promoted, deployer)


@pytest.mark.parametrize(
    "call",
    ["read artifact", "put artifact", "read version", "list versions", "approve", "register", "decrypt", "encrypt"],
)
def test_nobody_else_of_another_account_gets_in(call: str, promoted: Fleet, intruder: Client) -> None:
    _denied(call, promoted, intruder)


@pytest.mark.parametrize(("attacker", "attacked"), _PAIRS)
@pytest.mark.parametrize("attack", _ATTACKS)
def test_no_account_gets_at_another_one(
    attack: str,
    attacker: str,
    attacked: str,
    intruders: Callable[[str], Client],
    targets: Callable[[str], Target],
) -> None:
    with pytest.raises(ClientError) as caught:
        _ATTACKS[attack](intruders(attacker), targets(attacked))
    assert caught.value.response["Error"]["Code"] in _DENIALS


@pytest.mark.parametrize("attacked", _ATTACKED)
@pytest.mark.parametrize("attack", _HARMLESS)
def test_the_same_goes_through_within_the_account(
    attack: str, attacked: str, intruders: Callable[[str], Client], targets: Callable[[str], Target]
) -> None:
    answer = _ATTACKS[attack](intruders(attacked), targets(attacked))

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize(("attacker", "attacked"), _PAIRS)
def test_the_endpoint_of_another_account_has_no_name(
    attacker: str, attacked: str, intruders: Callable[[str], Client], targets: Callable[[str], Target]
) -> None:
    # A request names an endpoint and no account: it is always one of the caller's own.
    with pytest.raises(ClientError) as caught:
        intruders(attacker)("sagemaker-runtime").invoke_endpoint(
            EndpointName=targets(attacked).outputs["EndpointName"],
            TargetModel="flight-delay.tar.gz",
            ContentType="text/csv",
            Body="1",
        )
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert f"of account {_ACCOUNTS[attacker]} not found" in str(caught.value)


def _denied(call: str, fleet: Fleet, client: Client) -> None:
    group = f"arn:aws:sagemaker:{REGION}:{fleet.sandbox.account_id}:model-package-group/perennial-flight-delay"
    artifact = _artifact(fleet)
    raw = fleet.sandbox.client("s3").list_objects_v2(Bucket=artifact["Bucket"], Prefix="raw/")["Contents"][0]["Key"]
    key = _key(fleet.sandbox)
    calls: dict[str, Callable[[], Any]] = {
        "read artifact": lambda: client("s3").get_object(**artifact),
        "put artifact": lambda: client("s3").put_object(**artifact, Body=b"x"),
        "delete artifact": lambda: client("s3").delete_object(**artifact),
        "read raw data": lambda: client("s3").get_object(Bucket=artifact["Bucket"], Key=raw),
        "read version": lambda: client("sagemaker").describe_model_package(ModelPackageName=_package(fleet)),
        "list versions": lambda: client("sagemaker").list_model_packages(ModelPackageGroupName=group),
        "approve": lambda: client("sagemaker").update_model_package(
            ModelPackageArn=_package(fleet), ModelApprovalStatus="Approved"
        ),
        "register": lambda: client("sagemaker").create_model_package(
            ModelPackageGroupName=group, ModelPackageDescription="x"
        ),
        "delete version": lambda: client("sagemaker").delete_model_package(ModelPackageName=_package(fleet)),
        "encrypt": lambda: client("kms").encrypt(KeyId=key, Plaintext=b"x"),
        "decrypt": lambda: client("kms").decrypt(KeyId=key, CiphertextBlob=_ciphertext(fleet.sandbox, key)),
        "schedule key deletion": lambda: client("kms").schedule_key_deletion(KeyId=key),
    }
    with pytest.raises(ClientError) as caught:
        calls[call]()
    assert caught.value.response["Error"]["Code"] in _DENIALS


def _ciphertext(account: Account, key: str) -> bytes:
    return bytes(account.client("kms").encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"])


def _trust(account_id: str) -> str:
    principal = {"AWS": f"arn:aws:iam::{account_id}:root"}
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
        }
    )


def _session(cloud: RunningCloud, account_id: str, role: str) -> Client:
    found = cloud.client("sts", account_id).assume_role(
        RoleArn=f"arn:aws:iam::{account_id}:role/{role}", RoleSessionName="test"
    )["Credentials"]

    @cache
    def client(service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]  # the service name is not a literal here
            service,
            endpoint_url=cloud.endpoint_url,
            region_name=REGION,
            aws_access_key_id=found["AccessKeyId"],
            aws_secret_access_key=found["SecretAccessKey"],
            aws_session_token=found["SessionToken"],
        )

    return client


def _package(fleet: Fleet) -> str:
    return str(fleet.package("flight-delay", 1)["ModelPackageArn"])


def _artifact(fleet: Fleet) -> dict[str, str]:
    url = fleet.package("flight-delay", 1)["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return {"Bucket": bucket, "Key": key}


def _key(account: Account) -> str:
    bucket = account.outputs["ArtifactBucketName"]
    found = account.client("s3").get_bucket_encryption(Bucket=bucket)
    (rule,) = found["ServerSideEncryptionConfiguration"]["Rules"]
    return str(rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"])
