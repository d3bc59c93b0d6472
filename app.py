"""Composition root: reads config/ and builds one stack an account."""

import sys
from pathlib import Path

# Source roots are not packages; see constructs/README.md.
sys.path.insert(1, str(Path(__file__).parent / "constructs"))

import aws_cdk as cdk  # after the source root is known

from config.loader import Config, load  # after the source root is known
from config.schema import EnvironmentName  # after the source root is known
from stacks.names import Names  # after the source root is known
from stacks.serving_stack import ServingStack  # after the source root is known
from stacks.training_stack import TrainingStack  # after the source root is known


def build(app: cdk.App, config: Config) -> None:
    """Define all stacks."""

    def names(environment: EnvironmentName) -> Names:
        return Names(
            app=config.accounts.app,
            environment=environment,
            account_id=config.environment(environment).account_id,
            region=config.accounts.region,
        )

    def env(environment: EnvironmentName) -> cdk.Environment:
        return cdk.Environment(account=config.environment(environment).account_id, region=config.accounts.region)

    TrainingStack(
        app,
        "PerennialSandbox",
        names=names("sandbox"),
        serving=config.environment("sandbox").serving,
        models=config.models,
        env=env("sandbox"),
        description="Perennial: retrains, keeps the registry and serves",
    )
    ServingStack(
        app,
        "PerennialQa",
        names=names("qa"),
        serving=config.environment("qa").serving,
        env=env("qa"),
        description="Perennial: serves in QA",
    )
    ServingStack(
        app,
        "PerennialProd",
        names=names("prod"),
        serving=config.environment("prod").serving,
        env=env("prod"),
        description="Perennial: serves in prod",
    )
    cdk.Tags.of(app).add("perennial:app", config.accounts.app)


if __name__ == "__main__":
    application = cdk.App()
    build(application, load())
    application.synth()
