"""Corrects the two projects of a promotion pipeline for which CDK Pipelines lets nobody choose the CLI.

The security check installs npm's ``latest`` of the CLI, and assets are published by cdk-assets, a second tool whose
releases follow the library's format of assemblies later than the CLI's. See docs/decisions/0026-promotion-pipeline.md.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Fn, Stack, pipelines
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import IConstruct

_UNPINNED = '"npm install -g aws-cdk"'
_PHASES = '"phases": {'


def pin_security_check(
    pipeline: pipelines.CodePipeline, *, install: str, runtimes: Mapping[str, str], log: logs.ILogGroup
) -> None:
    """Let the security check of ConfirmPermissionsBroadening use the CLI that everything else uses.

    Args:
        pipeline: built.
        install: command that installs the CLI.
        runtimes: of the build image, by language.
        log: where the check logs to.

    Raises:
        ValueError: the library's build specification is not the one that this corrects.
    """
    project = _project(pipeline, "PipelinesSecurityCheck", "CDKSecurityCheck")
    resource = _resource(project)
    written = json.dumps(Stack.of(pipeline).resolve(resource.source)["buildSpec"])
    phases = f'{_PHASES}"install": {{"runtime-versions": {json.dumps(dict(runtimes))}}},'
    for wrong, right in ((_UNPINNED, json.dumps(install)), (_PHASES, phases)):
        # The specification is a text with references in it, so it is JSON within JSON.
        old, new = (json.dumps(part)[1:-1] for part in (wrong, right))
        if written.count(old) != 1:
            raise ValueError(
                f"the security check of this version of aws-cdk-lib has {written.count(old)} x {wrong}, expected one; "
                "look whether it lets one choose the CLI by now"
            )
        written = written.replace(old, new)
    resource.add_property_override("Source.BuildSpec", json.loads(written))
    resource.add_property_override(
        "LogsConfig.CloudWatchLogs", {"Status": "ENABLED", "GroupName": Stack.of(pipeline).resolve(log.log_group_name)}
    )
    log.grant_write(project)


def publish_assets_with_cli(
    pipeline: pipelines.CodePipeline,
    *,
    install: str,
    runtimes: Mapping[str, str],
    stacks: Sequence[pipelines.StackDeployment],
) -> None:
    """Publish all files with the CLI, which also looks, in each stack's deploy role, how the account is bootstrapped.

    Args:
        pipeline: built, with one project that publishes.
        install: command that installs the CLI.
        runtimes: of the build image, by language.
        stacks: whose files are published.
    """
    specification = {
        "version": "0.2",
        "phases": {
            "install": {"runtime-versions": dict(runtimes), "commands": [install]},
            "build": {
                "commands": [
                    f"cdk -a . publish-assets {stack.construct_path} --unstable=publish-assets --verbose"
                    for stack in stacks
                ]
            },
        },
    }
    project = _project(pipeline, "Assets", "FileAsset")
    _resource(project).add_property_override("Source.BuildSpec", json.dumps(specification, indent=2))
    deploy_roles = [Fn.sub(stack.assume_role_arn) for stack in stacks if stack.assume_role_arn]
    iam.Grant.add_to_principal(grantee=project, actions=["sts:AssumeRole"], resource_arns=deploy_roles)


def _project(pipeline: pipelines.CodePipeline, *path: str) -> codebuild.Project:
    found: Any = pipeline
    for name in path:
        found = found.node.find_child(name)
    return found  # type: ignore[no-any-return]  # jsii knows a node's children as constructs only


def _resource(construct: IConstruct) -> Any:
    return construct.node.default_child
