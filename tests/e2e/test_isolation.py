"""What QA and prod may do in the training account: read what is registered, and nothing else."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.e2e.cloud import REGION, Account, Fleet

EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
Client = Callable[[str], Any]


@pytest.fixture(scope="module", params=["qa", "prod"])
def intruder(request: pytest.FixtureRequest, promoted: Fleet) -> Client:
    """Somebody of the other account who may do everything there, under a role of his own."""
    account: Account = getattr(promoted, request.param)
    account.client("iam").create_role(RoleName="intruder", AssumeRolePolicyDocument=_trust(account))
    account.client("iam").put_role_policy(
        RoleName="intruder", PolicyName="everything", PolicyDocument=json.dumps(EVERYTHING)
    )
    return _session(account, "intruder")


@pytest.fixture(scope="module")
def deployer(promoted: Fleet) -> Iterator[Client]:
    """QA's deployment role, as if its own account had allowed it everything."""
    iam, role = promoted.qa.client("iam"), "perennial-deployment"
    kept = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    iam.put_role_policy(RoleName=role, PolicyName="everything", PolicyDocument=json.dumps(EVERYTHING))
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=_trust(promoted.qa))
    session = _session(promoted.qa, role)
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


def _denied(call: str, fleet: Fleet, client: Client) -> None:
    group = f"arn:aws:sagemaker:{REGION}:{fleet.sandbox.account_id}:model-package-group/perennial-flight-delay"
    artifact = _artifact(fleet)
    raw = fleet.sandbox.client("s3").list_objects_v2(Bucket=artifact["Bucket"], Prefix="raw/")["Contents"][0]["Key"]
    key = _key(fleet)
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
        "decrypt": lambda: client("kms").decrypt(KeyId=key, CiphertextBlob=_ciphertext(fleet, key)),
        "schedule key deletion": lambda: client("kms").schedule_key_deletion(KeyId=key),
    }
    with pytest.raises(ClientError) as caught:
        calls[call]()
    assert caught.value.response["Error"]["Code"] in {"AccessDenied", "AccessDeniedException"}


def _ciphertext(fleet: Fleet, key: str) -> bytes:
    return bytes(fleet.sandbox.client("kms").encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"])


def _trust(account: Account) -> str:
    principal = {"AWS": f"arn:aws:iam::{account.account_id}:root"}
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
        }
    )


def _session(account: Account, role: str) -> Client:
    found = account.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{account.account_id}:role/{role}", RoleSessionName="test"
    )["Credentials"]

    def client(service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]  # the service name is not a literal here
            service,
            endpoint_url=account.cloud.endpoint_url,
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


def _key(fleet: Fleet) -> str:
    bucket = fleet.sandbox.outputs["ArtifactBucketName"]
    found = fleet.sandbox.client("s3").get_bucket_encryption(Bucket=bucket)
    (rule,) = found["ServerSideEncryptionConfiguration"]["Rules"]
    return str(rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"])
