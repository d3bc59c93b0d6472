"""Makes, changes and removes one resource of a stack, and records what comes of it."""

import dataclasses
import functools
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.cloudformation import names, registry
from local_cloud.cloudformation.errors import ResourceFailure, ValidationError
from local_cloud.cloudformation.intrinsics import Scope
from local_cloud.cloudformation.model import Stack, StackResource
from local_cloud.cloudformation.registry import Context, Made, ResourceType
from local_cloud.kernel import unforeseen
from local_cloud.kernel.errors import LocalCloudError

ClientFactory = Callable[[str], Any]
# Who raises them says why.
_FORESEEN = (ClientError, BotoCoreError, ResourceFailure, ValidationError, LocalCloudError)


class Worker:
    """Works on the resources of one stack, one after the other.

    Args:
        stack: worked on in place.
        client: makes clients with the stack's role, or the caller's credentials.
    """

    def __init__(self, stack: Stack, *, client: ClientFactory) -> None:
        self._stack = stack
        # Making a client takes longer than most calls.
        self._client = functools.cache(client)
        self.rolls_back = True
        # Of the stack that it is to become; its resources have them too.
        self.tags: Mapping[str, str] = stack.tags

    def bring(self, logical_id: str, wanted: Mapping[str, Any], scope: Scope, depends_on: frozenset[str]) -> None:
        """Make or change a resource, unless it is as it is wanted.

        Args:
            logical_id: of the resource.
            wanted: as the template has it.
            scope: resolves its properties.
            depends_on: logical ids of what it is made after.

        Raises:
            ResourceFailure: it cannot be made or changed.
        """
        stack = self._stack
        old = stack.resources.get(logical_id)
        verb = "CREATE" if old is None else "UPDATE"
        resource_type, properties = self._resolved(verb, logical_id, wanted, scope)
        aim = StackResource(
            logical_id=logical_id,
            type=wanted["Type"],
            physical_id=old.physical_id if old else "",
            properties=properties,
            attributes={},
            deletion_policy=wanted.get("DeletionPolicy", "Delete"),
            status=f"{verb}_COMPLETE",
            updated_at=datetime.now(UTC),
            depends_on=depends_on,
        )
        if old is None:
            stack.resources[logical_id] = self._create(aim, resource_type)
        elif _is_as_wanted(old, aim):
            old.deletion_policy, old.depends_on = aim.deletion_policy, depends_on
        elif _is_replaced(old, aim, resource_type):
            made = stack.resources[logical_id] = self._create(aim, resource_type, old)
            # Who makes it may have called it as before.
            if (made.type, made.physical_id) != (old.type, old.physical_id):
                stack.replaced[logical_id] = old
        else:
            stack.resources[logical_id] = self._update(old, aim, resource_type)

    def adopt(self, aim: StackResource, resource_type: ResourceType) -> None:
        """Take a resource that exists into the stack as it is.

        Raises:
            ResourceFailure: there is none, or its type cannot be imported.
        """

        def work() -> StackResource:
            resource_type.check(aim.properties)
            if resource_type.adopt is None:
                raise ResourceFailure(f"the local cloud does not emulate the import of {resource_type.name}")
            return dataclasses.replace(aim, attributes=resource_type.adopt(self._context(aim), aim.physical_id))

        self._stack.resources[aim.logical_id] = self._attempt("IMPORT", aim, work)

    def delete(self, resource: StackResource) -> bool:
        """Remove a resource; whether that was possible."""

        def work() -> StackResource:
            registry.find(resource.type).delete(self._context(resource), resource.physical_id, resource.properties)
            return resource

        try:
            self._attempt("DELETE", resource, work)
        except ResourceFailure:
            return False
        return True

    def _create(
        self, aim: StackResource, resource_type: ResourceType, old: StackResource | None = None
    ) -> StackResource:
        verb, initiated = aim.status.split("_", maxsplit=1)[0], list[str]()

        def initiate(physical_id: str) -> None:
            initiated.append(physical_id)
            if old is None:
                self._stack.attempted = dataclasses.replace(aim, physical_id=physical_id, status="CREATE_FAILED")
            self._record(f"{verb}_IN_PROGRESS", aim, physical_id, reason="Resource creation Initiated")

        def work() -> StackResource:
            context = self._context(aim, initiate=initiate)
            if old is not None and old.type == aim.type:
                names.refuse_replacement(resource_type, old.properties, aim.properties)
            with names.only_new(resource_type, context, aim.properties):
                made = resource_type.create(context, aim.properties)
            return dataclasses.replace(aim, physical_id=made.physical_id, attributes=made.attributes)

        try:
            return self._attempt(verb, aim, work)
        except ResourceFailure:
            if initiated:
                started = dataclasses.replace(aim, physical_id=initiated[-1], status="CREATE_FAILED")
                if old is None:
                    self._stack.resources[aim.logical_id] = started
                else:
                    # The stack keeps the old one.
                    self.delete(started)
            raise
        finally:
            self._stack.attempted = None

    def _update(self, old: StackResource, aim: StackResource, resource_type: ResourceType) -> StackResource:
        def work() -> StackResource:
            changed = resource_type.update(self._context(aim), old.physical_id, old.properties, aim.properties)
            made = changed if isinstance(changed, Made) else Made(physical_id=old.physical_id, attributes=changed)
            return dataclasses.replace(aim, physical_id=made.physical_id, attributes=made.attributes)

        failed = dataclasses.replace(old, properties=aim.properties, status="UPDATE_FAILED")
        self._stack.attempted = failed
        try:
            updated = self._attempt("UPDATE", aim, work)
        except ResourceFailure:
            if resource_type.is_told_to_go_back:
                self._stack.resources[aim.logical_id] = failed
            raise
        finally:
            self._stack.attempted = None
        if updated.physical_id != old.physical_id:
            self._stack.replaced[aim.logical_id] = old
        return updated

    def _resolved(
        self, verb: str, logical_id: str, wanted: Mapping[str, Any], scope: Scope
    ) -> tuple[ResourceType, dict[str, Any]]:
        kind = wanted["Type"]
        try:
            resource_type = registry.find(kind)
            properties = registry.with_stack_tags(kind, scope.resolve(wanted.get("Properties", {})), self.tags)
            resource_type.check(properties)
        except Exception as error:
            reason = self._reason(error, logical_id)
            self._stack.record(status=f"{verb}_FAILED", reason=reason, logical_id=logical_id, resource_type=kind)
            raise ResourceFailure(f"The following resource(s) failed to {verb.lower()}: [{logical_id}]") from error
        return resource_type, properties

    def _attempt(self, verb: str, aim: StackResource, work: Callable[[], StackResource]) -> StackResource:
        self._record(f"{verb}_IN_PROGRESS", aim, aim.physical_id)
        try:
            resource = work()
        except Exception as error:
            self._record(f"{verb}_FAILED", aim, aim.physical_id, reason=self._reason(error, aim.logical_id))
            raise ResourceFailure(f"The following resource(s) failed to {verb.lower()}: [{aim.logical_id}]") from error
        self._record(f"{verb}_COMPLETE", resource, resource.physical_id)
        return resource

    def _reason(self, error: Exception, logical_id: str) -> str:
        """Why a resource failed; what nobody foresaw fails it too, so that the roll-back goes on with the others."""
        if isinstance(error, _FORESEEN):
            return str(error)
        # These are of a template that lacks a property, or has one of another kind.
        if not isinstance(error, KeyError | TypeError):
            unforeseen.LOG.error("%s, resource %s: unforeseen error", self._stack.id, logical_id, exc_info=error)
        return f"{type(error).__name__}: {error}"

    def _record(self, status: str, resource: StackResource, physical_id: str, *, reason: str | None = None) -> None:
        self._stack.record(
            status=status,
            reason=reason,
            logical_id=resource.logical_id,
            physical_id=physical_id or None,
            resource_type=resource.type,
        )

    def _context(self, resource: StackResource, *, initiate: Callable[[str], None] = lambda _: None) -> Context:
        return Context(
            account_id=self._stack.account_id,
            region=self._stack.region,
            stack_name=self._stack.name,
            logical_id=resource.logical_id,
            suffix=uuid.uuid4().hex[:12].upper(),
            client=self._client,
            stack_id=self._stack.id,
            resource_type=resource.type,
            initiate=initiate,
            rolls_back=self.rolls_back,
        )


def _is_as_wanted(old: StackResource, aim: StackResource) -> bool:
    return old.type == aim.type and old.properties == aim.properties and not old.status.endswith("_FAILED")


def _is_replaced(old: StackResource, aim: StackResource, resource_type: ResourceType) -> bool:
    all_names = set(old.properties) | set(aim.properties)
    changed = {name for name in all_names if old.properties.get(name) != aim.properties.get(name)}
    if old.type != aim.type or old.status == "CREATE_FAILED":
        return True
    return bool(resource_type.create_only & changed) or resource_type.is_replaced(old.properties, aim.properties)
