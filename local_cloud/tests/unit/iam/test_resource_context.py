"""What a call's resource tells policies: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html."""

import pytest

from local_cloud.services.iam import resource_context
from local_cloud.services.iam.requests import Request

_POLICY = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


@pytest.mark.parametrize("operation", ["AttachRolePolicy", "DetachRolePolicy"])
def test_the_policy_that_a_role_is_to_get_is_known(operation: str) -> None:
    request = Request(
        service="iam",
        operation=operation,
        account_id="123456789012",
        region="us-east-1",
        parameters={"RoleName": "r", "PolicyArn": _POLICY},
    )

    assert resource_context.of(request) == {"iam:policyarn": _POLICY}
