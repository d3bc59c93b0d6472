"""Defines the Lambda functions of the retraining workflow; all come from one asset, lambda_src/."""

from pathlib import Path

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct


class RetrainingFunctions(Construct):
    """Define the functions behind the states Query Training Results, Stage Deployment and Prove Deployment.

    Args:
        scope: parent.
        construct_id: id.
        source: the asset's folder.
        role: one role for all of them; what they read and write is granted by the owners of the resources.
        artifact_bucket_name: passed to the functions.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, source: Path, role: iam.IRole, artifact_bucket_name: str
    ) -> None:
        super().__init__(scope, construct_id)
        self._code = lambda_.Code.from_asset(str(source), exclude=["**/__pycache__", "**/*.pyc"])
        self._role = role
        self._environment = {"ARTIFACT_BUCKET": artifact_bucket_name}
        self.query_training_results = self._function("QueryTrainingResults", timeout=Duration.minutes(1))
        self.stage_deployment = self._function("StageDeployment", timeout=Duration.minutes(15))
        self.prove_deployment = self._function("ProveDeployment", timeout=Duration.minutes(15))

    def grant_invoke(self, grantee: iam.IGrantable) -> None:
        """Allow to invoke all of the functions."""
        for function in (self.query_training_results, self.stage_deployment, self.prove_deployment):
            iam.Grant.add_to_principal(
                grantee=grantee, actions=["lambda:InvokeFunction"], resource_arns=[function.function_arn]
            )

    def _function(self, construct_id: str, *, timeout: Duration) -> lambda_.Function:
        log_group = logs.LogGroup(
            self,
            f"{construct_id}Logs",
            retention=logs.RetentionDays.SIX_MONTHS,
            removal_policy=RemovalPolicy.DESTROY,
        )
        log_group.grant_write(self._role)
        return lambda_.Function(
            self,
            construct_id,
            code=self._code,
            handler=f"retraining.handlers.{_snake(construct_id)}.lambda_handler",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            role=self._role,
            environment=self._environment,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            memory_size=256,
            timeout=timeout,
        )


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
