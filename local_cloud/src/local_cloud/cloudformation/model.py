"""What CloudFormation keeps: stacks, their resources and events, change sets. Plain data, so that it is picklable."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local_cloud.cloudformation.template import Template


@dataclass(kw_only=True)
class StackResource:
    """One resource of a stack, with its resolved properties."""

    logical_id: str
    type: str
    physical_id: str
    properties: dict[str, Any]
    attributes: dict[str, Any]
    deletion_policy: str
    status: str
    updated_at: datetime
    depends_on: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class StackEvent:
    """One line of a stack's history."""

    event_id: str
    stack_id: str
    stack_name: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a change set does to one resource."""

    action: str
    logical_id: str
    physical_id: str | None
    type: str
    replacement: str | None
    properties: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asked for an operation on a stack.

    Args:
        access_key: its id.
        token: of a session; None for none.
    """

    access_key: str
    token: str | None


@dataclass(kw_only=True)
class Stack:
    """A stack as last deployed, plus what is under way."""

    name: str
    id: str
    account_id: str
    region: str
    status: str
    created_at: datetime
    template: Template = field(default_factory=dict)
    template_body: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    resolved_parameters: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    capabilities: list[str] = field(default_factory=list)
    role_arn: str | None = None
    description: str | None = None
    status_reason: str | None = None
    updated_at: datetime | None = None
    deleted_at: datetime | None = None
    termination_protection: bool = False
    resources: dict[str, StackResource] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    events: list[StackEvent] = field(default_factory=list)
    change_set_id: str | None = None
    # Of the operation under way, for whoever finds it after the server's end.
    caller: Caller = Caller(access_key="", token=None)
    rolls_back: bool = True
    # What something else has taken the place of, until it is removed or a roll-back takes it again.
    replaced: dict[str, StackResource] = field(default_factory=dict)
    # What a resource becomes by a call under way, if that takes effect.
    attempted: StackResource | None = None
    # Of a nested stack.
    parent_id: str | None = None
    root_id: str | None = None

    def all_resources(self) -> list[StackResource]:
        """Those that there are now; an operation makes and removes others meanwhile."""
        return list(self.resources.values())

    def record(
        self,
        *,
        status: str,
        reason: str | None = None,
        logical_id: str | None = None,
        physical_id: str | None = None,
        resource_type: str = "AWS::CloudFormation::Stack",
    ) -> None:
        """Append an event; without a logical id it is the stack's own, and its status follows."""
        if logical_id is None:
            logical_id, physical_id = self.name, self.id
            self.status, self.status_reason = status, reason
        self.events.append(
            StackEvent(
                event_id=str(uuid.uuid4()),
                stack_id=self.id,
                stack_name=self.name,
                logical_id=logical_id,
                physical_id=physical_id or "",
                type=resource_type,
                status=status,
                reason=reason,
                at=datetime.now(UTC),
            )
        )


@dataclass(kw_only=True)
class ChangeSet:
    """A reviewed plan."""

    id: str
    name: str
    stack_id: str
    stack_name: str
    type: str
    template: Template
    template_body: str
    parameters: dict[str, str]
    resolved_parameters: dict[str, Any]
    tags: dict[str, str]
    capabilities: list[str]
    role_arn: str | None
    description: str | None
    changes: list[Change]
    status: str
    status_reason: str | None
    execution_status: str
    created_at: datetime
    # Physical ids by logical id, of a change set that imports.
    imports: dict[str, str] | None = None
    # ROLLBACK, DO_NOTHING or DELETE, if it says so.
    on_failure: str | None = None


@dataclass(kw_only=True)
class Region:
    """All of one account and region."""

    stacks: dict[str, Stack] = field(default_factory=dict)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
