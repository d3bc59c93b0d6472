"""Makes, changes and removes stacks: resources in the order of their dependencies, roll-back when one fails."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from local_cloud.cloudformation import plan, registry
from local_cloud.cloudformation.errors import ResourceFailure, ValidationError
from local_cloud.cloudformation.intrinsics import Scope
from local_cloud.cloudformation.model import ChangeSet, Stack, StackResource
from local_cloud.cloudformation.template import Template
from local_cloud.cloudformation.worker import ClientFactory, Worker
from local_cloud.kernel import runtime
from local_cloud.kernel.work import Work

# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
_RETAINED = frozenset({"Retain", "RetainExceptOnCreate"})
# Kept even if the very operation that made the resource is rolled back.
_RETAINED_AT_ONCE = frozenset({"Retain"})


def pseudo_parameters(stack_name: str, stack_id: str, account_id: str, region: str) -> dict[str, Any]:
    """Values of ``AWS::...``."""
    return {
        "AWS::AccountId": account_id,
        "AWS::Region": region,
        "AWS::Partition": "aws",
        "AWS::URLSuffix": "amazonaws.com",
        "AWS::StackName": stack_name,
        "AWS::StackId": stack_id,
        "AWS::NotificationARNs": [],
    }


def scope_of(
    stack: Stack, template: Template, resolved_parameters: Mapping[str, Any], exports: Mapping[str, str]
) -> Scope:
    """What references resolve to while a stack is worked on."""
    return Scope(
        template=template,
        parameters=resolved_parameters,
        pseudo=pseudo_parameters(stack.name, stack.id, stack.account_id, stack.region),
        physical_ids={name: resource.physical_id for name, resource in stack.resources.items()},
        attributes={name: resource.attributes for name, resource in stack.resources.items()},
        exports=exports,
    )


def names_of(stacks: Sequence[str]) -> str:
    """As CloudFormation lists them: ``a, b and c``."""
    *most, last = sorted(stacks)
    return f"{', '.join(most)} and {last}" if most else last


class Operation:
    """One create, update or delete of a stack, in a thread of its own.

    Args:
        stack: worked on in place.
        client: makes clients with the stack's role, or the caller's credentials.
        exports: of the account and region.
        importers: names of the stacks that import what this one exports, by export.
    """

    def __init__(
        self,
        stack: Stack,
        *,
        client: ClientFactory,
        exports: Mapping[str, str],
        importers: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._stack = stack
        self._importers = importers or {}
        self._worker = Worker(stack, client=client)
        self._exports = exports

    def start(self, work: Callable[[], None]) -> Work:
        """Run in the background; whatever goes wrong shows in the stack's status."""
        return runtime.current().background.start(self._stack.id, lambda _: work(), fail=self._fail)

    def _fail(self, error: Exception) -> None:
        failed = "DELETE_FAILED" if "DELETE" in self._stack.status else "ROLLBACK_FAILED"
        prefix = "UPDATE_" if self._stack.status.startswith("UPDATE") and failed == "ROLLBACK_FAILED" else ""
        self._stack.record(status=prefix + failed, reason=f"local cloud: {error}")

    def deploy(self, change_set: ChangeSet, *, rollback: bool) -> None:
        """Bring the stack to what a change set says, or back."""
        stack = self._stack
        creating = not stack.template
        word = "CREATE" if creating else "UPDATE"
        self._worker.rolls_back, self._worker.tags = rollback, change_set.tags
        stack.rolls_back, stack.replaced = rollback, {}
        before = (stack.template, stack.resolved_parameters)
        try:
            self._converge(
                change_set.template,
                change_set.resolved_parameters,
                cleaning=f"{word}_COMPLETE",
                check=lambda: self._check_outputs(change_set),
            )
        except ResourceFailure as error:
            if not rollback:
                stack.record(status=f"{word}_FAILED", reason=str(error))
                return
            if change_set.on_failure == "DELETE":
                stack.record(status="DELETE_IN_PROGRESS", reason=f"{error}. Delete requested by user.")
                self.delete(keep=_RETAINED_AT_ONCE)
                return
            self._roll_back(str(error), creating=creating, before=before)
            return
        self._take_over(change_set)
        stack.updated_at = None if creating else datetime.now(UTC)
        stack.record(status=f"{word}_COMPLETE")

    def go_back(self, reason: str) -> None:
        """Roll back what an earlier process left in the middle."""
        stack = self._stack
        if (attempted := stack.attempted) is not None:
            # Nobody knows whether the call took effect.
            stack.resources[attempted.logical_id], stack.attempted = attempted, None
        before = (stack.template, stack.resolved_parameters)
        self._roll_back(reason, creating=not stack.template, before=before)

    def adopt(self, change_set: ChangeSet) -> None:
        """Take resources that exist into the stack, without a change to any of them."""
        stack, adopted = self._stack, change_set.imports or {}
        wanted = plan.wanted(scope_of(stack, change_set.template, change_set.resolved_parameters, self._exports))
        graph = {name: plan.dependencies(resource, set(wanted)) for name, resource in wanted.items()}
        try:
            for logical_id in (name for name in plan.order(graph) if name in adopted):
                self._adopt_one(logical_id, wanted[logical_id], change_set, graph[logical_id])
        except ResourceFailure as error:
            stack.record(status="IMPORT_ROLLBACK_IN_PROGRESS", reason=str(error))
            for logical_id in adopted:
                stack.resources.pop(logical_id, None)
            stack.record(status="IMPORT_ROLLBACK_COMPLETE")
            return
        self._take_over(change_set)
        stack.record(status="IMPORT_COMPLETE")

    def _adopt_one(
        self, logical_id: str, wanted: Mapping[str, Any], change_set: ChangeSet, depends_on: frozenset[str]
    ) -> None:
        resource_type = registry.find(wanted["Type"])
        scope = scope_of(self._stack, change_set.template, change_set.resolved_parameters, self._exports)
        found = StackResource(
            logical_id=logical_id,
            type=resource_type.name,
            physical_id=(change_set.imports or {})[logical_id],
            properties=scope.resolve(wanted.get("Properties", {})),
            attributes={},
            deletion_policy=wanted.get("DeletionPolicy", "Delete"),
            status="IMPORT_COMPLETE",
            updated_at=datetime.now(UTC),
            depends_on=depends_on,
        )
        self._worker.adopt(found, resource_type)

    def _take_over(self, change_set: ChangeSet) -> None:
        stack = self._stack
        stack.template, stack.template_body = change_set.template, change_set.template_body
        stack.parameters, stack.resolved_parameters = change_set.parameters, change_set.resolved_parameters
        stack.tags, stack.capabilities = change_set.tags, change_set.capabilities
        stack.description = change_set.template.get("Description")
        stack.outputs = self._outputs(change_set.template, change_set.resolved_parameters)

    def delete(self, *, keep: frozenset[str] = _RETAINED) -> None:
        """Remove the stack and all of its resources whose deletion policy is none of those to keep."""
        stack = self._stack
        failures = self._remove(set(stack.resources), keep=keep)
        if failures:
            stack.record(
                status="DELETE_FAILED",
                reason=f"The following resource(s) failed to delete: [{', '.join(sorted(failures))}]. ",
            )
            return
        stack.deleted_at = datetime.now(UTC)
        stack.record(status="DELETE_COMPLETE")

    def _roll_back(self, reason: str, *, creating: bool, before: tuple[Template, Mapping[str, Any]]) -> None:
        stack = self._stack
        if creating:
            stack.record(status="ROLLBACK_IN_PROGRESS", reason=f"{reason}. Rollback requested by user.")
            failures = self._remove(set(stack.resources), keep=_RETAINED_AT_ONCE)
            stack.record(status="ROLLBACK_FAILED" if failures else "ROLLBACK_COMPLETE")
            return
        stack.record(status="UPDATE_ROLLBACK_IN_PROGRESS", reason=reason)
        surplus, self._worker.tags = self._take_replaced_again(), stack.tags
        try:
            self._converge(*before, cleaning="UPDATE_ROLLBACK_COMPLETE", surplus=surplus)
        except ResourceFailure as error:
            stack.record(status="UPDATE_ROLLBACK_FAILED", reason=str(error))
            return
        stack.record(status="UPDATE_ROLLBACK_COMPLETE")

    def _take_replaced_again(self) -> list[StackResource]:
        """Use what was replaced as before, and give what took its place."""
        taken, resources = [], self._stack.resources
        for logical_id, old in self._stack.replaced.items():
            # Who makes these is told to go back, and says itself which one is surplus then.
            if not registry.find(old.type).is_told_to_go_back:
                taken.append(resources[logical_id])
                resources[logical_id] = old
        self._stack.replaced = {}
        return taken

    def _check_outputs(self, change_set: ChangeSet) -> None:
        try:
            outputs = self._outputs(change_set.template, change_set.resolved_parameters).values()
        except ValidationError as error:
            raise ResourceFailure(str(error)) from error
        values = {output["ExportName"]: output["OutputValue"] for output in outputs if "ExportName" in output}
        for name, importing in self._importers.items():
            if values.get(name) != self._exports.get(name):
                change = "updated" if name in values else "deleted"
                raise ResourceFailure(f"Export {name} cannot be {change} as it is in use by {names_of(importing)}")

    def _converge(
        self,
        template: Template,
        parameters: Mapping[str, Any],
        *,
        cleaning: str,
        check: Callable[[], None] | None = None,
        surplus: Sequence[StackResource] = (),
    ) -> None:
        stack = self._stack
        scope = scope_of(stack, template, parameters, self._exports)
        wanted = plan.wanted(scope)
        graph = {name: plan.dependencies(resource, set(wanted)) for name, resource in wanted.items()}
        for logical_id in plan.order(graph):
            scope = scope_of(stack, template, parameters, self._exports)
            self._worker.bring(logical_id, wanted[logical_id], scope, graph[logical_id])
        if check:
            check()
        obsolete = set(stack.resources) - set(wanted)
        removed = [
            *surplus,
            *(
                old
                for logical_id, old in self._stack.replaced.items()
                if wanted[logical_id].get("UpdateReplacePolicy", "Delete") == "Delete"
            ),
        ]
        self._stack.replaced = {}
        if obsolete or removed:
            if not cleaning.startswith("CREATE"):
                stack.record(status=f"{cleaning}_CLEANUP_IN_PROGRESS")
            # Those that others depend on were replaced first, and go last.
            for old in reversed(removed):
                self._worker.delete(old)
            self._remove(obsolete, keep=_RETAINED)

    def _remove(self, logical_ids: set[str], *, keep: frozenset[str]) -> set[str]:
        """Remove resources, dependants first; returns the ones that could not be removed."""
        resources = self._stack.resources
        graph = {name: resources[name].depends_on & frozenset(logical_ids) for name in logical_ids}
        failures: set[str] = set()
        for logical_id in reversed(plan.order(graph)):
            resource = resources[logical_id]
            if resource.deletion_policy in keep:
                self._stack.record(
                    status="DELETE_SKIPPED",
                    logical_id=logical_id,
                    physical_id=resource.physical_id,
                    resource_type=resource.type,
                )
            elif not self._worker.delete(resource):
                failures.add(logical_id)
                continue
            del resources[logical_id]
        return failures

    def _outputs(self, template: Template, parameters: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        scope = scope_of(self._stack, template, parameters, self._exports)
        outputs = {}
        for name, output in template.get("Outputs", {}).items():
            if "Condition" in output and not scope.condition(output["Condition"]):
                continue
            outputs[name] = {"OutputKey": name, "OutputValue": str(scope.resolve(output["Value"]))}
            if "Description" in output:
                outputs[name]["Description"] = output["Description"]
            if "Export" in output:
                outputs[name]["ExportName"] = str(scope.resolve(output["Export"]["Name"]))
        return outputs
