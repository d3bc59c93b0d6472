"""What another service refused an action, as CodePipeline tells it."""

from botocore.exceptions import ClientError

from local_cloud.services.codepipeline.action import ActionError

# What the AWS SDK for Java, which CodePipeline tells errors with, calls a service.
_NAMES = {"s3": "Amazon S3", "cloudformation": "AmazonCloudFormation", "codebuild": "AWSCodeBuild"}
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "403"})


def code_of(error: ClientError) -> str:
    """The service's own code."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_denied(error: ClientError) -> bool:
    """Whether IAM refused the call."""
    return code_of(error) in _DENIED


def told(error: ClientError, service: str) -> str:
    """In the words of AWS's SDK for Java: the service's message, and in brackets where it is from."""
    found = error.response.get("Error", {})
    answer = error.response.get("ResponseMetadata", {})
    return (
        f"{found.get('Message', '')} (Service: {_NAMES[service]}; Status Code: {answer.get('HTTPStatusCode')}; "
        f"Error Code: {code_of(error)}; Request ID: {answer.get('RequestId')})"
    )


def failure(error: ClientError, service: str, *, doing: str = "") -> ActionError:
    """The failure of an action that another service refused something.

    Args:
        error: of the call.
        service: as boto3 names it.
        doing: what comes before the service's words.
    """
    return ActionError("PermissionError" if is_denied(error) else "JobFailed", f"{doing}{told(error, service)}")
