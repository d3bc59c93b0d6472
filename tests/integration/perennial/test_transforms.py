"""``perennial transform`` in a local cloud, where the job really runs."""

import io
from collections.abc import Iterator

import boto3
import pytest
from rich.console import Console

from local_cloud import api
from local_cloud.api import RunningCloud, Settings
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import transforms as model
from local_cloud.testing.sagemaker.data import BUCKET, IMAGE
from perennial.account import transforms
from perennial.account.aws import Aws
from perennial.account.stack import Stack
from perennial.commands.transform import transform
from perennial.errors import OperatorError
from shared.transforms import Order

ASKED = model.rows(7)
FILES = f"s3://{BUCKET}/transforms/in/"
RESULTS = f"s3://{BUCKET}/transforms/out"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    with api.start(Settings(state_dir=tmp_path_factory.mktemp("state"), port=0)) as running:
        yield running


@pytest.fixture(scope="module")
def aws(cloud: RunningCloud) -> Aws:
    session = boto3.Session(aws_access_key_id=ACCOUNT, aws_secret_access_key="local", region_name="us-east-1")
    return Aws(session, endpoint_url=cloud.endpoint_url)


@pytest.fixture(scope="module")
def stack(cloud: RunningCloud) -> Stack:
    """The training account's; version 1 of churn is approved, and the newer version 2 nobody has judged."""
    model.upload(cloud, model.booster())
    role = model.role(cloud, "sagemaker")
    cloud.client("dynamodb", ACCOUNT).create_table(
        TableName="state",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    client = cloud.client("sagemaker", ACCOUNT)
    client.create_model_package_group(ModelPackageGroupName="perennial-churn")
    for status in ("Approved", "PendingManualApproval"):
        client.create_model_package(
            ModelPackageGroupName="perennial-churn",
            ModelApprovalStatus=status,
            InferenceSpecification={
                "Containers": [{"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/models/linear/model.tar.gz"}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        )
    client.create_model_package_group(ModelPackageGroupName="perennial-young")
    client.create_model_package(
        ModelPackageGroupName="perennial-young", ModelApprovalStatus="PendingManualApproval", InferenceSpecification={
            "Containers": [{"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/models/linear/model.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )  # fmt: skip
    return Stack(
        name="PerennialSandbox",
        bucket=BUCKET,
        endpoint="perennial-sandbox",
        deployment_arn="arn:deployment",
        app="perennial",
        table="state",
        history_table="history",
        retraining_arn="arn:retraining",
        sagemaker_role_arn=role,
    )


def _ask(aws: Aws, stack: Stack, body: str, order: Order) -> tuple[bool, str]:
    aws.client("s3").put_object(Bucket=BUCKET, Key="transforms/in/a.csv", Body=body.encode())
    shown = io.StringIO()
    done = transform(aws, stack, order, approval="manual", console=Console(file=shown, width=300))
    return done, shown.getvalue()


def test_the_approved_version_answers_and_its_sagemaker_model_is_gone(aws: Aws, stack: Stack) -> None:
    body = "".join(f"id-{number},{','.join(map(str, row))}\n" for number, row in enumerate(ASKED))
    order = Order(
        model="churn", source=FILES, target=RESULTS, input_filter="$[1:]", joins=True, output_filter="$[0,-1]"
    )
    done, told = _ask(aws, stack, body, order)
    assert done, told
    assert told.startswith("churn version 1 answers in perennial-churn-transform-")
    assert told.endswith(f"the results are below {RESULTS}\n")
    found = aws.client("s3").get_object(Bucket=BUCKET, Key="transforms/out/a.csv.out")["Body"].read().decode()
    answers = model.predictions(model.booster(), ASKED)
    assert found == "".join(f"id-{number},{value}\n" for number, value in enumerate(answers))
    (job,) = aws.client("sagemaker").list_transform_jobs(StatusEquals="Completed")["TransformJobSummaries"]
    tags = aws.client("sagemaker").list_tags(ResourceArn=job["TransformJobArn"])["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"perennial:app": "perennial", "perennial:model": "churn"}
    assert transforms.all_models(aws, stack) == []


def test_a_file_that_fails_is_told_with_its_reason(aws: Aws, stack: Stack) -> None:
    done, told = _ask(aws, stack, "x,y,z\n", Order(model="churn", source=FILES, target=RESULTS))
    assert not done
    assert "ClientError: See job logs for more information" in told
    assert f"{BUCKET}/transforms/in/a.csv: ClientError: 4" in told
    assert transforms.all_models(aws, stack) == []


def test_a_newer_version_answers_where_the_account_serves_it(aws: Aws, stack: Stack) -> None:
    assert transforms.wanted(aws, stack, "churn", approval="manual").number == 1
    assert transforms.wanted(aws, stack, "churn", approval="automatic").number == 2


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("young", "no version of young is approved, the newest is 1; `approve young 1` lets it answer"),
        ("nobody", "model 'nobody' has no version in package group perennial-nobody yet"),
    ],
)
def test_a_model_without_an_approved_version_is_refused(aws: Aws, stack: Stack, name: str, said: str) -> None:
    with pytest.raises(OperatorError, match=said):
        transforms.start(aws, stack, Order(model=name, source=FILES, target=RESULTS), approval="manual")


def test_what_sagemaker_refuses_leaves_nothing(aws: Aws, stack: Stack) -> None:
    order = Order(model="churn", source=FILES, target=RESULTS, input_filter="x")
    with pytest.raises(OperatorError, match="nothing was started: 'x' is no JSONPath"):
        transforms.start(aws, stack, order, approval="manual")
    assert transforms.all_models(aws, stack) == []


def test_what_an_unwatched_job_left_is_removed_by_the_next(cloud: RunningCloud, aws: Aws, stack: Stack) -> None:
    order = Order(model="churn", source=f"s3://{BUCKET}/nowhere/", target=RESULTS)
    left = transforms.start(aws, stack, order, approval="manual")
    model.ended(cloud, left.name)
    assert transforms.all_models(aws, stack) == [left.name]
    assert list(transforms.leftovers(aws, stack, model="young")) == []
    after = transforms.start(aws, stack, order, approval="manual")
    model.ended(cloud, after.name)
    assert transforms.all_models(aws, stack) == [after.name]
    transforms.delete_model(aws, after.name)
