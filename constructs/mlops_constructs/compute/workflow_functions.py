"""Defines Lambda functions behind the states of a workflow."""

from collections.abc import Iterable

from aws_cdk import Duration, RemovalPolicy, Size
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from contract.settings import Settings
from mlops_constructs.network.network_interfaces import grant_to_functions
from mlops_constructs.network.placement import Placement
from mlops_constructs.security.acknowledge import acknowledge


class WorkflowFunctions(Construct):
    """Define functions that share code, role and place.

    Args:
        scope: parent.
        construct_id: id.
        code: all of lambda_src/.
        package: the handlers lie in ``<package>.handlers``.
        role: of all functions; what they read and write is granted by the owners of the resources.
        key: encrypts the logs.
        placement: the functions' network; None for one of Lambda's own.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        code: lambda_.Code,
        package: str,
        role: iam.IRole,
        key: kms.IKey,
        placement: Placement | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._code = code
        self._package = package
        self._role = role
        self._key = key
        self._placement = placement
        if placement:
            grant_to_functions(role, placement)

    def add(
        self,
        handler: str,
        *,
        settings: Settings,
        timeout: Duration,
        memory_mb: int = 256,
        storage: Size | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
    ) -> lambda_.Function:
        """Define one function.

        Args:
            handler: module of the handler.
            settings: what it reads from its environment.
            timeout: of one call.
            memory_mb: memory.
            storage: space for temporary files, Lambda's own default when None.
            dead_letter_queue: keeps asynchronous events that the function could not handle.
        """
        construct_id = "".join(part.capitalize() for part in handler.split("_"))
        log_group = logs.LogGroup(
            self,
            f"{construct_id}Logs",
            retention=logs.RetentionDays.SIX_MONTHS,
            encryption_key=self._key,
            removal_policy=RemovalPolicy.DESTROY,
        )
        log_group.grant_write(self._role)
        place = self._placement
        function = lambda_.Function(
            self,
            construct_id,
            code=self._code,
            handler=f"{self._package}.handlers.{handler}.lambda_handler",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            role=self._role,
            environment=settings.as_env(),
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            memory_size=memory_mb,
            ephemeral_storage_size=storage,
            timeout=timeout,
            dead_letter_queue=dead_letter_queue,
            vpc=place.vpc if place else None,
            vpc_subnets=ec2.SubnetSelection(subnets=place.subnets) if place else None,
            security_groups=[place.functions_group] if place else None,
        )
        _acknowledge(function, synchronous=dead_letter_queue is None, placed=place is not None)
        return function


def _acknowledge(function: lambda_.Function, *, synchronous: bool, placed: bool) -> None:
    acknowledge(
        function,
        "NIST.800.53.R5-LambdaConcurrency",
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
        reason="called once at a time by each run or schedule; a reservation would be taken from the account's quota, "
        "which in a new account is too small to deploy with one",
    )
    if not placed:
        acknowledge(
            function,
            "NIST.800.53.R5-LambdaInsideVPC",
            reason="it calls AWS services only, each by its role's grants; a network of one's own is config's choice",
        )
    if synchronous:
        acknowledge(
            function,
            "NIST.800.53.R5-LambdaDLQ",
            reason="a state machine calls it and waits: errors are its answer, which the state retries and catches",
        )


def grant_invoke(grantee: iam.IGrantable, functions: Iterable[lambda_.IFunction]) -> None:
    """Allow to invoke functions, without their versions and aliases, which there are none of."""
    iam.Grant.add_to_principal(
        grantee=grantee,
        actions=["lambda:InvokeFunction"],
        resource_arns=[function.function_arn for function in functions],
    )
