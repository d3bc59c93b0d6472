"""The stacks of the three accounts, the same whoever deploys them: the CLI by hand, or the promotion pipeline."""

from typing import Any

from aws_cdk import Environment, Tags
from constructs import Construct

from config.loader import Config
from contract.names import APP_TAG, STACK_NAMES, TRAINING, EnvironmentName, Names
from stacks.serving_stack import ServingStack
from stacks.training_stack import TrainingStack


class AccountStacks:
    """Defines one stack an account.

    Args:
        config: all of config/.
        commit: of the code, which registered versions carry.
    """

    def __init__(self, config: Config, *, commit: str) -> None:
        self._config = config
        self._commit = commit

    def names(self, environment: EnvironmentName) -> Names:
        """Physical names of an account."""
        return Names(
            app=self._config.accounts.app,
            environment=environment,
            account_id=self._config.environment(environment).account_id,
            region=self._config.accounts.region,
        )

    def env(self, environment: EnvironmentName) -> Environment:
        """Account and region."""
        return Environment(
            account=self._config.environment(environment).account_id, region=self._config.accounts.region
        )

    def define(self, scope: Construct, environment: EnvironmentName) -> ServingStack:
        """Define an account's stack.

        Args:
            scope: parent; whichever it is, the stack's name and its resources are the same.
            environment: whose stack.
        """
        common: dict[str, Any] = {
            "names": self.names(environment),
            "serving": self._config.environment(environment).serving,
            "models": self._config.models,
            "network": self._config.environment(environment).network,
            "pipeline_account": self._config.accounts.pipeline.account_id if self._config.accounts.pipeline else None,
            "env": self.env(environment),
            "stack_name": STACK_NAMES[environment],
        }
        stack: ServingStack
        if environment == TRAINING:
            stack = TrainingStack(
                scope,
                STACK_NAMES[environment],
                warehouses=self._config.accounts.warehouses,
                queries=self._config.queries,
                readers=[self.names(name) for name in STACK_NAMES if name != TRAINING],
                commit=self._commit,
                description="Perennial: retrains, keeps the registry and serves",
                **common,
            )
        else:
            stack = ServingStack(
                scope,
                STACK_NAMES[environment],
                training=self.names(TRAINING),
                description=f"Perennial: serves in {environment}",
                **common,
            )
        # Those of the app do not reach into a pipeline's stages.
        Tags.of(stack).add(APP_TAG, self._config.accounts.app)
        return stack
