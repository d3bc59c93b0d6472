"""Calls that hand a role to a service: the caller needs iam:PassRole on it, and the role must trust the service.

Reference: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from dataclasses import dataclass

from local_cloud.iam.requests import Request


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
    ("states", "CreateStateMachine"): ("roleArn", "states.amazonaws.com"),
    ("states", "UpdateStateMachine"): ("roleArn", "states.amazonaws.com"),
    ("cloudformation", "CreateChangeSet"): ("RoleARN", "cloudformation.amazonaws.com"),
    ("cloudformation", "DeleteStack"): ("RoleARN", "cloudformation.amazonaws.com"),
}


def passed_role(request: Request) -> PassedRole | None:
    """The role that a call hands on, if it does."""
    if request.service == "scheduler" and request.operation in {"CreateSchedule", "UpdateSchedule"}:
        role = (request.parameters.get("Target") or {}).get("RoleArn")
        return PassedRole(role_arn=str(role), service="scheduler.amazonaws.com") if role else None
    if (request.service, request.operation) == ("sagemaker", "CreateHyperParameterTuningJob"):
        role = (request.parameters.get("TrainingJobDefinition") or {}).get("RoleArn")
        return PassedRole(role_arn=str(role), service="sagemaker.amazonaws.com") if role else None
    parameter, service = _ROLES.get((request.service, request.operation), ("", ""))
    update = request.parameters.get("JobUpdate") or {}
    role = request.text(parameter) or str(update.get(parameter) or "")
    if not role:
        return None
    # Some services take a role by its name.
    arn = role if role.startswith("arn:") else f"arn:aws:iam::{request.account_id}:role/{role}"
    return PassedRole(role_arn=arn, service=service)
