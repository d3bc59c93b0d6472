"""A member of a request that nothing is made of is refused, in each protocol, and nothing is done meanwhile."""

from typing import Any

import botocore
import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role

ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
S3_PREFIX = "s3://bucket/prefix"


def channel(**changed: Any) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": S3_PREFIX, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": "train", "DataSource": {"S3DataSource": source}, **changed}


def training(**changed: Any) -> dict[str, Any]:
    return {
        "TrainingJobName": "refused",
        "RoleArn": ROLE,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "InputDataConfig": [channel()],
        "OutputDataConfig": {"S3OutputPath": S3_PREFIX},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **changed,
    }


def algorithm(**changed: Any) -> dict[str, Any]:
    return training(AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File", **changed})


def resources(**changed: Any) -> dict[str, Any]:
    return training(ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1, **changed})


def config(*, variant: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    first = {"VariantName": "a", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    return {"EndpointConfigName": "refused", "ProductionVariants": [first | (variant or {})], **changed}


def tuning(*, settings: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    limits = {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1}
    return {
        "HyperParameterTuningJobName": "refused",
        "HyperParameterTuningJobConfig": {"Strategy": "Bayesian", "ResourceLimits": limits, **(settings or {})},
        **changed,
    }


def definition(**changed: Any) -> dict[str, Any]:
    job = training(**changed)
    return {name: value for name, value in job.items() if name != "TrainingJobName"}


def processing(*, source: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    place = {"S3Uri": S3_PREFIX, "LocalPath": "/opt/ml/processing/a", "S3DataType": "S3Prefix", **(source or {})}
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    return {
        "ProcessingJobName": "refused",
        "RoleArn": ROLE,
        "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": ["python3"]},
        "ProcessingInputs": [{"InputName": "a", "S3Input": place}],
        "ProcessingResources": {"ClusterConfig": cluster},
        **changed,
    }


def alarm(**changed: Any) -> dict[str, Any]:
    return {
        "AlarmName": "refused",
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 1,
        **changed,
    }


RULES = [{"RuleConfigurationName": "r", "RuleEvaluatorImage": IMAGE}]
TRAINING: list[tuple[str, dict[str, Any]]] = [
    (
        "AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAccessMode",
        algorithm(TrainingImageConfig={"TrainingRepositoryAccessMode": "Vpc"}),
    ),
    (
        "ResourceConfig.InstanceGroups",
        resources(
            InstanceGroups=[{"InstanceGroupName": "g", "InstanceType": "ml.m5.large", "InstanceCount": 1}],
        ),
    ),
    ("ResourceConfig.KeepAlivePeriodInSeconds", resources(KeepAlivePeriodInSeconds=60)),
    (
        "InputDataConfig.DataSource.S3DataSource.S3DataType",
        training(
            InputDataConfig=[
                channel(DataSource={"S3DataSource": {"S3DataType": "AugmentedManifestFile", "S3Uri": f"{S3_PREFIX}/m"}})
            ]
        ),
    ),
    (
        "OutputDataConfig.CompressionType",
        training(OutputDataConfig={"S3OutputPath": S3_PREFIX, "CompressionType": "NONE"}),
    ),
    ("DebugRuleConfigurations", training(DebugRuleConfigurations=RULES)),
    ("ProfilerRuleConfigurations", training(ProfilerRuleConfigurations=RULES)),
    (
        "DebugHookConfig.CollectionConfigurations",
        training(DebugHookConfig={"S3OutputPath": S3_PREFIX, "CollectionConfigurations": [{"CollectionName": "all"}]}),
    ),
    ("TensorBoardOutputConfig", training(TensorBoardOutputConfig={"S3OutputPath": S3_PREFIX})),
    ("ExperimentConfig", training(ExperimentConfig={"ExperimentName": "e"})),
    ("RemoteDebugConfig.EnableRemoteDebug", training(RemoteDebugConfig={"EnableRemoteDebug": True})),
]
OTHERS: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "sagemaker",
        "CreateEndpointConfig",
        "DataCaptureConfig.EnableCapture",
        config(
            DataCaptureConfig={
                "EnableCapture": True,
                "InitialSamplingPercentage": 100,
                "DestinationS3Uri": S3_PREFIX,
                "CaptureOptions": [{"CaptureMode": "Input"}],
            }
        ),
    ),
    (
        "sagemaker",
        "CreateEndpointConfig",
        "AsyncInferenceConfig",
        config(AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": S3_PREFIX}}),
    ),
    (
        "sagemaker",
        "CreateEndpointConfig",
        "ProductionVariants.ServerlessConfig",
        config(variant={"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 1}}),
    ),
    (
        "sagemaker",
        "CreateEndpointConfig",
        "ShadowProductionVariants",
        config(ShadowProductionVariants=[{"VariantName": "s", "ModelName": "m"}]),
    ),
    *(
        ("sagemaker", "CreateHyperParameterTuningJob", member, given)
        for member, given in (
            ("TrainingJobDefinitions", tuning(TrainingJobDefinitions=[definition()])),
            ("Autotune", tuning(Autotune={"Mode": "Enabled"})),
            ("HyperParameterTuningJobConfig.Strategy", tuning(settings={"Strategy": "Hyperband"})),
            (
                "HyperParameterTuningJobConfig.TrainingJobEarlyStoppingType",
                tuning(settings={"TrainingJobEarlyStoppingType": "Auto"}),
            ),
            (
                "HyperParameterTuningJobConfig.TuningJobCompletionCriteria",
                tuning(settings={"TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 1}}),
            ),
            (
                "HyperParameterTuningJobConfig.ResourceLimits.MaxRuntimeInSeconds",
                tuning(settings={"ResourceLimits": {"MaxParallelTrainingJobs": 1, "MaxRuntimeInSeconds": 600}}),
            ),
            (
                "TrainingJobDefinition.HyperParameterTuningResourceConfig.AllocationStrategy",
                tuning(
                    TrainingJobDefinition=definition(
                        HyperParameterTuningResourceConfig={"AllocationStrategy": "Prioritized"}
                    )
                ),
            ),
        )
    ),
    *(
        ("sagemaker", "CreateProcessingJob", member, given)
        for member, given in (
            ("ProcessingInputs.S3Input.S3DataType", processing(source={"S3DataType": "ManifestFile"})),
            ("ProcessingInputs.S3Input.S3InputMode", processing(source={"S3InputMode": "Pipe"})),
            ("ExperimentConfig", processing(ExperimentConfig={"ExperimentName": "e"})),
        )
    ),
    (
        "sagemaker",
        "CreateModelPackage",
        "ModelLifeCycle",
        {"ModelPackageGroupName": "g", "ModelLifeCycle": {"Stage": "Production", "StageStatus": "Approved"}},
    ),
    ("sagemaker", "UpdateModelPackage", "SourceUri", {"ModelPackageArn": ROLE, "SourceUri": S3_PREFIX}),
    (
        "sagemaker",
        "Search",
        "CrossAccountFilterOption",
        {"Resource": "TrainingJob", "CrossAccountFilterOption": "CrossAccount"},
    ),
    ("sagemaker", "ListTrainingJobs", "WarmPoolStatusEquals", {"WarmPoolStatusEquals": "InUse"}),
    (
        "sagemaker",
        "UpdateEndpoint",
        "DeploymentConfig.RollingUpdatePolicy",
        {
            "EndpointName": "e",
            "EndpointConfigName": "c",
            "DeploymentConfig": {
                "RollingUpdatePolicy": {
                    "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
                    "WaitIntervalInSeconds": 0,
                }
            },
        },
    ),
    (
        "iam",
        "SimulatePrincipalPolicy",
        "PolicyExclusionList",
        {
            "PolicySourceArn": ROLE,
            "ActionNames": ["iam:GetRole"],
            "PolicyExclusionList": [{"PolicyType": "inline"}],
        },
    ),
    (
        "events",
        "PutTargets",
        "Targets.HttpParameters",
        {"Rule": "r", "Targets": [{"Id": "t", "Arn": ROLE, "HttpParameters": {"PathParameterValues": ["p"]}}]},
    ),
    ("cloudwatch", "PutMetricAlarm", "Metrics", alarm(Metrics=[{"Id": "e1", "Expression": "m1 / m2"}])),
    (
        "cloudwatch",
        "PutMetricAlarm",
        "EvaluateLowSampleCountPercentile",
        alarm(MetricName="m", Namespace="n", EvaluateLowSampleCountPercentile="ignore"),
    ),
    ("sns", "Publish", "PhoneNumber", {"PhoneNumber": "+1", "Message": "m"}),
    ("iam", "ListPolicies", "PolicyUsageFilter", {"PolicyUsageFilter": "PermissionsBoundary"}),
    ("ec2", "CreateVpc", "Ipv4IpamPoolId", {"Ipv4IpamPoolId": "pool"}),
    (
        "lambda",
        "CreateFunction",
        "LoggingConfig.SystemLogLevel",
        {
            "FunctionName": "f",
            "Role": ROLE,
            "Code": {"ZipFile": b""},
            "LoggingConfig": {"LogFormat": "JSON", "SystemLogLevel": "WARN"},
        },
    ),
    ("lambda", "ListFunctions", "MasterRegion", {"MasterRegion": "us-east-1"}),
    ("scheduler", "CreateSchedule", "Target.EcsParameters", {}),
    ("s3", "CreateBucket", "ObjectLockEnabledForBucket", {"Bucket": "locked", "ObjectLockEnabledForBucket": True}),
    ("s3", "GetObject", "SSECustomerKey", {"Bucket": "b", "Key": "k", "SSECustomerKey": "x" * 32}),
    ("logs", "CreateLogGroup", "logGroupClass", {"logGroupName": "g", "logGroupClass": "DELIVERY"}),
    ("dynamodb", "PutItem", "ConditionalOperator", {"TableName": "t", "Item": {}, "ConditionalOperator": "AND"}),
    (
        "cloudwatch",
        "GetMetricData",
        "MetricDataQueries.Expression",
        {"MetricDataQueries": [{"Id": "e", "Expression": "m1 + m2"}], "StartTime": 0, "EndTime": 60},
    ),
    ("cloudformation", "DeleteStack", "RetainResources", {"StackName": "s", "RetainResources": ["r"]}),
]


def schedule() -> dict[str, Any]:
    return {
        "Name": "refused",
        "ScheduleExpression": "rate(1 hour)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": ROLE, "RoleArn": ROLE, "EcsParameters": {"TaskDefinitionArn": ROLE}},
    }


@pytest.mark.parametrize(("member", "given"), TRAINING, ids=[member for member, _ in TRAINING])
def test_a_training_job_does_not_start_without_what_it_asks_for(
    cloud: RunningCloud, member: str, given: dict[str, Any]
) -> None:
    sagemaker = cloud.client("sagemaker", ACCOUNT)

    assert member in refused(sagemaker, "CreateTrainingJob", given)
    assert sagemaker.list_training_jobs(NameContains="refused")["TrainingJobSummaries"] == []


@pytest.mark.parametrize(
    ("service", "operation", "member", "given"), OTHERS, ids=[f"{s}-{o}-{m}" for s, o, m, _ in OTHERS]
)
def test_what_is_not_taken_is_refused_by_its_name(
    cloud: RunningCloud, service: str, operation: str, member: str, given: dict[str, Any]
) -> None:
    message = refused(cloud.client(service, ACCOUNT), operation, given or schedule())

    assert member in message
    assert f"{service}:{operation}" in message


def refused(client: Any, operation: str, given: dict[str, Any]) -> str:
    with pytest.raises(ClientError) as error:
        getattr(client, botocore.xform_name(operation))(**given)
    assert error.value.response["Error"]["Code"] == "NotEmulated"
    return str(error.value.response["Error"]["Message"])


@pytest.fixture(scope="module")
def execution_role(cloud: RunningCloud) -> str:
    return make_role(cloud, "serving", [], trust={"Service": "sagemaker.amazonaws.com"})


def test_an_endpoint_that_cannot_be_served_is_not_made(cloud: RunningCloud, execution_role: str) -> None:
    sagemaker = cloud.client("sagemaker", ACCOUNT)
    container = {"Image": "registry/nobodys:1"}
    sagemaker.create_model(ModelName="nobodys", ExecutionRoleArn=execution_role, PrimaryContainer=container)
    sagemaker.create_endpoint_config(**config(variant={"ModelName": "nobodys"}))

    message = refused(sagemaker, "CreateEndpoint", {"EndpointName": "nobodys", "EndpointConfigName": "refused"})

    assert "the local cloud has no image 'nobodys:1'" in message
    assert sagemaker.list_endpoints(NameContains="nobodys")["Endpoints"] == []


def test_models_and_variants_that_aws_refuses_are_refused(cloud: RunningCloud, execution_role: str) -> None:
    sagemaker = cloud.client("sagemaker", ACCOUNT)
    container = {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": f"{S3_PREFIX}/"}
    for containers in ({}, {"PrimaryContainer": container, "Containers": [container]}):
        with pytest.raises(ClientError, match=r"ValidationException.*either PrimaryContainer or Containers"):
            sagemaker.create_model(ModelName="wrong", ExecutionRoleArn=execution_role, **containers)
    twice = config()
    twice["ProductionVariants"] *= 2
    with pytest.raises(ClientError, match=r"ValidationException.*\['a'\] more than once"):
        sagemaker.create_endpoint_config(**twice)
    sagemaker.create_model(
        ModelName="listed", ExecutionRoleArn=execution_role, Containers=[container], EnableNetworkIsolation=True
    )
    described = sagemaker.describe_model(ModelName="listed")
    assert described["Containers"] == [container]
    assert described["EnableNetworkIsolation"] is True
    assert "PrimaryContainer" not in described


def test_executions_of_nothing_are_none_of_the_servers_faults(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError, match=r"ValidationException.*stateMachineArn"):
        cloud.client("stepfunctions", ACCOUNT).list_executions()
