"""Whose credentials the resources of a stack are made with."""

from typing import Any

import boto3

from local_cloud.cloudformation.model import Caller
from local_cloud.cloudformation.worker import ClientFactory
from local_cloud.kernel import runtime, sdk
from local_cloud.kernel.credentials import assume_service_role


def factory(role_arn: str | None, caller: Caller, *, region: str, stack_id: str) -> ClientFactory:
    """Makes clients with the stack's role, or with the caller's credentials where it has none.

    Args:
        role_arn: of the stack; None for none.
        caller: who asked for the operation.
        region: of the stack.
        stack_id: of the stack.

    Raises:
        AccessDeniedError: the role does not let CloudFormation take it on.
    """
    if role_arn:
        session = assume_service_role(
            role_arn,
            service="cloudformation.amazonaws.com",
            session_name="AWSCloudFormation",
            region=region,
            source_arn=stack_id,
        )
        return session.client
    url = runtime.current().settings.endpoint_url
    clients = boto3.Session(botocore_session=sdk.session())

    def client(service: str) -> Any:
        # The secret is not needed: the local cloud checks no signatures.
        return clients.client(  # type: ignore[call-overload]  # the service name is not a literal here
            service,
            region_name=region,
            endpoint_url=url,
            aws_access_key_id=caller.access_key,
            aws_secret_access_key="unchecked",  # noqa: S106  # see above
            aws_session_token=caller.token,
        )

    return client
