"""The stack of one account: which concerns it has, and how they are wired."""

from collections.abc import Sequence
from typing import final

from aws_cdk import CfnOutput, Environment, Stack
from constructs import Construct

from config import accounts_schema
from config.network_schema import Network
from config.schema import Model
from contract.catalogue import Model as ModelSettings
from contract.names import Names
from mlops_constructs.watch.execution_events import ExecutionEvents
from stacks import batch_transform, model_catalogue, retraining, serving, serving_groups
from stacks.foundation import Foundation
from stacks.model_files import ModelFiles
from stacks.retraining import Retraining, RetrainingSettings
from stacks.serving import Serving

# CDK leaves this id out of logical ids, and a scope has one child of an id. So the concerns that existed before they
# were constructs lie within each other, and their resources keep the ids that they were deployed with. A new concern
# gets an id that says what it is. See docs/decisions/0055-accounts-by-composition.md.
_SAME_LOGICAL_IDS = "Default"


@final
class AccountStack(Stack):
    """Define what one account has: it serves, and the training account retrains.

    Args:
        scope: parent.
        construct_id: id, also the stack's name if it has no other.
        names: physical names.
        training: physical names of the training account.
        serving_settings: of each endpoint.
        retraining_settings: of the training account; None where models are only served.
        models: all models.
        network: where functions, jobs and endpoints run; None for networks of AWS.
        pipeline_account: the account that the promotion pipeline runs in, None without one.
        env: account and region, both concrete.
        stack_name: physical name.
        description: of the stack.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        training: Names,
        serving_settings: accounts_schema.Serving,
        retraining_settings: RetrainingSettings | None,
        models: Sequence[Model],
        network: Network | None = None,
        pipeline_account: str | None = None,
        env: Environment,
        stack_name: str | None = None,
        description: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id, env=env, stack_name=stack_name, description=description)
        files = self._files(retraining_settings)
        catalogue = self._catalogue(names, models, files, serving_instance=serving_settings.instance_type)
        serving_groups.check(catalogue)
        self.foundation = Foundation(
            self,
            _SAME_LOGICAL_IDS,
            names=names,
            training=training,
            network=network,
            services=serving.SERVICES | (retraining.SERVICES if retraining_settings else {}),
            catalogue=catalogue,
        )
        self.serving = Serving(
            self.foundation,
            _SAME_LOGICAL_IDS,
            foundation=self.foundation,
            settings=serving_settings,
            repositories=model_catalogue.framework_repositories(
                models, region=names.region, serving_instance=serving_settings.instance_type
            ),
        )
        executions = self._executions()
        executions.watch(self.serving.deployment.state_machine)
        if retraining_settings is not None and files is not None:
            retrains = self._retrain(models, retraining_settings, files)
            executions.watch(retrains.workflow.state_machine)
            if retrains.transforms:
                executions.watch(retrains.transforms.workflow.state_machine)
            batch_transform.allow(self, self.foundation)
        if pipeline_account is not None:
            self.serving.allow_smoke_test(pipeline_account)
        self._outputs()

    def _files(self, settings: RetrainingSettings | None) -> ModelFiles | None:
        """What only the account that retrains needs."""
        if settings is None:
            return None
        return ModelFiles(
            self,
            scripts=settings.scripts,
            library=settings.library,
            queries=settings.queries,
            training_source=settings.training_source,
            isolated=settings.isolated,
        )

    def _catalogue(
        self, names: Names, models: Sequence[Model], files: ModelFiles | None, *, serving_instance: str
    ) -> dict[str, ModelSettings]:
        """What this account's functions know of each model."""
        if files is None:
            return {
                model.name: model_catalogue.decisions(model, names=names, serving_instance=serving_instance)
                for model in models
            }
        for model in models:
            if model.family.code is not None and model.shares_endpoint:
                files.check_shared(model.family.code)
        catalogue = model_catalogue.build(
            models,
            names=names,
            serving_instance=serving_instance,
            code_uri=lambda code, on_gpu: files.code_uri(code, on_gpu=on_gpu),
            evaluation_uri=files.evaluation_uri,
            script_uri=files.script_uri,
            library_uri=files.library_uri,
            query_uri=files.query_uri,
            extract_job_name=names.extract_job,
        )
        # `cdk gc` deletes what no template names, and the catalogue is inside the functions' code.
        self.template_options.metadata = {"perennial:assets": files.hashes}
        return catalogue

    def _executions(self) -> ExecutionEvents:
        """What announces the executions, of any workflow, that end outside of their own failure path."""
        base = self.foundation
        base.notifications.grant_publish(base.events_role)
        return ExecutionEvents(
            self,
            "Executions",
            topic=base.notifications.topic,
            role=base.events_role,
            dead_letter_queue=base.notifications.dead_letter_queue,
        )

    def _retrain(self, models: Sequence[Model], settings: RetrainingSettings, files: ModelFiles) -> Retraining:
        retrains = Retraining(
            self.serving,
            _SAME_LOGICAL_IDS,
            foundation=self.foundation,
            deployment=self.serving.deployment.state_machine,
            models=models,
            settings=settings,
            assets=files.bucket,
        )
        CfnOutput(self, "RetrainingStateMachineArn", value=retrains.workflow.state_machine.state_machine_arn)
        return retrains

    def _outputs(self) -> None:
        base = self.foundation
        for name, value in {
            "ArtifactBucketName": base.artifacts.bucket.bucket_name,
            "EndpointName": base.names.endpoint,
            "DeploymentStateMachineArn": self.serving.deployment.state_machine.state_machine_arn,
            "ScheduleGroupName": base.schedules.group.schedule_group_name,
            "StateTableName": base.state.table.table_name,
            "HistoryTableName": base.history.table.table_name,
            "NotificationTopicArn": base.notifications.topic.topic_arn,
            "DeadLetterQueueUrl": base.notifications.dead_letter_queue.queue_url,
        }.items():
            CfnOutput(self, name, value=value)
