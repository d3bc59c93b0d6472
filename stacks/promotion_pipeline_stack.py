"""The promotion pipeline: what is on the branch goes through sandbox and qa to prod, each time proven to serve."""

import json
from pathlib import Path
from typing import Any, final

from aws_cdk import Duration, Environment, RemovalPolicy, Stack, Stage, Tags, pipelines
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codecommit as codecommit
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from config.accounts_schema import TEST_COMMAND, CodeCommitSource, ConnectionSource, Pipeline
from contract.names import APP_TAG, EnvironmentName
from mlops_constructs.compute import pinned_cli
from mlops_constructs.security.acknowledge import acknowledge
from mlops_constructs.security.key_grants import let_logs_use
from mlops_constructs.security.pipeline_roles import acknowledge_pipeline
from mlops_constructs.security.service_role import service_role
from mlops_constructs.stores.access_logs import access_logs
from stacks.account_stacks import AccountStacks

_ROOT = Path(__file__).parents[1]
_CLI_VERSION = str(json.loads((_ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]["aws-cdk"])
_INSTALL_CLI = f"npm install -g aws-cdk@{_CLI_VERSION}"
_RUNTIMES = {"nodejs": "24", "python": "3.11"}
_STAGES: dict[EnvironmentName, str] = {"sandbox": "Sandbox", "qa": "Qa", "prod": "Prod"}
_SOURCE = "Source"


@final
class AccountStage(Stage):
    """Define what is deployed together: the stack of one account.

    Args:
        scope: parent.
        construct_id: id.
        stacks: defines it.
        environment: whose stack.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, stacks: AccountStacks, environment: EnvironmentName
    ) -> None:
        super().__init__(scope, construct_id, env=stacks.env(environment))
        stacks.define(self, environment)


@final
class PromotionPipelineStack(Stack):
    """Define the pipeline, which updates itself first.

    Args:
        scope: parent.
        construct_id: id, also the stack's name.
        app_name: prefix of physical names.
        settings: where the code comes from, and what is done with it before it is deployed.
        stacks: defines the accounts' stacks.
        env: account and region.
        description: of the stack.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        app_name: str,
        settings: Pipeline,
        stacks: AccountStacks,
        env: Environment,
        description: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id, env=env, description=description)
        # CloudFormation's own permissions know a key of the app by it.
        Tags.of(self).add(APP_TAG, app_name)
        self._stacks = stacks
        self._key = kms.Key(
            self,
            "Key",
            description="Artifacts and notifications of Perennial's promotion pipeline",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        let_logs_use(self._key)
        self._log = logs.LogGroup(
            self,
            "Logs",
            encryption_key=self._key,
            log_group_name=f"/aws/codebuild/{app_name}-promotion",
            retention=logs.RetentionDays.SIX_MONTHS,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self._source = self._code(settings.source)
        self._testers: list[iam.Role] = []
        self._pipeline = self._define(f"{app_name}-promotion", settings)
        self._topic = sns.Topic(self, "Approvals", master_key=self._key, enforce_ssl=True)
        self._accounts = [self._promote_to(environment) for environment in _STAGES]
        self._pipeline.build_pipeline()
        self._correct(settings.source)
        acknowledge_pipeline(self._pipeline, roles=self._testers)

    def _code(self, source: ConnectionSource | CodeCommitSource) -> pipelines.CodePipelineSource:
        if isinstance(source, CodeCommitSource):
            repository = codecommit.Repository.from_repository_name(self, "Repository", source.repository)
            return pipelines.CodePipelineSource.code_commit(repository, source.branch, action_name=_SOURCE)
        return pipelines.CodePipelineSource.connection(
            source.repository, source.branch, connection_arn=source.connection_arn, action_name=_SOURCE
        )

    def _define(self, name: str, settings: Pipeline) -> pipelines.CodePipeline:
        return pipelines.CodePipeline(
            self,
            "Pipeline",
            pipeline_name=name,
            pipeline_type=codepipeline.PipelineType.V2,
            synth=pipelines.ShellStep(
                "Synth",
                input=self._source,
                commands=[
                    # The tests have AWS in a process of their own; the build's credentials are none of their business.
                    f'env -u AWS_CONTAINER_CREDENTIALS_RELATIVE_URI sh -c "${TEST_COMMAND}"',
                    "make synth",
                ],
                primary_output_directory="cdk.out",
            ),
            self_mutation=True,
            artifact_bucket=self._artifacts(),
            cross_account_keys=True,
            enable_key_rotation=True,
            # npm's `latest` of the CLI cannot read what the library writes; see package.json.
            cli_version=_CLI_VERSION,
            # One project for all files: the number of resources must not grow with the models' scripts.
            publish_assets_in_parallel=False,
            code_build_defaults=pipelines.CodeBuildOptions(
                build_environment=codebuild.BuildEnvironment(build_image=codebuild.LinuxBuildImage.STANDARD_7_0),
                partial_build_spec=codebuild.BuildSpec.from_object(
                    {"version": "0.2", "phases": {"install": {"runtime-versions": _RUNTIMES}}}
                ),
                logging=codebuild.LoggingOptions(cloud_watch=codebuild.CloudWatchLoggingOptions(log_group=self._log)),
            ),
            synth_code_build_defaults=pipelines.CodeBuildOptions(
                build_environment=codebuild.BuildEnvironment(
                    compute_type=codebuild.ComputeType.LARGE,
                    environment_variables={
                        name: codebuild.BuildEnvironmentVariable(value=value)
                        for name, value in {**settings.variables, TEST_COMMAND: settings.test_command}.items()
                    },
                ),
                timeout=Duration.hours(2),
            ),
        )

    def _artifacts(self) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "Artifacts",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self._key,
            bucket_key_enabled=True,
            versioned=True,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            server_access_logs_bucket=access_logs(self, "AccessLogs"),
            removal_policy=RemovalPolicy.RETAIN,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="expire",
                    expiration=Duration.days(30),
                    noncurrent_version_expiration=Duration.days(30),
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                )
            ],
        )
        acknowledge(
            bucket,
            "NIST.800.53.R5-S3BucketReplicationEnabled",
            reason="artifacts of promotions are made anew from the repository, and expire after a month",
        )
        return bucket

    def _promote_to(self, environment: EnvironmentName) -> pipelines.StageDeployment:
        stage = AccountStage(self, _STAGES[environment], stacks=self._stacks, environment=environment)
        return self._pipeline.add_stage(
            stage,
            pre=self._approval(stage) if environment == "prod" else [],
            post=[self._smoke_test(environment)],
        )

    def _approval(self, stage: Stage) -> list[pipelines.Step]:
        """What has to happen before prod: whoever approves has seen which permissions grow."""
        check = pipelines.ConfirmPermissionsBroadening("Permissions", stage=stage, notification_topic=self._topic)
        approval = pipelines.ManualApprovalStep("Promote", notification_topic=self._topic)
        return pipelines.Step.sequence([check, approval])

    def _correct(self, source: ConnectionSource | CodeCommitSource) -> None:
        """Set right what CDK Pipelines has no option for."""
        pinned_cli.pin_security_check(self._pipeline, install=_INSTALL_CLI, runtimes=_RUNTIMES, log=self._log)
        stacks = [stack for account in self._accounts for stack in account.stacks]
        pinned_cli.publish_assets_with_cli(self._pipeline, install=_INSTALL_CLI, runtimes=_RUNTIMES, stacks=stacks)
        if isinstance(source, ConnectionSource) and ":codeconnections:" in source.connection_arn:
            # The action's prefix must be that of the ARN, the library only knows the older one:
            # https://docs.aws.amazon.com/dtconsole/latest/userguide/rename.html
            role: Any = self._pipeline.pipeline.node.find_child(_SOURCE).node.find_child(_SOURCE)
            iam.Grant.add_to_principal(
                grantee=role.node.find_child("CodePipelineActionRole"),
                actions=["codeconnections:UseConnection"],
                resource_arns=[source.connection_arn],
            )

    def _smoke_test(self, environment: EnvironmentName) -> pipelines.Step:
        names = self._stacks.names(environment)
        role = service_role(
            self,
            f"{_STAGES[environment]}SmokeTester",
            service="codebuild.amazonaws.com",
            description=f"Proves that the endpoint of {environment} serves",
            role_name=names.smoke_tester,
        )
        self._testers.append(role)
        iam.Grant.add_to_principal(grantee=role, actions=["sts:AssumeRole"], resource_arns=[names.smoke_role_arn])
        return pipelines.CodeBuildStep(
            "Smoke",
            input=self._source,
            install_commands=["python -m pip install --quiet -r requirements-smoke.txt"],
            commands=[f"python -m perennial smoke --environment {environment}"],
            role=role,
        )
