"""AWS::CloudFormation::Stack: a stack within another one, which is made, changed and removed with it.

Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
"""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local_cloud.cloudformation import capabilities, coverage, exports, plan, store, template
from local_cloud.cloudformation.engine import Operation, names_of, scope_of
from local_cloud.cloudformation.errors import InsufficientCapabilitiesError, ResourceFailure, ValidationError
from local_cloud.cloudformation.model import ChangeSet, Region, Stack
from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, tag_map
from local_cloud.kernel.errors import NotEmulatedError


def _create(context: Context, properties: Properties) -> Made:
    region = _region(context)
    parent = store.find_stack(region, context.stack_id)
    name = context.generated_name(most=128)
    stack = Stack(
        name=name,
        id=context.arn("cloudformation", f"stack/{name}/{uuid.uuid4()}"),
        account_id=context.account_id,
        region=context.region,
        status="CREATE_IN_PROGRESS",
        created_at=datetime.now(UTC),
        role_arn=parent.role_arn,
        parent_id=parent.id,
        root_id=parent.root_id or parent.id,
    )
    wanted = _wanted(context, stack, parent, properties)
    region.stacks[stack.id] = stack
    context.initiate(stack.id)
    stack.record(status="CREATE_IN_PROGRESS", reason="User Initiated")
    operation = _operation(context, stack)
    _run(stack, lambda: operation.deploy(wanted, rollback=context.rolls_back), "CREATE")
    if stack.status != "CREATE_COMPLETE":
        raise ResourceFailure(f"Embedded stack {stack.id} was not successfully created: {_reason(stack)}")
    return Made(physical_id=stack.id, attributes=_attributes(stack))


def _update(context: Context, physical_id: str, _old: Properties, new: Properties) -> dict[str, Any]:
    region = _region(context)
    stack = store.find_stack(region, physical_id)
    wanted = _wanted(context, stack, store.find_stack(region, context.stack_id), new)
    operation = _operation(context, stack)
    stack.record(status="UPDATE_IN_PROGRESS", reason="User Initiated")
    _run(stack, lambda: operation.deploy(wanted, rollback=context.rolls_back), "UPDATE")
    if stack.status != "UPDATE_COMPLETE":
        raise ResourceFailure(
            f"Embedded stack {stack.id} was not successfully updated. Currently in {stack.status} with reason: "
            f"{_reason(stack)}"
        )
    return _attributes(stack)


def _delete(context: Context, physical_id: str, _properties: Properties) -> None:
    region = _region(context)
    stack = store.find_stack(region, physical_id)
    if stack.status == "DELETE_COMPLETE":
        return
    if used := exports.importers(region, stack):
        export, importing = min(used.items())
        raise ResourceFailure(f"Cannot delete export {export} as it is in use by {names_of(importing)}.")
    operation = _operation(context, stack)
    stack.record(status="DELETE_IN_PROGRESS", reason="User Initiated")
    _run(stack, operation.delete, "DELETE")
    if stack.status != "DELETE_COMPLETE":
        raise ResourceFailure(f"Embedded stack {stack.id} was not successfully deleted: {_reason(stack)}")


def _region(context: Context) -> Region:
    return store.region_of(context.account_id, context.region)


def _operation(context: Context, stack: Stack) -> Operation:
    region = _region(context)
    return Operation(
        stack,
        client=context.client,
        exports=store.exports_of(region),
        importers=exports.importers(region, stack),
    )


def _run(stack: Stack, work: Callable[[], None], word: str) -> None:
    """Work in the thread of the stack around it."""
    try:
        work()
    except Exception as error:
        stack.record(status=f"{word}_FAILED", reason=str(error))
        if not isinstance(error, ValidationError):
            raise


def _wanted(context: Context, stack: Stack, parent: Stack, properties: Properties) -> ChangeSet:
    """What the nested stack is to become.

    Raises:
        ResourceFailure: its template cannot be read, something of it is not emulated, or its parameters do not fit.
    """

    def read_ssm(name: str) -> str:
        return str(context.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])

    def read_template(url: str) -> template.Template:
        return template.parse(template.read(url, account_id=context.account_id))

    given = [
        {"ParameterKey": key, "ParameterValue": ",".join(map(str, value)) if isinstance(value, list) else _text(value)}
        for key, value in properties.get("Parameters", {}).items()
    ]
    try:
        body = template.read(properties["TemplateURL"], account_id=context.account_id)
        parsed = template.parse(body)
        coverage.check_names(parsed)
        capabilities.check(parsed, parent.capabilities)
        raw, resolved = plan.parameters(parsed, given, {}, read_ssm=read_ssm)
        scope = scope_of(stack, parsed, resolved, store.exports_of(_region(context)))
        coverage.check(plan.wanted(scope), scope, read=read_template)
    except (ValidationError, InsufficientCapabilitiesError, NotEmulatedError) as error:
        raise ResourceFailure(str(error)) from error
    return ChangeSet(
        id="",
        name="",
        stack_id=stack.id,
        stack_name=stack.name,
        type="UPDATE" if stack.template else "CREATE",
        template=parsed,
        template_body=body,
        parameters=raw,
        resolved_parameters=resolved,
        # With those of the stack around it.
        tags=tag_map(properties),
        capabilities=parent.capabilities,
        role_arn=parent.role_arn,
        description=parsed.get("Description"),
        changes=[],
        status="CREATE_COMPLETE",
        status_reason=None,
        execution_status="AVAILABLE",
        created_at=datetime.now(UTC),
    )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _reason(stack: Stack) -> str:
    """Why it failed, from the last event of its own that says so."""
    own = [event.reason for event in stack.events if event.physical_id == stack.id and event.reason]
    return own[-1] if own else stack.status


def _attributes(stack: Stack) -> dict[str, Any]:
    return {f"Outputs.{name}": output["OutputValue"] for name, output in stack.outputs.items()}


register(
    ResourceType(
        name="AWS::CloudFormation::Stack",
        properties=frozenset({"TemplateURL", "Parameters", "Tags"}),
        create=_create,
        update=_update,
        delete=_delete,
    )
)
