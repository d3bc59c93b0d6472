"""What a reviewer agreed to about the roles: grants that no scenario uses, and calls that are not like others.

An entry that explains nothing any more fails the suite (tests/e2e/test_iam.py), and so does a grant without an entry.
"""

from tests.e2e import iam_pipeline
from tests.support.iam.proof import Agreement, Expectations, Reason

_SANDBOX, _QA, _PROD = "111111111111", "222222222222", "333333333333"
_KEY = "${ArtifactsKey}"
_WORKFLOWS = ("RetrainingRole", "DeploymentRole")
_USERS_OF_TABLES = (*_WORKFLOWS, "RetrainingFunctionsRole", "DeploymentFunctionsRole", "DispatcherRole")
_RULES = "arn:aws:events:*:rule/StepFunctionsGetEventsForSageMaker{}JobsRule"
# What is named after an account's first endpoint.
_ENDPOINTS = "*:endpoint/perennial-*-?"
_ASSETS = "arn:aws:s3:::cdk-hnb659fds-assets-*-us-east-1"

_BY_STEP_FUNCTIONS = (
    Reason(
        roles=("RetrainingRole",),
        actions=("events:PutRule", "events:PutTargets", "events:DescribeRule"),
        resources=tuple(_RULES.format(kind) for kind in ("Training", "Tuning", "Processing")),
        why="Step Functions manages these rules to learn of a job's end; tests/infrastructure/test_managed_grants.py",
    ),
    Reason(
        roles=("RetrainingRole",),
        actions=("sagemaker:ListTags",),
        resources=("*:training-job/*", "*:hyper-parameter-tuning-job/*", "*:processing-job/*"),
        why="Step Functions checks the tags of the jobs it manages; tests/infrastructure/test_managed_grants.py",
    ),
    Reason(
        roles=("RetrainingRole",),
        actions=("glue:GetJobRuns",),
        why="in AWS's list for glue:startJobRun.sync, which may poll by list; tests/infrastructure/test_managed_grants.py",
    ),
    Reason(
        roles=("RetrainingRole",),
        actions=(
            "sagemaker:StopTrainingJob",
            "sagemaker:StopHyperParameterTuningJob",
            "sagemaker:StopProcessingJob",
        ),
        why="only when a run is stopped or times out during the job; local_cloud/tests/integration/step_functions runs it",
    ),
    Reason(
        roles=_WORKFLOWS,
        actions=(
            "logs:CreateLogDelivery",
            "logs:GetLogDelivery",
            "logs:UpdateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:DescribeResourcePolicies",
            "logs:DescribeLogGroups",
        ),
        why="Step Functions sets up the delivery of the state machine's log: "
        "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
    ),
    Reason(
        roles=_WORKFLOWS,
        actions=(
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ),
        why="Step Functions sends the traces of executions: "
        "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html",
    ),
)
_BY_SAGEMAKER = (
    Reason(
        roles=(*_WORKFLOWS, "SageMakerRole"),
        actions=("kms:CreateGrant",),
        why="SageMaker attaches encrypted volumes in the name of the caller and of the job's role: "
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html",
    ),
    Reason(
        roles=_WORKFLOWS,
        actions=("kms:DescribeKey",),
        why="SageMaker looks at the key of a volume before it attaches one",
    ),
    Reason(
        roles=("SageMakerRole",),
        actions=(
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetAuthorizationToken",
            "ecr:GetDownloadUrlForLayer",
        ),
        why="SageMaker pulls a job's image, which the local cloud has no copy of; in AWS's list for a processing job: "
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html",
    ),
    Reason(
        roles=("SageMakerRole",),
        actions=("kms:Encrypt",),
        why="SageMaker asks for it when a job names the key of its results: "
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html",
    ),
    Reason(
        roles=("SageMakerRole",),
        actions=("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"),
        resources=("*/aws/sagemaker/Endpoints/*",),
        why="the containers of the local endpoint write their log to a file",
    ),
    Reason(
        roles=("SageMakerRole",),
        actions=("logs:DescribeLogStreams",),
        resources=(
            "*/aws/sagemaker/ProcessingJobs*",
            "*/aws/sagemaker/TrainingJobs*",
            "*/aws/sagemaker/TransformJobs*",
        ),
        why="SageMaker's log agent, in AWS's list for a job's role",
    ),
    Reason(
        roles=("SageMakerRole",),
        actions=("logs:PutLogEvents",),
        resources=("*/aws/sagemaker/ProcessingJobs*",),
        why="a processing job that has nothing to say writes no line",
        sometimes=True,
    ),
    Reason(
        roles=("SageMakerRole",),
        actions=("cloudwatch:PutMetricData",),
        why="SageMaker's agent measures instances, which the local containers do not have",
    ),
)
_BY_GLUE = (
    Reason(
        roles=("EtlRole",),
        actions=("s3:GetObject", "s3:DeleteObject"),
        resources=("${ArtifactsBucket}/runs/*",),
        why="Spark on Glue renames its temporary objects: it copies and deletes them; the local one commits on disk",
    ),
    Reason(
        roles=("EtlRole",),
        actions=("logs:DescribeLogStreams",),
        why="Glue's agent, in AWS's list for a job's role",
    ),
)
_BY_THE_SDK = (
    Reason(
        roles=("SageMakerRole", "EtlRole", "RetrainingFunctionsRole", "DeploymentFunctionsRole"),
        actions=("s3:AbortMultipartUpload",),
        why="only when a large upload fails half way; parts that stay are paid for",
    ),
)
_BY_CDK = (
    Reason(
        roles=("EtlRole",),
        actions=("s3:GetBucket*", "s3:GetObject*", "s3:List*"),
        resources=(_ASSETS,),
        why="CDK's own grant on the bucket of its assets, made by glue.PySparkEtlJob for the script",
    ),
    Reason(
        roles=("EtlRole",),
        actions=("s3:GetBucket*", "s3:List*"),
        resources=(f"{_ASSETS}/?",),
        why="CDK's own grant on the bucket of its assets, made by glue.PySparkEtlJob for the script",
    ),
    Reason(
        roles=("SchedulerRole",),
        actions=("lambda:InvokeFunction",),
        resources=("${DispatcherDispatchRetraining}:?",),
        why="scheduler_targets.LambdaInvoke grants the function with its versions, which there are none of",
    ),
)
_KEYS = (
    Reason(
        roles=_USERS_OF_TABLES,
        actions=(
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKeyWithoutPlaintext",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
        ),
        resources=(_KEY,),
        why="DynamoDB lists them for callers of a table under a customer-managed key; the local one asks for Decrypt: "
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html",
    ),
    Reason(
        roles=("DispatcherRole",),
        actions=("kms:GenerateDataKey",),
        resources=(_KEY,),
        why="only to put an event into the dead-letter queue, and in DynamoDB's list",
    ),
    Reason(
        roles=("DeploymentRole",),
        actions=("kms:GenerateDataKey",),
        resources=(_KEY,),
        why="only a deployment that fails is announced, which happens to QA's",
        sometimes=True,
    ),
)
_ON_FAILURE = (
    Reason(
        roles=("SchedulerRole",),
        actions=("sqs:SendMessage", "kms:Decrypt", "kms:GenerateDataKey"),
        why="only when a target cannot be called: the event goes to the dead-letter queue",
    ),
    Reason(
        roles=("DispatcherRole",),
        actions=("sqs:SendMessage",),
        why="only when the dispatcher fails three times: Lambda puts the event into the dead-letter queue",
    ),
    Reason(
        roles=("DeploymentRole",),
        actions=("sns:Publish",),
        why="only a deployment that fails is announced, which happens to QA's",
        sometimes=True,
    ),
    Reason(
        roles=("DeploymentRole",),
        actions=("dynamodb:PutItem",),
        resources=("${History}",),
        why="only a deployment that fails is recorded by the workflow itself, which happens to QA's",
        sometimes=True,
    ),
    Reason(
        roles=("DeploymentRole",),
        actions=("states:DescribeExecution", "dynamodb:GetItem"),
        why="only a deployment that finds another one at work looks at the lease's owner",
        sometimes=True,
    ),
    Reason(
        roles=("DeploymentRole",),
        actions=("sagemaker:DeleteEndpoint",),
        why="only when an account's first deployment fails, or every model is gone; tests/faults/test_deployment.py does both",
    ),
    Reason(
        roles=("DeploymentFunctionsRole",),
        actions=(
            "sagemaker:DeleteModel",
            "sagemaker:DeleteEndpointConfig",
            "s3:DeleteObject",
            "cloudwatch:DeleteAlarms",
        ),
        why="only what is older than the last deployments to keep is removed, which an account may not come to",
        sometimes=True,
    ),
)
_SCALING = (
    Reason(
        roles=("DeploymentRole",),
        actions=(
            "sagemaker:UpdateEndpointWeightsAndCapacities",
            "sagemaker:DescribeEndpointConfig",
            "cloudwatch:PutMetricAlarm",
            "cloudwatch:DescribeAlarms",
            "cloudwatch:DeleteAlarms",
            "iam:CreateServiceLinkedRole",
        ),
        why="Application Auto Scaling acts in the name of whoever registers a target: "
        "https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html",
    ),
)

_OTHERS = (
    "only for endpoints besides the first one, which this fleet needs none of; tests/e2e/test_serving_groups.py does"
)
_OF_FURTHER_ENDPOINTS = (
    Reason(
        roles=("DeploymentRole",),
        actions=(
            "sagemaker:CreateEndpoint",
            "sagemaker:UpdateEndpoint",
            "sagemaker:DescribeEndpoint",
            "sagemaker:AddTags",
        ),
        resources=(_ENDPOINTS,),
        why=_OTHERS,
    ),
    Reason(
        roles=("DeploymentFunctionsRole", "SmokeRole"),
        actions=("sagemaker:DescribeEndpoint", "sagemaker:InvokeEndpoint"),
        resources=(_ENDPOINTS,),
        why=_OTHERS,
    ),
    Reason(
        roles=("DeploymentRole",),
        actions=("logs:CreateLogGroup", "logs:TagResource", "logs:PutRetentionPolicy"),
        why=_OTHERS,
    ),
    Reason(
        roles=("DeploymentRole",),
        actions=("states:StartExecution", "states:StopExecution"),
        why=_OTHERS,
    ),
    Reason(
        roles=("DeploymentRole",),
        actions=("events:PutRule", "events:PutTargets", "events:DescribeRule"),
        why="Step Functions manages this rule to learn of the end of an execution that another one started",
    ),
    Reason(
        roles=("DeploymentFunctionsRole",),
        actions=("cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"),
        resources=tuple(f"*:alarm:perennial-*-?-{kind}" for kind in ("errors", "latency", "unapproved", "rollback-?")),
        why=_OTHERS,
    ),
    Reason(
        roles=("DeploymentFunctionsRole",),
        actions=("dynamodb:UpdateItem",),
        why=_OTHERS,
    ),
)

EXPECTED = Expectations(
    unused=(
        *_BY_STEP_FUNCTIONS,
        *_BY_SAGEMAKER,
        *_BY_GLUE,
        *_BY_THE_SDK,
        *_BY_CDK,
        *_KEYS,
        *_ON_FAILURE,
        *_SCALING,
        *_OF_FURTHER_ENDPOINTS,
        *iam_pipeline.UNUSED,
    ),
    denied=(
        *iam_pipeline.DENIED,
        *(
            Agreement(
                principal=f"{account}:DeploymentFunctionsRole",
                actions=("sagemaker:ListModelPackages",),
                resource=f"arn:aws:sagemaker:us-east-1:{_SANDBOX}:model-package-group/perennial-*",
                why="a model that was never registered has no group, and no policy that lets others look; not to be "
                "told from one that keeps them out",
            )
            for account in (_QA, _PROD)
        ),
        Agreement(
            principal=f"{_SANDBOX}:SageMakerRole",
            actions=("s3:ListBucket",),
            resource="arn:aws:s3:::perennial-sandbox-*",
            why="test_an_unknown_target_model_is_a_validation_error: S3 says that a key is missing only to whoever may "
            "list the whole bucket",
        ),
        Agreement(
            principal=f"{_SANDBOX}:RetrainingRole",
            actions=("states:DescribeExecution",),
            resource="somebody else",
            why="test_a_second_run_of_a_model_does_not_start_while_one_runs: the lease's owner is no execution",
        ),
        Agreement(
            principal=f"{_SANDBOX}:EtlRole",
            actions=("s3:ListBucket", "s3:GetObject"),
            resource="arn:aws:s3:::perennial-sandbox-*",
            why="test_a_role_without_a_grant_is_denied_by_name takes the grant away",
        ),
    ),
    crossing=(
        *(
            Agreement(
                principal=f"{account}:DeploymentFunctionsRole",
                actions=actions,
                resource=resource,
                why="QA and prod read what is registered",
            )
            for account in (_QA, _PROD)
            for actions, resource in (
                (
                    ("sagemaker:ListModelPackages",),
                    f"arn:aws:sagemaker:us-east-1:{_SANDBOX}:model-package-group/perennial-*",
                ),
                (
                    ("sagemaker:ListModelPackages", "sagemaker:DescribeModelPackage"),
                    f"arn:aws:sagemaker:us-east-1:{_SANDBOX}:model-package/perennial-*",
                ),
                (("s3:GetObject",), f"arn:aws:s3:::perennial-sandbox-{_SANDBOX}-us-east-1/models/*"),
                (("s3:GetObject",), f"arn:aws:s3:::perennial-sandbox-{_SANDBOX}-us-east-1/evaluations/*"),
                (("kms:Decrypt",), f"arn:aws:kms:us-east-1:{_SANDBOX}:key/*"),
            )
        ),
        *(
            Agreement(
                principal=f"{_SANDBOX}:EventsRole",
                actions=("events:PutEvents",),
                resource=f"arn:aws:events:us-east-1:{account}:event-bus/default",
                why="the training account tells the others of an approval",
            )
            for account in (_QA, _PROD)
        ),
        *iam_pipeline.CROSSING,
    ),
    probes=(
        Agreement(
            principal="*:intruder",
            session="test",
            why="test_isolation: somebody of another account who may do everything there",
        ),
        Agreement(
            principal=f"{_QA}:DeploymentFunctionsRole",
            session="test",
            why="test_isolation: the deployment role, as if its own account had allowed it everything",
        ),
        Agreement(
            principal=f"{_QA}:SmokeRole",
            session="test",
            why="test_promotion_pipeline: the smoke role, which tries everything else",
        ),
    ),
    tools=(
        Agreement(principal="*:cdk-hnb659fds-*", why="the roles of CDK's bootstrap stack, which deploy the app"),
        *iam_pipeline.GITHUB,
    ),
)
