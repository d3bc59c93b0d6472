"""The batch transform state machine, and its variables without a cloud."""

from datetime import UTC, datetime
from typing import Any

from contract.calls.plan_transform import PlanTransform, TransformPlan
from contract.catalogue import BatchTransform, Rate
from contract.settings import PlanTransform as Settings
from mlops_constructs.batch_transform import definition
from mlops_constructs.network.vpc_config import VpcConfig
from retraining.logic import transform
from shared.versions import Version
from tests.unit.mlops_constructs import machine
from tests.unit.mlops_constructs.machine import Machine

ANSWERING = BatchTransform(
    schedule=Rate(rate_seconds=86400, offset_seconds=0),
    enabled=True,
    input="arrivals/new",
    output="arrivals/answers",
    instance_type="ml.m5.large",
    instance_count=2,
    timeout_seconds=73800,
    input_filter="$[1:]",
    joins=True,
    output_filter="$[0,-1]",
)
VERSION = Version(
    arn="arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-m/3",
    number=3,
    status="Approved",
    since=datetime(2026, 1, 1, tzinfo=UTC),
    model_data_url="s3://artifacts/models/m.tar.gz",
)
_ARTIFACT = "s3://artifacts/models/m.tar.gz"
SPECIFICATION: dict[str, Any] = {
    # As DescribeModelPackage answers it.
    "Containers": [{"Image": machine.IMAGE, "ImageDigest": "sha256:0", "ModelDataUrl": _ARTIFACT}],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}
_LEASE = {
    "lease_owner": "arn:aws:states:us-east-1:111111111111:execution:perennial-batch-transform:earlier",
    "lease_owner_status": "ABORTED",
}


def built(*, app: str = "perennial", vpc_config: VpcConfig | None = None) -> Machine:
    """The batch transform state machine."""
    return definition.definition(
        definition.BatchTransform(
            app=app,
            sagemaker_role_arn="arn:aws:iam::111111111111:role/sagemaker",
            vpc_config=vpc_config,
            table_name="state",
            history_table_name="history",
            plan_function_arn="arn:aws:lambda:us-east-1:111111111111:function:plan_transform",
            topic_arn=machine.TOPIC,
        )
    )


def place(app: str = "perennial") -> Settings:
    """Of the function that plans."""
    return Settings(app=app, artifact_bucket="artifacts", state_table="state", key_arn=machine.KEY)


def plan(asked: PlanTransform, *, app: str = "perennial", answering: BatchTransform = ANSWERING) -> TransformPlan:
    """What the function answers when there are new files."""
    return transform.plan(
        asked,
        settings=answering,
        place=place(app),
        version=VERSION,
        specification=SPECIFICATION,
        digest="d" * 64,
    )


def run(definition: Machine, model: str = "m", *, app: str = "perennial", **counts: int) -> dict[str, Any]:
    """All variables of a run that went through every state; tasks answer as the services do."""
    found = machine.identify(definition, {"model": model}, **counts)
    asked = machine.called(definition, "Plan Transform", found, PlanTransform)
    found = machine.answered(definition, "Plan Transform", found, PlanTransform, plan(asked, app=app))
    arguments = machine.evaluate(definition["States"]["Answer Files"]["Arguments"], found)
    found = machine.after(definition, "Answer Files", found, {"TransformJobName": arguments["TransformJobName"]})
    return {**found, **_LEASE, "failure": {"Error": "E", "Cause": "c"}}
