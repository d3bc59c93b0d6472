"""Calls that hand a role to a service: the caller needs iam:PassRole on it, and the role must trust the service.

Reference: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from dataclasses import dataclass
from typing import Any

from local_cloud.services.iam.requests import Request


@dataclass(frozen=True, kw_only=True)
class PassedRole:
    """A role and the service it is handed to."""

    role_arn: str
    service: str


_ROLES = {
    ("sagemaker", "CreateTrainingJob"): ("RoleArn", "sagemaker.amazonaws.com"),
    ("sagemaker", "CreateProcessingJob"): ("RoleArn", "sagemaker.amazonaws.com"),
    ("sagemaker", "CreateModel"): ("ExecutionRoleArn", "sagemaker.amazonaws.com"),
    ("glue", "CreateJob"): ("Role", "glue.amazonaws.com"),
    ("glue", "UpdateJob"): ("Role", "glue.amazonaws.com"),
    ("lambda", "CreateFunction"): ("Role", "lambda.amazonaws.com"),
    ("lambda", "UpdateFunctionConfiguration"): ("Role", "lambda.amazonaws.com"),
    ("events", "PutRule"): ("RoleArn", "events.amazonaws.com"),
    ("states", "CreateStateMachine"): ("roleArn", "states.amazonaws.com"),
    ("states", "UpdateStateMachine"): ("roleArn", "states.amazonaws.com"),
    ("codebuild", "CreateProject"): ("serviceRole", "codebuild.amazonaws.com"),
    ("codebuild", "UpdateProject"): ("serviceRole", "codebuild.amazonaws.com"),
    ("codebuild", "StartBuild"): ("serviceRoleOverride", "codebuild.amazonaws.com"),
    ("cloudformation", "CreateStack"): ("RoleARN", "cloudformation.amazonaws.com"),
    ("cloudformation", "UpdateStack"): ("RoleARN", "cloudformation.amazonaws.com"),
    ("cloudformation", "CreateChangeSet"): ("RoleARN", "cloudformation.amazonaws.com"),
    ("cloudformation", "DeleteStack"): ("RoleARN", "cloudformation.amazonaws.com"),
}


def passed_roles(request: Request) -> list[PassedRole]:
    """The roles that a call hands on."""
    roles, service = _named_roles(request)
    # Some services take a role by its name.
    return [
        PassedRole(
            role_arn=role if role.startswith("arn:") else f"arn:aws:iam::{request.account_id}:role/{role}",
            service=service,
        )
        for role in dict.fromkeys(roles)
        if role
    ]


def _named_roles(request: Request) -> tuple[list[str], str]:
    call = (request.service, request.operation)
    if call in {("scheduler", "CreateSchedule"), ("scheduler", "UpdateSchedule")}:
        return [_text(request.parameters.get("Target"), "RoleArn")], "scheduler.amazonaws.com"
    if call == ("events", "PutTargets"):
        targets = request.parameters.get("Targets") or []
        return [_text(target, "RoleArn") for target in targets], "events.amazonaws.com"
    if call == ("sagemaker", "CreateHyperParameterTuningJob"):
        definitions = [
            request.parameters.get("TrainingJobDefinition"),
            *(request.parameters.get("TrainingJobDefinitions") or []),
        ]
        return [_text(definition, "RoleArn") for definition in definitions], "sagemaker.amazonaws.com"
    if call in {("codepipeline", "CreatePipeline"), ("codepipeline", "UpdatePipeline")}:
        # The roles of its actions are taken on by the pipeline's own role.
        return [_text(request.parameters.get("pipeline"), "roleArn")], "codepipeline.amazonaws.com"
    parameter, service = _ROLES.get(call, ("", ""))
    return [request.text(parameter) or _text(request.parameters.get("JobUpdate"), parameter)], service


def _text(structure: Any, name: str) -> str:
    return str((structure or {}).get(name) or "")
