"""What a Task may call: functions, and the operations of services that the local cloud answers.

References:
    https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel

from local_cloud.operations import is_answered
from local_cloud.services.step_functions import service_model
from local_cloud.services.step_functions.service_model import UnsupportedParameterError

_ARN = re.compile(
    r"arn:[\w-]+:(?P<service>lambda|states):[\w-]*:\d*:(?P<kind>[\w-]+):(?P<name>[^.]+)(?:\.(?P<pattern>.+))?"
)
_TOKEN, _SYNC, _SYNC2 = "waitForTaskToken", "sync", "sync:2"
_JOBS = (
    "createTrainingJob",
    "createProcessingJob",
    "createTransformJob",
    "createHyperParameterTuningJob",
    "createLabelingJob",
)
_REQUESTS = ("createModel", "createEndpointConfig", "createEndpoint", "updateEndpoint")
# Optimised integrations that run here: their actions, and what may follow each.
_OPTIMISED: Mapping[str, Mapping[str, frozenset[str]]] = {
    "lambda": {"invoke": frozenset({_TOKEN})},
    "sqs": {"sendMessage": frozenset({_TOKEN})},
    "sns": {"publish": frozenset({_TOKEN})},
    "events": {"putEvents": frozenset({_TOKEN})},
    "dynamodb": dict.fromkeys(("getItem", "putItem", "updateItem", "deleteItem"), frozenset()),
    "states": {"startExecution": frozenset({_SYNC, _SYNC2, _TOKEN})},
    "glue": {"startJobRun": frozenset({_SYNC})},
    "sagemaker": dict.fromkeys(_JOBS, frozenset({_SYNC})) | dict.fromkeys(_REQUESTS, frozenset()),
}
_ELSEWHERE = frozenset(
    {
        "apigateway",
        "athena",
        "batch",
        "bedrock",
        "codebuild",
        "databrew",
        "ecs",
        "eks",
        "elasticmapreduce",
        "emr-containers",
        "emr-serverless",
        "http",
        "mediaconvert",
    }
)


class UnknownResourceError(ValueError):
    """AWS has no such resource."""


class ForeignResourceError(ValueError):
    """AWS has the resource, the local cloud has not."""


@dataclass(frozen=True, kw_only=True)
class Integration:
    """What a Task calls.

    Args:
        operation: of a service's API; None for a function by its ARN, which takes anything.
    """

    operation: OperationModel | None


def integration(arn: str) -> Integration:
    """What is behind a Task's Resource.

    Raises:
        UnknownResourceError: see the class.
        ForeignResourceError: see the class; its message says what is missing.
    """
    found = _ARN.fullmatch(arn)
    if found is None:
        raise UnknownResourceError(arn)
    service, kind, name, pattern = found["service"], found["kind"], found["name"], found["pattern"]
    if service == "lambda":
        if kind != "function":
            raise UnknownResourceError(arn)
        return Integration(operation=None)
    if kind == "activity":
        raise ForeignResourceError("activities")
    if kind == "aws-sdk":
        return _sdk(arn, name, pattern)
    return _optimised(arn, kind, name, pattern)


def _sdk(arn: str, name: str, pattern: str | None) -> Integration:
    service, _, action = name.partition(":")
    if pattern not in {None, _TOKEN}:
        raise UnknownResourceError(arn)
    return Integration(operation=_operation(arn, service, action))


def _optimised(arn: str, service: str, action: str, pattern: str | None) -> Integration:
    actions = _OPTIMISED.get(service)
    if actions is None:
        if service in _ELSEWHERE:
            raise ForeignResourceError(f"the integration {service}:{action}")
        raise UnknownResourceError(arn)
    if action not in actions or (pattern is not None and pattern not in actions[action]):
        raise UnknownResourceError(arn)
    return Integration(operation=_operation(arn, service, action))


def _operation(arn: str, service: str, action: str) -> OperationModel:
    client = service_model.client_name(service)
    try:
        found = service_model.operation(service, action)
    except (UnsupportedParameterError, UnknownServiceError) as error:
        raise UnknownResourceError(arn) from error
    if not is_answered(client, found.name):
        raise ForeignResourceError(f"the operation {client} {found.name}")
    return found
