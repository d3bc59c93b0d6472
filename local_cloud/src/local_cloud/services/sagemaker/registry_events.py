"""The event of a new or changed model package.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from datetime import UTC, datetime
from typing import Any

from local_cloud.services.events import bus

DETAIL_TYPE = "SageMaker Model Package State Change"
_DETAIL = (
    "ModelPackageName",
    "ModelPackageGroupName",
    "ModelPackageVersion",
    "ModelPackageArn",
    "ModelPackageDescription",
    "CreationTime",
    "InferenceSpecification",
    "ModelPackageStatus",
    "ModelPackageStatusDetails",
    "CertifyForMarketplace",
    "ModelApprovalStatus",
    "ApprovalDescription",
    "MetadataProperties",
    "ModelMetrics",
    "LastModifiedTime",
)


def emit(package: Any, *, account_id: str, region: str) -> None:
    """Put a package's state on the default bus of the account that owns it."""
    found = package.gen_response_object()
    found.setdefault("LastModifiedTime", found["CreationTime"])
    detail = {key: _plain(found[key]) for key in _DETAIL if found.get(key) is not None}
    bus.emit(
        account_id=account_id,
        region=region,
        source="aws.sagemaker",
        detail_type=DETAIL_TYPE,
        detail=detail,
        resources=[package.arn],
    )


def _plain(value: Any) -> Any:
    # Moto's times are UTC without saying so.
    return value.replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value
