"""Defines the roles that the app's services run under: one each, without any permission yet."""

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from constructs import Construct


class ExecutionRoles(Construct):
    """Define one role a service; what a role may do is granted by the constructs that own the resources.

    SageMaker's role exists in every account, so `sagemaker_role` defines it apart from these.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.workflow = self._role("Workflow", "states.amazonaws.com", "Runs the retraining state machine")
        self.etl = self._role("Etl", "glue.amazonaws.com", "Runs the Glue jobs")
        self.functions = self._role("Functions", "lambda.amazonaws.com", "Runs the state machine's functions")
        self.scheduler = self._role("Scheduler", "scheduler.amazonaws.com", "Starts the state machine on schedule")

    def _role(self, construct_id: str, service: str, description: str) -> iam.Role:
        return iam.Role(self, construct_id, assumed_by=_same_account(service), description=description)


def sagemaker_role(scope: Construct, construct_id: str) -> iam.Role:
    """Define the role of SageMaker training jobs and of the endpoint's containers."""
    return iam.Role(
        scope,
        construct_id,
        assumed_by=_same_account("sagemaker.amazonaws.com"),
        description="Runs SageMaker training jobs and serves models",
    )


def _same_account(service: str) -> iam.ServicePrincipal:
    # Confused deputy: the service acts only for resources of this account.
    return iam.ServicePrincipal(service, conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}})
