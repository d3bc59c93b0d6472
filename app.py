"""Composition root: reads config/ and builds one stack an account."""

import subprocess
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


def build(app: cdk.App, config: Config, *, commit: str) -> None:
    """Define all stacks.

    Args:
        app: their parent.
        config: all of config/.
        commit: of the code, which registered versions carry.
    """
    if config.accounts.permissions_boundary:
        # Every stack below reads it: https://docs.aws.amazon.com/cdk/v2/guide/customize-permissions-boundaries.html
        boundary = {"name": config.accounts.permissions_boundary}
        app.node.set_context("@aws-cdk/core:permissionsBoundary", boundary)

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
        warehouses=config.accounts.warehouses,
        readers=[names("qa"), names("prod")],
        commit=commit,
        network=config.environment("sandbox").network,
        env=env("sandbox"),
        description="Perennial: retrains, keeps the registry and serves",
    )
    others: dict[EnvironmentName, str] = {"qa": "PerennialQa", "prod": "PerennialProd"}
    for environment, stack_name in others.items():
        ServingStack(
            app,
            stack_name,
            names=names(environment),
            training=names("sandbox"),
            serving=config.environment(environment).serving,
            models=config.models,
            network=config.environment(environment).network,
            env=env(environment),
            description=f"Perennial: serves in {environment}",
        )
    cdk.Tags.of(app).add("perennial:app", config.accounts.app)


def current_commit() -> str:
    """Commit of the checked-out code, ``unknown`` outside of a repository."""
    found = subprocess.run(
        ["git", "rev-parse", "HEAD"],  # noqa: S607  # git is where the user's PATH has it
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or "unknown"


if __name__ == "__main__":
    application = cdk.App()
    build(application, load(), commit=current_commit())
    application.synth()
