"""The stacks of the three accounts, the same whoever deploys them: the CLI by hand, or the promotion pipeline."""

from pathlib import Path

from aws_cdk import Environment, Tags
from constructs import Construct

from config.loader import Config
from contract.names import APP_TAG, STACK_NAMES, TRAINING, EnvironmentName, Names
from stacks import config_warnings
from stacks.account_stack import AccountStack
from stacks.retraining import RetrainingSettings

_ROOT = Path(__file__).parents[1]


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

    def define(self, scope: Construct, environment: EnvironmentName) -> AccountStack:
        """Define an account's stack.

        Args:
            scope: parent; whichever it is, the stack's name and its resources are the same.
            environment: whose stack.
        """
        accounts, settings = self._config.accounts, self._config.environment(environment)
        retrains = environment == TRAINING
        stack = AccountStack(
            scope,
            STACK_NAMES[environment],
            names=self.names(environment),
            training=self.names(TRAINING),
            serving_settings=settings.serving,
            retraining_settings=self._retraining() if retrains else None,
            models=self._config.models,
            network=settings.network,
            pipeline_account=accounts.pipeline.account_id if accounts.pipeline else None,
            env=self.env(environment),
            stack_name=STACK_NAMES[environment],
            description=(
                "Perennial: retrains, keeps the registry and serves"
                if retrains
                else f"Perennial: serves in {environment}"
            ),
        )
        if retrains:
            config_warnings.show(stack, self._config.models)
        # Those of the app do not reach into a pipeline's stages.
        Tags.of(stack).add(APP_TAG, accounts.app)
        return stack

    def _retraining(self) -> RetrainingSettings:
        return RetrainingSettings(
            warehouses=self._config.accounts.warehouses,
            scripts=_ROOT / "glue_scripts",
            library=_ROOT / "glue_scripts" / "library",
            training_source=_ROOT / "training_src",
            queries=self._config.queries,
            readers=[self.names(name) for name in STACK_NAMES if name != TRAINING],
            commit=self._commit,
            isolated=[name for name in STACK_NAMES if self._config.environment(name).network],
        )
