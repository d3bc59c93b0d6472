"""VpcConfig of jobs and models: checked and described; what runs is not isolated by it."""

from collections.abc import Mapping
from typing import Any

from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.services import ec2 as networks


def check(vpc_config: Mapping[str, Any] | None, *, account_id: str, region: str) -> None:
    """Refuse a network that does not exist.

    Args:
        vpc_config: VpcConfig; None or empty for a network of SageMaker's own.
        account_id: of the caller.
        region: of the call.

    Raises:
        AWSValidationException: with EC2's reason.
    """
    if not vpc_config:
        return
    try:
        networks.vpc_of(vpc_config["Subnets"], vpc_config["SecurityGroupIds"], account_id=account_id, region=region)
    except networks.InvalidNetworkError as error:
        raise AWSValidationException(str(error)) from error
