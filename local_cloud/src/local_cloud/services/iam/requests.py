"""What a request does in IAM's terms: which action on which resources.

Reference: https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlparse

from local_cloud.kernel.services import backends

Parameters = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Request:
    """One API call.

    Args:
        service: IAM prefix, for example ``states``.
        operation: API operation.
        account_id: whose resources are meant.
        region: of the call.
        parameters: the operation's input by the names of its model.
    """

    service: str
    operation: str
    account_id: str
    region: str
    parameters: Parameters = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A parameter as text, empty when it is missing."""
        return str(self.parameters.get(name) or "")

    def arn(self, resource: str) -> str:
        """ARN of a resource in the call's account and region; an ARN stays as it is."""
        if resource.startswith("arn:"):
            return resource
        return f"arn:aws:{self.service}:{self.region}:{self.account_id}:{resource}"


# Operations whose IAM action has another name.
_ACTIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "lambda:InvokeAsync": "lambda:InvokeFunction",
    "sns:PublishBatch": "sns:Publish",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:GetLifecycleConfiguration": "s3:GetLifecycleConfiguration",
}
_SAGEMAKER = {
    "TrainingJobName": "training-job",
    "ProcessingJobName": "processing-job",
    "TransformJobName": "transform-job",
    "HyperParameterTuningJobName": "hyper-parameter-tuning-job",
    "EndpointName": "endpoint",
    "EndpointConfigName": "endpoint-config",
    "ModelName": "model",
    "ModelPackageGroupName": "model-package-group",
    "ModelPackageName": "model-package",
}


# Lists of what belongs to one resource, which is what a policy names.
_LISTS_OF_ONE = {"ListModelPackages", "ListTrainingJobsForHyperParameterTuningJob"}
_BUS_CALLS = {"DescribeEventBus", "CreateEventBus", "DeleteEventBus", "PutPermission", "RemovePermission"}
_STAGE_CALLS = {
    "RetryStageExecution",
    "RollbackStage",
    "OverrideStageCondition",
    "EnableStageTransition",
    "DisableStageTransition",
}
_TRANSACTIONS = {"TransactWriteItems", "TransactGetItems"}
# A transaction needs what each of its operations needs by itself.
_TRANSACTED = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}


def action_of(request: Request) -> str:
    """IAM action of a call."""
    action = f"{request.service}:{request.operation}"
    return _ACTIONS.get(action, action)


def permissions_of(request: Request) -> list[tuple[str, str]]:
    """Pairs of action and ARN that a call needs, all of them."""
    if request.service == "dynamodb" and request.operation in _TRANSACTIONS:
        return [
            (f"dynamodb:{action}", _table(request, str(item[name]["TableName"])))
            for item in request.parameters.get("TransactItems") or []
            for name, action in _TRANSACTED.items()
            if item.get(name)
        ]
    return [(action_of(request), arn) for arn in resources_of(request)] + _tagging(request)


def _tagging(request: Request) -> list[tuple[str, str]]:
    """What it takes to give tags to a resource of SageMaker, or to an alarm, while it is made.

    References:
        https://docs.aws.amazon.com/sagemaker/latest/dg/security_iam_id-based-policy-examples.html
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    if not request.parameters.get("Tags"):
        return []
    if (request.service, request.operation) == ("cloudwatch", "PutMetricAlarm"):
        return [("cloudwatch:TagResource", arn) for arn in resources_of(request)]
    if request.service != "sagemaker":
        return []
    kind = _SAGEMAKER.get(f"{request.operation.removeprefix('Create')}Name")
    if not request.operation.startswith("Create") or kind is None:
        return []
    name = request.text(f"{request.operation.removeprefix('Create')}Name")
    return [("sagemaker:AddTags", request.arn(f"{kind}/{name}"))]


def resources_of(request: Request) -> list[str]:
    """ARNs that a call touches, each of which must be allowed; ``*`` where no rule is known.

    A policy that is narrowed to an ARN does not allow ``*``: what cannot be told is denied, not waved through.
    """
    rule = _RULES.get(request.service)
    found = rule(request) if rule else []
    return [arn for arn in found if arn] or ["*"]


def _sagemaker(request: Request) -> list[str]:
    if request.text("ResourceArn"):
        return [request.text("ResourceArn")]
    if request.operation.startswith("List") and request.operation not in _LISTS_OF_ONE:
        return []
    resources = []
    for parameter, kind in _SAGEMAKER.items():
        name = request.text(parameter)
        # Who names a model, in an endpoint configuration's variants or for a transform job, needs no permission on it.
        if name and (request.operation, parameter) != ("CreateTransformJob", "ModelName"):
            resources.append(name if name.startswith("arn:") else request.arn(f"{kind}/{name}"))
    group = request.text("ModelPackageGroupName")
    if request.operation in {"CreateModelPackage", "ListModelPackages"} and group:
        # A group that is named by its ARN belongs to the account in it, and so do its versions.
        versions = f"model-package/{group.rsplit('/', maxsplit=1)[-1].lower()}/*"
        owner = group.split(":model-package-group/")[0]
        resources.append(f"{owner}:{versions}" if group.startswith("arn:") else request.arn(versions))
    if request.operation == "UpdateModelPackage" and request.text("ModelPackageArn"):
        resources.append(request.text("ModelPackageArn"))
    return resources


def _glue(request: Request) -> list[str]:
    if request.operation.endswith("Connection"):
        given = request.parameters.get("ConnectionInput") or {}
        connection = request.text("Name") or request.text("ConnectionName") or given.get("Name", "")
        return [request.arn("catalog"), request.arn(f"connection/{connection}")]
    name = request.text("JobName") or (request.text("Name") if request.operation.endswith("Job") else "")
    return [request.arn(f"job/{name}")] if name else [request.text("ResourceArn")]


def _states(request: Request) -> list[str]:
    arn = request.text("stateMachineArn") or request.text("executionArn") or request.text("resourceArn")
    return [arn or (request.arn(f"stateMachine:{request.text('name')}") if request.text("name") else "")]


def _lambda(request: Request) -> list[str]:
    """A function by its name, partial or whole ARN; a version or alias is a resource of its own."""
    if request.operation == "ListEventSourceMappings":
        # It has no resource, though it may ask for those of a function.
        return []
    # Calls about tags name the function as `Resource`.
    given = unquote(request.text("FunctionName") or request.text("Resource"))
    if not given:
        return []
    account_id, region = request.account_id, request.region
    if given.startswith("arn:"):
        _, _, _, region, account_id, given = given.split(":", 5)
    elif ":function:" in given:
        account_id, given = given.split(":", 1)
    name, _, qualifier = given.removeprefix("function:").partition(":")
    qualifier = request.text("Qualifier") or qualifier
    # The unpublished version is the function itself.
    suffix = f":{qualifier}" if qualifier and qualifier != "$LATEST" else ""
    return [f"arn:aws:lambda:{region}:{account_id}:function:{name}{suffix}"]


def _dynamodb(request: Request) -> list[str]:
    tables = list(request.parameters.get("RequestItems") or {})
    if tables:
        return [_table(request, name) for name in tables]
    name, index = request.text("TableName"), request.text("IndexName")
    if not name:
        return [request.text("ResourceArn")]
    return [_table(request, name) + (f"/index/{index}" if index else "")]


def _table(request: Request, name: str) -> str:
    return name if name.startswith("arn:") else request.arn(f"table/{name}")


def _events(request: Request) -> list[str]:
    if request.operation == "PutEvents":
        buses = [str(entry.get("EventBusName") or "default") for entry in request.parameters.get("Entries") or []]
        return [
            request.arn(f"event-bus/{name}") if not name.startswith("arn:") else name for name in dict.fromkeys(buses)
        ]
    if request.operation in _BUS_CALLS:
        name = request.text("EventBusName") or request.text("Name") or "default"
        return [name if name.startswith("arn:") else request.arn(f"event-bus/{name}")]
    rule = request.text("Rule") or (request.text("Name") if request.operation.endswith("Rule") else "")
    if not rule:
        return [request.text("ResourceARN")]
    bus = request.text("EventBusName") or "default"
    owner, _, name = bus.rpartition(":event-bus/") if bus.startswith("arn:") else ("", "", bus)
    resource = f"rule/{rule}" if name == "default" else f"rule/{name}/{rule}"
    return [f"{owner}:{resource}" if owner else request.arn(resource)]


def _sns(request: Request) -> list[str]:
    name = request.text("Name")
    arn = next((request.text(key) for key in ("TopicArn", "TargetArn", "ResourceArn") if request.text(key)), "")
    return [arn or (request.arn(name) if name else "")]


def _sqs(request: Request) -> list[str]:
    # https://<host>/<account>/<name>
    path = urlparse(request.text("QueueUrl")).path.strip("/").split("/")
    if len(path) == 2:  # noqa: PLR2004  # the two parts above
        return [f"arn:aws:sqs:{request.region}:{path[0]}:{path[1]}"]
    name = path[-1] or request.text("QueueName")
    if owner := request.text("QueueOwnerAWSAccountId"):
        return [f"arn:aws:sqs:{request.region}:{owner}:{name}"]
    return [request.arn(name)] if name else []


def _kms(request: Request) -> list[str]:
    key = key_arn(request.text("KeyId"), account_id=request.account_id, region=request.region)
    return [key] if key else []


def _logs(request: Request) -> list[str]:
    group, stream = request.text("logGroupName"), request.text("logStreamName")
    if not group:
        return [request.text("resourceArn")]
    if request.operation in {"PutLogEvents", "CreateLogStream", "GetLogEvents"}:
        return [request.arn(f"log-group:{group}:log-stream:{stream}")]
    return [request.arn(f"log-group:{group}")]


def _ssm(request: Request) -> list[str]:
    names = [request.text("Name"), *(request.parameters.get("Names") or ())]
    return [request.arn(f"parameter/{name.lstrip('/')}") for name in names if name]


def _secretsmanager(request: Request) -> list[str]:
    name = request.text("SecretId") or request.text("Name")
    if not name:
        return []
    found = backends("secretsmanager")[request.account_id][request.region].secrets.get(name)
    if found is not None:
        return [str(found.arn)]
    # The six characters at the end of an ARN are not known; policies allow any with as many question marks, or *.
    return [name if name.startswith("arn:") else request.arn(f"secret:{name}-??????")]


def _scheduler(request: Request) -> list[str]:
    name, group = request.text("Name"), request.text("GroupName") or "default"
    if request.text("ResourceArn"):
        return [request.text("ResourceArn")]
    if request.operation.endswith("ScheduleGroup"):
        return [request.arn(f"schedule-group/{name}")]
    return [request.arn(f"schedule/{group}/{name}")] if name else []


def _iam(request: Request) -> list[str]:
    if request.text("RoleName"):
        return [f"arn:aws:iam::{request.account_id}:role/{request.text('RoleName')}"]
    return [request.text("PolicySourceArn") or request.text("PolicyArn")]


def _sts(request: Request) -> list[str]:
    return [request.text("RoleArn")]


def _cloudformation(request: Request) -> list[str]:
    name = request.text("StackName")
    return [request.arn(name if name.startswith("arn:") else f"stack/{name}/*")] if name else []


def _ecr(request: Request) -> list[str]:
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
    if request.operation == "DescribeRepositories":
        return [request.arn(f"repository/{name}") for name in request.parameters.get("repositoryNames") or ["*"]]
    name = request.text("repositoryName")
    return [request.arn(f"repository/{name}")] if name else []


def _cloudwatch(request: Request) -> list[str]:
    if request.text("ResourceARN"):
        return [request.text("ResourceARN")]
    names = [request.text("AlarmName"), *(request.parameters.get("AlarmNames") or ())]
    if request.operation == "DescribeAlarms" and not any(names):
        names = ["*"]
    return [request.arn(f"alarm:{name}") for name in names if name]


def _application_autoscaling(request: Request) -> list[str]:
    # A target's id is random; policies name `scalable-target/*`, or tell targets apart by condition keys.
    describes = request.operation.startswith("Describe")
    return [] if describes else [request.text("ResourceARN") or request.arn("scalable-target/0")]


def _codebuild(request: Request) -> list[str]:
    # A build has no resource of its own: its project is named, which its id begins with.
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodebuild.html
    names = [request.text("name"), request.text("projectName"), *(request.parameters.get("names") or ())]
    builds = [request.text("id"), *(request.parameters.get("ids") or ())]
    names += [build.rpartition(":build/")[2].partition(":")[0] for build in builds if ":" in build]
    return [request.arn(f"project/{name.rpartition(':project/')[2]}") for name in dict.fromkeys(names) if name]


def _codepipeline(request: Request) -> list[str]:
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html
    name = pipeline_name(request)
    if request.operation in _STAGE_CALLS:
        name = f"{name}/{request.text('stageName')}"
    elif request.operation == "PutApprovalResult":
        name = f"{name}/{request.text('stageName')}/{request.text('actionName')}"
    return [request.text("resourceArn") or (request.arn(name) if name else "")]


def pipeline_name(request: Request) -> str:
    """The pipeline that a request names, other than by an ARN; empty for none."""
    given = request.parameters.get("pipeline") or {}
    return str(given.get("name") or request.text("name") or request.text("pipelineName"))


def _codecommit(request: Request) -> list[str]:
    if request.text("resourceArn"):
        return [request.text("resourceArn")]
    names = [request.text("repositoryName"), *(request.parameters.get("repositoryNames") or ())]
    return [request.arn(name) for name in names if name]


def _connections(request: Request) -> list[str]:
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodeconnections.html: one that is
    # made has no name that a policy could tell.
    return [request.text("ConnectionArn") or request.text("ResourceArn")]


_RULES: dict[str, Callable[[Request], list[str]]] = {
    "sagemaker": _sagemaker,
    "glue": _glue,
    "states": _states,
    "lambda": _lambda,
    "dynamodb": _dynamodb,
    "events": _events,
    "sns": _sns,
    "sqs": _sqs,
    "kms": _kms,
    "logs": _logs,
    "ssm": _ssm,
    "scheduler": _scheduler,
    "secretsmanager": _secretsmanager,
    "iam": _iam,
    "sts": _sts,
    "cloudformation": _cloudformation,
    "ecr": _ecr,
    "cloudwatch": _cloudwatch,
    "application-autoscaling": _application_autoscaling,
    "codebuild": _codebuild,
    "codepipeline": _codepipeline,
    "codecommit": _codecommit,
    "codeconnections": _connections,
    "codestar-connections": _connections,
}


def covered_services() -> list[str]:
    """Services whose resources are known."""
    return sorted([*_RULES, "s3"])


def key_arn(key_id: str, *, account_id: str, region: str) -> str | None:
    """ARN of the key behind a key id, alias or ARN."""
    if key_id.startswith("arn:") and ":key/" in key_id:
        return key_id
    name = key_id.rsplit(":", maxsplit=1)[-1]
    if name.startswith("alias/"):
        target = backends("kms")[account_id][region].get_key_id_from_alias(name)
        return f"arn:aws:kms:{region}:{account_id}:key/{target}" if target else None
    return f"arn:aws:kms:{region}:{account_id}:key/{name}" if name else None
