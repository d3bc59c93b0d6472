"""What every concern of an account stands on: where its data, functions, events and failures go."""

from collections.abc import Mapping
from pathlib import Path
from typing import final

from aws_cdk import Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from config.network_schema import Network
from contract.catalogue import Model
from contract.names import Names
from mlops_constructs.compute.approval_events import ApprovalEvents
from mlops_constructs.compute.function_code import FunctionCode
from mlops_constructs.compute.schedules import Schedules
from mlops_constructs.network.network_interfaces import grant_to_sagemaker
from mlops_constructs.security.service_role import service_role
from mlops_constructs.stores.artifact_store import ArtifactStore
from mlops_constructs.stores.history_table import HistoryTable
from mlops_constructs.stores.model_registry import ModelRegistry
from mlops_constructs.stores.state_table import StateTable
from mlops_constructs.watch.fleet_alarms import FleetAlarms
from mlops_constructs.watch.notifications import Notifications
from stacks import networks

_FUNCTIONS = Path(__file__).parents[1] / "lambda_src"


@final
class Foundation(Construct):
    """Define stores, network, functions' code, schedules, events and alarms of one account, with nothing that runs.

    Args:
        scope: parent.
        construct_id: id.
        names: physical names.
        training: physical names of the training account, whose registry it is.
        network: where functions, jobs and the endpoint run; None for networks of AWS.
        services: are called from the network, besides S3 and DynamoDB.
        catalogue: what the account's functions know of each model.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        training: Names,
        network: Network | None,
        services: Mapping[str, ec2.InterfaceVpcEndpointAwsService],
        catalogue: Mapping[str, Model],
    ) -> None:
        super().__init__(scope, construct_id)
        self.names = names
        self.training = training
        self.artifacts = ArtifactStore(
            self,
            "Artifacts",
            bucket_name=names.bucket,
            access_logs_name=names.access_logs,
            expire_runs_after=Duration.days(30),
        )
        self.placement = networks.place(
            # In the stack itself: the name tags of a network are its constructs' paths.
            Stack.of(self),
            network,
            name=names.app,
            services=services,
            key=self.artifacts.key,
        )
        self.state = StateTable(self, "State", key=self.artifacts.key)
        self.history = HistoryTable(self, "History", key=self.artifacts.key)
        self.notifications = Notifications(self, "Notifications", key=self.artifacts.key)
        self.registry = ModelRegistry(self, "Registry", app=names.app, account_id=training.account_id)
        self.sagemaker_role: iam.IRole = service_role(
            self,
            "SageMakerRole",
            service="sagemaker.amazonaws.com",
            description="Runs SageMaker's jobs and serves models",
        )
        if self.placement:
            grant_to_sagemaker(self.sagemaker_role, self.placement)
        self.alarms = FleetAlarms(self, "Alarms", topic=self.notifications.topic)
        self.alarms.watch_lost_triggers(names.endpoint, self.notifications.dead_letter_queue)
        self.code = FunctionCode(_FUNCTIONS, catalogue=catalogue)
        self.schedules = Schedules(
            self,
            "Schedules",
            group_name=names.schedule_group,
            role=service_role(
                self, "SchedulerRole", service="scheduler.amazonaws.com", description="Starts what is scheduled"
            ),
            dead_letter_queue=self.notifications.dead_letter_queue,
        )
        self.events_role = service_role(
            self,
            "EventsRole",
            service="events.amazonaws.com",
            description="Delivers decisions of the registry and ends of executions",
        )
        self.approvals = ApprovalEvents(
            self,
            "Approvals",
            app=names.app,
            registry_account_id=training.account_id,
            role=self.events_role,
            dead_letter_queue=self.notifications.dead_letter_queue,
        )
        if not self.owns_registry:
            self.approvals.accept()

    @property
    def owns_registry(self) -> bool:
        """Whether this is the training account."""
        return self.names == self.training
