"""Composition root: reads config/, builds one stack an account, and the pipeline that promotes through them."""

import os
import subprocess
import sys
from pathlib import Path

# Source roots are not packages; see constructs/README.md.
sys.path.insert(1, str(Path(__file__).parent / "constructs"))
sys.path.insert(1, str(Path(__file__).parent / "lambda_src"))

import aws_cdk as cdk  # after the source root is known

from config.errors import ConfigError  # after the source root is known
from config.loader import Config, load  # after the source root is known
from contract.names import APP_TAG, STACK_NAMES  # after the source root is known
from stacks.account_stacks import AccountStacks  # after the source root is known
from stacks.promotion_pipeline_stack import PromotionPipelineStack  # after the source root is known


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
    stacks = AccountStacks(config, commit=commit)
    for environment in STACK_NAMES:
        stacks.define(app, environment)
    pipeline = config.accounts.pipeline
    if pipeline is not None:
        PromotionPipelineStack(
            app,
            "PerennialPipeline",
            app_name=config.accounts.app,
            settings=pipeline,
            stacks=stacks,
            env=cdk.Environment(account=pipeline.account_id, region=config.accounts.region),
            description="Perennial: promotes what is on the branch through the accounts",
        )
    cdk.Tags.of(app).add(APP_TAG, config.accounts.app)


def current_commit() -> str:
    """Commit of the code: of a build in CodeBuild, or what is checked out; ``unknown`` outside of both."""
    # https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
    if built := os.environ.get("CODEBUILD_RESOLVED_SOURCE_VERSION"):
        return built
    found = subprocess.run(
        ["git", "rev-parse", "HEAD"],  # noqa: S607  # git is where the user's PATH has it
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or "unknown"


if __name__ == "__main__":
    try:
        configured = load()
        application = cdk.App()
        build(application, configured, commit=current_commit())
    except ConfigError as error:
        # The CDK CLI shows what is written to stderr; a traceback of ours would bury it.
        sys.exit(f"error: {error}")
    application.synth()
