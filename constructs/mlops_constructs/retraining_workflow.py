"""Defines the state machine of one retraining run and what its role may do."""

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from mlops_constructs import retraining_definition
from mlops_constructs.retraining_definition import Retraining


class RetrainingWorkflow(Construct):
    """Define the state machine.

    Args:
        scope: parent.
        construct_id: id.
        role: the state machine's role; the owners of the resources grant it what they own.
        run: surroundings of a run.
        key: encrypts what jobs write.
        sagemaker_role: passed to training jobs.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        role: iam.IRole,
        run: Retraining,
        key: kms.IKey,
        sagemaker_role: iam.IRole,
    ) -> None:
        super().__init__(scope, construct_id)
        self.state_machine = sfn.StateMachine(
            self,
            "Resource",
            definition_body=sfn.DefinitionBody.from_string(
                Stack.of(self).to_json_string(retraining_definition.definition(run))
            ),
            query_language=sfn.QueryLanguage.JSONATA,
            role=role,
            logs=sfn.LogOptions(
                level=sfn.LogLevel.ERROR,
                destination=logs.LogGroup(
                    self,
                    "Logs",
                    # Step Functions delivers to this prefix without growing the log resource policy beyond its limit.
                    log_group_name=f"/aws/vendedlogs/states/{run.app}-retraining",
                    retention=logs.RetentionDays.SIX_MONTHS,
                    removal_policy=RemovalPolicy.DESTROY,
                ),
            ),
        )
        self._training_jobs_arn = Stack.of(self).format_arn(
            service="sagemaker", resource="training-job", resource_name=f"{run.app}-*"
        )
        self._grant_training(role, key=key, sagemaker_role=sagemaker_role)

    def grant_describe_training_jobs(self, grantee: iam.IGrantable) -> None:
        """Allow to read the workflow's training jobs."""
        iam.Grant.add_to_principal(
            grantee=grantee, actions=["sagemaker:DescribeTrainingJob"], resource_arns=[self._training_jobs_arn]
        )

    def _grant_training(self, role: iam.IRole, *, key: kms.IKey, sagemaker_role: iam.IRole) -> None:
        """Allow createTrainingJob.sync.

        Reference: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html#sagemaker-iam
        """
        stack = Stack.of(self)
        statements = [
            iam.PolicyStatement(
                actions=[
                    "sagemaker:CreateTrainingJob",
                    "sagemaker:DescribeTrainingJob",
                    "sagemaker:StopTrainingJob",
                    "sagemaker:AddTags",
                    "sagemaker:ListTags",
                ],
                resources=[self._training_jobs_arn],
            ),
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[sagemaker_role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            ),
            iam.PolicyStatement(
                actions=["events:PutTargets", "events:PutRule", "events:DescribeRule"],
                resources=[
                    stack.format_arn(
                        service="events",
                        resource="rule",
                        resource_name="StepFunctionsGetEventsForSageMakerTrainingJobsRule",
                    )
                ],
            ),
            # SageMaker attaches encrypted volumes on behalf of the caller.
            iam.PolicyStatement(
                actions=["kms:CreateGrant"],
                resources=[key.key_arn],
                conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
            ),
            iam.PolicyStatement(actions=["kms:DescribeKey"], resources=[key.key_arn]),
        ]
        for statement in statements:
            role.add_to_principal_policy(statement)


def grant_job_telemetry(scope: Construct, role: iam.IRole, *, log_groups: list[str], namespace: str) -> None:
    """Allow a job's role to write its logs and metrics.

    Args:
        scope: decides account and region.
        role: of the job.
        log_groups: names, may end in ``*``.
        namespace: the only CloudWatch namespace it may write to.
    """
    stack = Stack.of(scope)
    role.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            resources=[
                stack.format_arn(
                    service="logs",
                    resource="log-group",
                    resource_name=name,
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                )
                for name in log_groups
            ],
        )
    )
    # PutMetricData has no resource type; the namespace is what can be narrowed.
    role.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": namespace}},
        )
    )
