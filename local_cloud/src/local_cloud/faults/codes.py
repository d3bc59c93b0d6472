"""What each service answers when it throttles, breaks down or has no capacity.

Modelled errors are those that the API reference lists for the operation; the others are common to all operations.

References:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from dataclasses import dataclass

from local_cloud.faults import models


@dataclass(frozen=True, kw_only=True)
class ApiError:
    """One error as a service answers it.

    Args:
        code: on the wire.
        message: of the service.
        status: HTTP status.
    """

    code: str
    message: str
    status: int


_RATE = "Rate exceeded"
_BROKEN = "The request processing has failed because of an unknown error, exception or failure."

_THROTTLES = {
    "dynamodb": ApiError(
        code="ProvisionedThroughputExceededException",
        message=(
            "The level of configured provisioned throughput for the table was exceeded. "
            "Consider increasing your provisioning level with the UpdateTable API."
        ),
        status=400,
    ),
    "lambda": ApiError(code="TooManyRequestsException", message="Rate Exceeded.", status=429),
    "s3": ApiError(code="SlowDown", message="Please reduce your request rate.", status=503),
    "sns": ApiError(code="Throttled", message=_RATE, status=429),
    "sqs": ApiError(code="RequestThrottled", message=_RATE, status=403),
    "scheduler": ApiError(code="ThrottlingException", message=_RATE, status=429),
    "cloudwatch": ApiError(code="Throttling", message=_RATE, status=400),
    "cloudformation": ApiError(code="Throttling", message=_RATE, status=400),
    "iam": ApiError(code="Throttling", message=_RATE, status=400),
    "sts": ApiError(code="Throttling", message=_RATE, status=400),
}
_BREAKDOWNS = {
    "dynamodb": ApiError(code="InternalServerError", message="Internal server error", status=500),
    "lambda": ApiError(
        code="ServiceException", message="The AWS Lambda service encountered an internal error.", status=500
    ),
    "glue": ApiError(code="InternalServiceException", message="An internal service error occurred.", status=500),
    "s3": ApiError(code="InternalError", message="We encountered an internal error. Please try again.", status=500),
    "sns": ApiError(code="InternalError", message="Indicates an internal service error.", status=500),
    "application-autoscaling": ApiError(
        code="InternalServiceException", message="The service encountered an internal error.", status=500
    ),
    "events": ApiError(code="InternalException", message="This exception occurs due to unexpected causes.", status=500),
    "cloudwatch": ApiError(
        code="InternalServiceError",
        message="Request processing has failed due to some unknown error, exception, or failure.",
        status=500,
    ),
    "secretsmanager": ApiError(
        code="InternalServiceError", message="An error occurred on the server side.", status=500
    ),
    "kms": ApiError(
        code="KMSInternalException", message="An internal exception occurred. You can retry it.", status=500
    ),
    "ssm": ApiError(code="InternalServerError", message="An error occurred on the server side.", status=500),
    "scheduler": ApiError(
        code="InternalServerException", message="Unexpected error encountered while processing the request.", status=500
    ),
}

_CAPACITY = {
    "sagemaker": ApiError(
        code="ResourceLimitExceeded",
        message=(
            "The account-level service limit for the resource is 0 Instances, with current utilization of 0 Instances"
            " and a request delta of 1 Instances. Please use AWS Service Quotas to request an increase for this quota."
        ),
        status=400,
    ),
    "glue": ApiError(code="ConcurrentRunsExceededException", message="Concurrent runs exceeded", status=400),
    "lambda": ApiError(code="TooManyRequestsException", message="Rate Exceeded.", status=429),
    "dynamodb": ApiError(
        code="RequestLimitExceeded",
        message="Throughput exceeds the current throughput limit for your account.",
        status=400,
    ),
    "stepfunctions": ApiError(
        code="ExecutionLimitExceeded", message="The maximum number of running executions has been reached.", status=400
    ),
    "application-autoscaling": ApiError(
        code="LimitExceededException", message="A per-account resource limit is exceeded.", status=400
    ),
}
# What any operation may answer without a word in its model, and what services without models of errors do.
_COMMON = {
    "AccessDenied",
    "AccessDeniedException",
    "ExpiredTokenException",
    "InternalError",
    "InternalFailure",
    "RequestExpired",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "UnrecognizedClientException",
    "ValidationError",
    "ValidationException",
}


def throttle(service: str) -> ApiError:
    """What a service says to who asks too often.

    Args:
        service: name of boto3's client.
    """
    return _THROTTLES.get(service, ApiError(code="ThrottlingException", message=_RATE, status=400))


def breakdown(service: str, status: int) -> ApiError:
    """What a service says that broke down: 500 in its own words, 503 in the common ones.

    Args:
        service: name of boto3's client.
        status: 500 or 503.
    """
    unavailable = 503
    if status == unavailable:
        message = "The request has failed due to a temporary failure of the server."
        return ApiError(code="ServiceUnavailable", message=message, status=status)
    return _BREAKDOWNS.get(service, ApiError(code="InternalFailure", message=_BROKEN, status=status))


def capacity(service: str) -> ApiError:
    """What a service says whose quota is used up.

    Args:
        service: name of boto3's client.

    Raises:
        ValueError: it is not known of this service.
    """
    if service not in _CAPACITY:
        raise ValueError(f"no capacity error of {service} is known, only of {sorted(_CAPACITY)}; use the kind error")
    return _CAPACITY[service]


def modelled(service: str, code: str, status: int | None = None) -> ApiError:
    """An error by its code, with the status that the service's model gives it.

    Args:
        service: name of boto3's client.
        code: of the error.
        status: overrules the model, which often leaves it out; 400 where nobody says.

    Raises:
        ValueError: the service has no such error.
    """
    message = f"{code} on a test's order"
    shapes = models.error_shapes(service)
    for shape in shapes:
        if code in {shape.error_code, shape.name}:
            known = shape.metadata.get("error", {}).get("httpStatusCode", 400)
            return ApiError(code=str(shape.error_code), message=message, status=status or known)
    # The model of S3 leaves out nearly all of its errors.
    if service != "s3" and code not in _COMMON:
        known_codes = sorted({str(shape.error_code) for shape in shapes})
        raise ValueError(f"{service} has no error {code!r}; it has {known_codes}, and as any service {sorted(_COMMON)}")
    return ApiError(code=code, message=message, status=status or 400)
