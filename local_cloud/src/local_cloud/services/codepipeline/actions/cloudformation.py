"""Deploys stacks: a change set made and executed, a stack made, changed or deleted, as the action's role.

The template goes to CloudFormation in the request itself. How CodePipeline hands it over on AWS is not documented; the
role needs no permission to write it anywhere, and a template may be as large as one in S3.

References:
    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CloudFormation.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.services.codepipeline import artifacts, client_errors, configuration
from local_cloud.services.codepipeline.action import ActionCall, ActionDeclaration, ActionError, ActionResult
from local_cloud.services.codepipeline.actions import parameter_overrides
from local_cloud.services.codepipeline.actions.stacks import REVIEW, Stacks
from local_cloud.services.codepipeline.errors import InvalidActionDeclarationError

_TEMPLATE = ("RoleArn", "TemplatePath")
# What a mode needs besides the name of its stack.
_REQUIRED = {
    "CHANGE_SET_EXECUTE": ("ChangeSetName",),
    "CHANGE_SET_REPLACE": ("ChangeSetName", *_TEMPLATE),
    "CREATE_UPDATE": _TEMPLATE,
    "DELETE_ONLY": ("RoleArn",),
    "REPLACE_ON_FAILURE": _TEMPLATE,
}
_KNOWN = (
    "ActionMode",
    "Capabilities",
    "ChangeSetName",
    "OutputFileName",
    "ParameterOverrides",
    "RoleArn",
    "StackName",
    "TemplateConfiguration",
    "TemplatePath",
)
_CAPABILITIES = frozenset({"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"})
_MAXIMUM_TEMPLATE = 1_000_000
_NOTHING_TO_DO = ("didn't contain changes", "No updates are to be performed")
_DONE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
# A stack that REPLACE_ON_FAILURE deletes first.
_FAILED = frozenset(
    {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED"}
)


class CloudFormationAction:
    """Deploys one stack."""

    def check(self, declaration: ActionDeclaration) -> None:
        """Look at a declaration when the pipeline is made.

        Raises:
            InvalidActionDeclarationError: it cannot run.
        """
        given = declaration.configuration
        configuration.check_names(declaration, known=_KNOWN, required=("ActionMode", "StackName"))
        mode = given["ActionMode"]
        if mode not in _REQUIRED:
            raise _invalid(declaration, "ActionMode", f"must be one of {', '.join(_REQUIRED)}, got {mode}")
        configuration.check_names(declaration, known=_KNOWN, required=_REQUIRED[mode])
        if "TemplatePath" in _REQUIRED[mode]:
            _check_template(declaration)

    def run(self, call: ActionCall) -> ActionResult:
        """Deploy it.

        Raises:
            ActionError: it failed, with CloudFormation's reason.
        """
        modes: Mapping[str, Callable[[ActionCall, Stacks], Mapping[str, Any]]] = {
            "CHANGE_SET_EXECUTE": _execute,
            "CHANGE_SET_REPLACE": _replace,
            "CREATE_UPDATE": _create_or_update,
            "DELETE_ONLY": _delete,
            "REPLACE_ON_FAILURE": _replace_failed,
        }
        stacks = Stacks(call)
        try:
            stack = modes[call.declaration.configuration["ActionMode"]](call, stacks)
        except ClientError as error:
            raise client_errors.failure(error, "cloudformation") from error
        outputs = {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", ())}
        if (file := call.declaration.configuration.get("OutputFileName")) and call.outputs:
            artifacts.store(call, call.outputs[0], {file: json.dumps(outputs).encode()})
        return ActionResult(variables=outputs)


ACTION = CloudFormationAction()


def _replace(call: ActionCall, stacks: Stacks) -> Mapping[str, Any]:
    """Make the change set, in place of one of its name."""
    given = call.declaration.configuration
    name, change_set = given["StackName"], given["ChangeSetName"]
    deployed = _deployed_with(call)
    stack = stacks.find(name)
    if stack is not None:
        stacks.client.delete_change_set(StackName=name, ChangeSetName=change_set)
    is_new = stack is None or stack["StackStatus"] == REVIEW
    made = stacks.client.create_change_set(
        ChangeSetName=change_set, ChangeSetType="CREATE" if is_new else "UPDATE", **deployed
    )
    stacks.report(made["StackId"], f"Change set {change_set} is being created for stack {name}.")
    found = stacks.changes(made["StackId"], made["Id"])
    if found["Status"] == "FAILED" and not _is_empty(found):
        raise ActionError("JobFailed", f"Failed to create change set. Reason: {found.get('StatusReason')}")
    what = "contains no changes" if _is_empty(found) else f"contains {len(found.get('Changes', ()))} changes"
    stacks.report(made["StackId"], f"Change set {change_set} was created for stack {name}; it {what}.")
    return stacks.find(made["StackId"]) or {}


def _execute(call: ActionCall, stacks: Stacks) -> Mapping[str, Any]:
    """Execute the change set; one without changes has nothing to do."""
    given = call.declaration.configuration
    name, change_set = given["StackName"], given["ChangeSetName"]
    found = stacks.client.describe_change_set(StackName=name, ChangeSetName=change_set)
    if _is_empty(found):
        stacks.report(found["StackId"], f"Change set {change_set} contains no changes; stack {name} is as it was.")
        return stacks.find(found["StackId"]) or {}
    stacks.client.execute_change_set(StackName=name, ChangeSetName=change_set)
    stacks.report(found["StackId"], f"Change set {change_set} is being executed on stack {name}.")
    return _done(stacks, found["StackId"], doing="execute change set")


def _create_or_update(call: ActionCall, stacks: Stacks) -> Mapping[str, Any]:
    """Make the stack, or change it."""
    name, deployed = call.declaration.configuration["StackName"], _deployed_with(call)
    return _brought(stacks, name, deployed, stacks.find(name))


def _replace_failed(call: ActionCall, stacks: Stacks) -> Mapping[str, Any]:
    """Make the stack, or change it; one that failed is deleted first."""
    name, deployed = call.declaration.configuration["StackName"], _deployed_with(call)
    stack = stacks.find(name)
    if stack is not None and stack["StackStatus"] in _FAILED:
        _delete(call, stacks)
        stack = None
    return _brought(stacks, name, deployed, stack)


def _brought(
    stacks: Stacks, name: str, deployed: Mapping[str, Any], stack: Mapping[str, Any] | None
) -> Mapping[str, Any]:
    if stack is None:
        stack_id = stacks.client.create_stack(**deployed)["StackId"]
        stacks.report(stack_id, f"Stack {name} is being created.")
        return _done(stacks, stack_id, doing="create stack")
    try:
        stacks.client.update_stack(**deployed)
    except ClientError as error:
        if not _has_nothing_to_do(str(error)):
            raise
        stacks.report(stack["StackId"], f"Stack {name} is as it was: no updates are to be performed.")
        return stack
    stacks.report(stack["StackId"], f"Stack {name} is being updated.")
    return _done(stacks, stack["StackId"], doing="update stack")


def _delete(call: ActionCall, stacks: Stacks) -> Mapping[str, Any]:
    """Delete the stack; one that does not exist is deleted already."""
    given = call.declaration.configuration
    stack = stacks.find(given["StackName"])
    if stack is None:
        return {}
    stacks.client.delete_stack(StackName=given["StackName"], RoleARN=given["RoleArn"])
    stacks.report(stack["StackId"], f"Stack {given['StackName']} is being deleted.")
    ended = stacks.settled(stack["StackId"])
    if ended["StackStatus"] != "DELETE_COMPLETE":
        raise stacks.failure(ended, doing="delete stack")
    return {}


def _done(stacks: Stacks, stack_id: str, *, doing: str) -> Mapping[str, Any]:
    stack = stacks.settled(stack_id)
    if stack["StackStatus"] not in _DONE:
        raise stacks.failure(stack, doing=doing)
    stacks.report(stack_id, f"Stack {stack['StackName']} is {stack['StackStatus']}.")
    return stack


def _deployed_with(call: ActionCall) -> Mapping[str, Any]:
    """What CreateChangeSet, CreateStack and UpdateStack take."""
    given, wanted = call.declaration.configuration, parameter_overrides.of(call)
    return {
        "StackName": given["StackName"],
        "TemplateBody": _template(call),
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in wanted.parameters.items()],
        "Tags": [{"Key": key, "Value": value} for key, value in wanted.tags.items()],
        "Capabilities": _capabilities(given),
        "RoleARN": given["RoleArn"],
    }


def _template(call: ActionCall) -> str:
    name, _, path = call.declaration.configuration["TemplatePath"].partition("::")
    artifact = parameter_overrides.artifact_of(call, name)
    found = artifacts.read(call, artifact, path, limit=parameter_overrides.ARTIFACT_MAXIMUM)
    if len(found) > _MAXIMUM_TEMPLATE:
        raise ActionError("JobFailed", f"Template may not exceed {_MAXIMUM_TEMPLATE} bytes in size.")
    try:
        return found.decode()
    except UnicodeDecodeError as error:
        raise ActionError("JobFailed", f"Template format error: {path} is no text: {error}") from error


def _capabilities(given: Mapping[str, str]) -> list[str]:
    return [item for item in (given.get("Capabilities") or "").split(",") if item]


def _is_empty(change_set: Mapping[str, Any]) -> bool:
    return change_set["Status"] == "FAILED" and _has_nothing_to_do(change_set.get("StatusReason") or "")


def _has_nothing_to_do(reason: str) -> bool:
    return any(part in reason for part in _NOTHING_TO_DO)


def _check_template(declaration: ActionDeclaration) -> None:
    """Look at what the modes without a template take no notice of."""
    given = declaration.configuration
    for name in ("TemplatePath", "TemplateConfiguration"):
        if given.get(name):
            _check_place(declaration, name)
    if unknown := sorted(set(_capabilities(given)) - _CAPABILITIES):
        raise _invalid(declaration, "Capabilities", f"may have {', '.join(sorted(_CAPABILITIES))}, got {unknown[0]}")
    if overrides := given.get("ParameterOverrides"):
        _check_overrides(declaration, overrides)


def _check_place(declaration: ActionDeclaration, name: str) -> None:
    """Look whether a file is in an input artifact."""
    place = declaration.configuration[name]
    artifact, separator, path = place.partition("::")
    if not configuration.is_fixed(place):
        return
    if not (artifact and separator and path):
        raise _invalid(declaration, name, f"must be ArtifactName::FileName, got {place}")
    if artifact not in declaration.inputs:
        raise _invalid(declaration, name, f"names {artifact}, which is none of {', '.join(declaration.inputs) or '[]'}")


def _check_overrides(declaration: ActionDeclaration, overrides: str) -> None:
    if not configuration.is_fixed(overrides):
        return
    try:
        named = parameter_overrides.artifacts_of(parameter_overrides.parse(overrides))
    except parameter_overrides.OverridesError as error:
        raise InvalidActionDeclarationError(f"Action '{declaration.name}': {error}") from error
    if missing := sorted(named - set(declaration.inputs)):
        raise _invalid(declaration, "ParameterOverrides", f"names {missing[0]}, which is no input artifact")


def _invalid(declaration: ActionDeclaration, name: str, problem: str) -> InvalidActionDeclarationError:
    return InvalidActionDeclarationError(f"Action configuration for action '{declaration.name}': {name} {problem}")
