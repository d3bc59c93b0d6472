"""The event of a transform job whose status changed.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from local_cloud.services.events import bus

DETAIL_TYPE = "SageMaker Transform Job State Change"


def emit(description: Mapping[str, Any], tags: Sequence[Mapping[str, str]]) -> None:
    """Put a job's state on the default bus of its account.

    Args:
        description: what DescribeTransformJob answers.
        tags: of the job.
    """
    arn = description["TransformJobArn"]
    region, account_id = arn.split(":")[3:5]
    detail = {key: _plain(value) for key, value in description.items()}
    bus.emit(
        account_id=account_id,
        region=region,
        source="aws.sagemaker",
        detail_type=DETAIL_TYPE,
        detail=detail | {"Tags": {tag["Key"]: tag["Value"] for tag in tags}},
        resources=[arn],
    )


def _plain(value: Any) -> Any:
    # Moto's times are UTC without saying so.
    return value.replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value
