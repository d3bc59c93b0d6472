"""Grants on the app's SageMaker jobs: training, tuning and processing, as Step Functions runs them to their end.

CDK has no task for tuning and processing jobs, and our states are plain Amazon States Language, so the grants are too.
Reference: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html#sagemaker-iam
"""

from collections.abc import Iterable, Sequence

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from mlops_constructs.security.acknowledge import acknowledge_patterns

# Type of the job, resource of its ARN, and the rule that Step Functions manages to learn of its end.
_JOBS = (
    ("TrainingJob", "training-job", "StepFunctionsGetEventsForSageMakerTrainingJobsRule"),
    ("HyperParameterTuningJob", "hyper-parameter-tuning-job", "StepFunctionsGetEventsForSageMakerTuningJobsRule"),
    ("ProcessingJob", "processing-job", "StepFunctionsGetEventsForSageMakerProcessingJobsRule"),
)
_TRANSFORM = ("TransformJob", "transform-job", "StepFunctionsGetEventsForSageMakerTransformJobsRule")
# Tuning jobs have too short a name for the app's; see the state Hyperparameter Tuning.
_TUNING_NAMES = "t-*"
_NAMED_AT_RUN_TIME = "jobs are named at run time; the prefix is the app's, or the short one of its tuning jobs"


class SageMakerJobs(Construct):
    """Define who may run and read the jobs.

    Args:
        scope: parent.
        construct_id: id.
        app: prefix of the names of training and processing jobs.
        key: encrypts volumes and results.
        role: of the jobs.
        repositories: where AWS publishes the images that they run.
        scores: whether batch transform jobs are among them.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        app: str,
        key: kms.IKey,
        role: iam.IRole,
        repositories: Sequence[ecr.IRepository],
        scores: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        self._scores = scores
        self._app = app
        self._names = {"hyper-parameter-tuning-job": _TUNING_NAMES}
        self._default_name = f"{app}-*"
        self._key = key
        self._role = role
        self._grant_volumes(role)
        # Results are encrypted under a key that the job names:
        # https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createtrainingjob-perms
        key.grant(role, "kms:Encrypt")
        # A processing job has no built-in algorithms, only images; AWS's list for its role has these four actions, and
        # does not leave out images of AWS:
        # https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createprocessingjob-perms
        grant_pull(role, [each.repository_arn for each in repositories])

    def grant_run(self, grantee: iam.IGrantable) -> None:
        """Allow to create jobs, to wait for them and to stop them."""
        self._grant_run(grantee, (*_JOBS, *([_TRANSFORM] if self._scores else [])))

    def grant_transform(self, grantee: iam.IGrantable) -> None:
        """Allow to create batch transform jobs, to wait for and stop them, and to remove the models that they ask."""
        self._grant_run(grantee, [_TRANSFORM])
        arn = self._arn("model", f"{self._app}-*")
        iam.Grant.add_to_principal(grantee=grantee, actions=["sagemaker:DeleteModel"], resource_arns=[arn])
        acknowledge_patterns(grantee, [arn], reason=_NAMED_AT_RUN_TIME)

    def _grant_run(self, grantee: iam.IGrantable, jobs: Iterable[tuple[str, str, str]]) -> None:
        for job, resource, rule in jobs:
            iam.Grant.add_to_principal(
                grantee=grantee,
                actions=[f"sagemaker:{verb}{job}" for verb in ("Create", "Describe", "Stop")]
                + ["sagemaker:AddTags", "sagemaker:ListTags"],
                resource_arns=[self._arn(resource)],
            )
            acknowledge_patterns(grantee, [self._arn(resource)], reason=_NAMED_AT_RUN_TIME)
            iam.Grant.add_to_principal(
                grantee=grantee,
                actions=["events:PutTargets", "events:PutRule", "events:DescribeRule"],
                resource_arns=[Stack.of(self).format_arn(service="events", resource="rule", resource_name=rule)],
            )
        self._grant_pass_role(grantee)
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(actions=["kms:DescribeKey"], resources=[self._key.key_arn])
        )
        self._grant_volumes(grantee)

    def _grant_volumes(self, grantee: iam.IGrantable) -> None:
        """Let SageMaker attach encrypted volumes on behalf of the caller and of the job's role.

        Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createtrainingjob-perms
        """
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["kms:CreateGrant"],
                resources=[self._key.key_arn],
                conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
            )
        )

    def grant_describe(self, grantee: iam.IGrantable) -> None:
        """Allow to read the results of training and tuning jobs."""
        for job, resource, _ in _JOBS[:2]:
            iam.Grant.add_to_principal(
                grantee=grantee, actions=[f"sagemaker:Describe{job}"], resource_arns=[self._arn(resource)]
            )
            acknowledge_patterns(grantee, [self._arn(resource)], reason=_NAMED_AT_RUN_TIME)
        # A tuning job's training jobs are named after it; SageMaker itself makes them.
        trials = self._arn("training-job", _TUNING_NAMES)
        iam.Grant.add_to_principal(grantee=grantee, actions=["sagemaker:DescribeTrainingJob"], resource_arns=[trials])
        acknowledge_patterns(grantee, [trials], reason=_NAMED_AT_RUN_TIME)

    def grant_make_models(self, grantee: iam.IGrantable) -> None:
        """Allow to make and to remove the SageMaker models that batch transform jobs ask."""
        arn = self._arn("model", f"{self._app}-*")
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["sagemaker:CreateModel", "sagemaker:DeleteModel", "sagemaker:AddTags"],
            resource_arns=[arn],
        )
        acknowledge_patterns(grantee, [arn], reason=_NAMED_AT_RUN_TIME)
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
        iam.Grant.add_to_principal(grantee=grantee, actions=["sagemaker:ListModels"], resource_arns=["*"])
        acknowledge_patterns(grantee, ["*"], reason="lists of models know no resources")
        self._grant_pass_role(grantee)

    def _grant_pass_role(self, grantee: iam.IGrantable) -> None:
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[self._role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            )
        )

    def _arn(self, resource: str, name: str | None = None) -> str:
        name = name or self._names.get(resource, self._default_name)
        return Stack.of(self).format_arn(service="sagemaker", resource=resource, resource_name=name)


def grant_pull(role: iam.IRole, repository_arns: Sequence[str]) -> None:
    """Allow containers' role to pull images that others publish.

    CDK's own grant_pull would tag the role for a policy of the repository, which is another account's.
    """
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
    iam.Grant.add_to_principal(grantee=role, actions=pull, resource_arns=list(repository_arns))
    iam.Grant.add_to_principal(grantee=role, actions=["ecr:GetAuthorizationToken"], resource_arns=["*"])
    acknowledge_patterns(role, ["*"], reason="GetAuthorizationToken knows no resources; images are named beside it")


def grant_job_telemetry(scope: Construct, role: iam.IRole, *, log_groups: list[str], namespaces: list[str]) -> None:
    """Allow a job's role to write its logs and metrics.

    Args:
        scope: decides account and region.
        role: of the job.
        log_groups: names, may end in ``*``.
        namespaces: the only CloudWatch namespaces it may write to.
    """
    stack = Stack.of(scope)
    groups = [
        stack.format_arn(
            service="logs", resource="log-group", resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        for name in log_groups
    ]
    role.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            resources=groups,
        )
    )
    acknowledge_patterns(role, groups, reason="the service names the log groups and streams of its jobs")
    grant_metrics(role, namespaces=namespaces)


def grant_metrics(grantee: iam.IGrantable, *, namespaces: list[str]) -> None:
    """Allow to write metrics; PutMetricData has no resource type, the namespace is what can be narrowed."""
    grantee.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": namespaces}},
        )
    )
    acknowledge_patterns(grantee, ["*"], reason="PutMetricData knows no resources; a condition names the namespaces")
