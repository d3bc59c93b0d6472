"""Where a deployed stack keeps things, from its outputs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from contract.names import package_group
from perennial.errors import OperatorError

_OUTPUTS = {
    "bucket": "ArtifactBucketName",
    "endpoint": "EndpointName",
    "deployment_arn": "DeploymentStateMachineArn",
    "app": "ScheduleGroupName",
    "table": "StateTableName",
    "history_table": "HistoryTableName",
}
# Only the training account has these.
_RETRAINING = "RetrainingStateMachineArn"
_SAGEMAKER_ROLE = "SageMakerRoleArn"
_NETWORK = {"Subnets": "SageMakerSubnetIds", "SecurityGroupIds": "SageMakerSecurityGroupIds"}


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One account's stack.

    Args:
        name: of the stack.
        bucket: artifact bucket.
        endpoint: the account's first endpoint, which all others are named after.
        deployment_arn: the deployment state machine.
        app: name of the app: of its schedule group, in the tag ``perennial:app`` and before the models' names in the
            registry.
        table: state table.
        history_table: append-only history.
        retraining_arn: the retraining state machine, None outside of the training account.
        sagemaker_role_arn: role of SageMaker's jobs, None outside of the training account.
        network: where they run, as VpcConfig; None for a network of AWS, and outside of the training account.
    """

    name: str
    bucket: str
    endpoint: str
    deployment_arn: str
    app: str
    table: str
    history_table: str
    retraining_arn: str | None = None
    sagemaker_role_arn: str | None = None
    network: Mapping[str, list[str]] | None = None

    @classmethod
    def from_outputs(cls, outputs: Mapping[str, str], *, stack_name: str) -> Self:
        """Read the outputs.

        Raises:
            OperatorError: an output is missing.
        """
        missing = sorted(output for output in _OUTPUTS.values() if output not in outputs)
        if missing:
            raise OperatorError(
                f"stack {stack_name} has no output {', '.join(missing)}; it is not a stack of this app, or it "
                f"was deployed from an older version: deploy it again with `cdk deploy {stack_name}`"
            )
        return cls(
            name=stack_name,
            retraining_arn=outputs.get(_RETRAINING),
            sagemaker_role_arn=outputs.get(_SAGEMAKER_ROLE),
            network={member: outputs[output].split(",") for member, output in _NETWORK.items()}
            if set(_NETWORK.values()) <= set(outputs)
            else None,
            **{field: outputs[output] for field, output in _OUTPUTS.items()},
        )

    @property
    def training(self) -> str:
        """The retraining state machine.

        Raises:
            OperatorError: this is not the training account.
        """
        if self.retraining_arn is None:
            raise OperatorError(
                f"stack {self.name} only serves; models are retrained, approved and rejected in the training account: "
                "give its stack with --stack and its credentials"
            )
        return self.retraining_arn

    @property
    def sagemaker_role(self) -> str:
        """Role of SageMaker's jobs.

        Raises:
            OperatorError: this is not the training account, or an older version is deployed.
        """
        _ = self.training
        if self.sagemaker_role_arn is None:
            raise OperatorError(
                f"stack {self.name} has no output {_SAGEMAKER_ROLE}: it was deployed from an older version, deploy it "
                f"again with `cdk deploy {self.name}`"
            )
        return self.sagemaker_role_arn

    def group(self, model: str) -> str:
        """Package group of a model in the training account's registry."""
        return package_group(self.app, model)
