"""Requests about stacks: what each wants of one, and the engine's work started.

Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
"""

import dataclasses
import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import BaseResponse

from local_cloud.cloudformation import (
    capabilities,
    clients,
    coverage,
    engine,
    exports,
    imports,
    plan,
    registry,
    store,
    template,
)
from local_cloud.cloudformation.engine import Operation
from local_cloud.cloudformation.errors import CloudFormationError, ValidationError
from local_cloud.cloudformation.model import Caller, ChangeSet, Region, Stack
from local_cloud.cloudformation.worker import ClientFactory

_NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
# What AWS changes no more: it can only be deleted.
_FINAL = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"})


class AlreadyExistsError(CloudFormationError):
    """A stack of that name exists."""

    code = "AlreadyExistsException"


class Submissions(BaseResponse):  # type: ignore[misc]  # moto is not typed for us
    """What the operations have in common."""

    def __init__(self) -> None:
        super().__init__(service_name="cloudformation")

    def _planned(self, params: Mapping[str, Any], stack: Stack, *, kind: str, name: str) -> ChangeSet:
        """What a request wants of a stack.

        Args:
            params: of the request.
            stack: as it is.
            kind: ``CREATE``, ``UPDATE`` or ``IMPORT``.
            name: of the change set.

        Raises:
            CloudFormationError: the template, its parameters or its capabilities are wrong.
        """
        body = self._template_body(params, stack)
        parsed = self._parsed(body)
        capabilities.check(parsed, params.get("Capabilities", []))
        raw, resolved = self._parameters(parsed, params, stack)
        scope = engine.scope_of(stack, parsed, resolved, store.exports_of(self._region_state))
        coverage.check(plan.wanted(scope), scope, read=self._nested)
        tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags", [])}

        def with_tags(kind: str, properties: Mapping[str, Any]) -> dict[str, Any]:
            return registry.with_stack_tags(kind, properties, tags)

        changes = plan.changes(stack, scope, replaces=registry.replaces, with_tags=with_tags)
        imported = None
        if kind == "IMPORT":
            # The next update brings the tags of the stack, an import changes nothing.
            changes = [change for change in changes if change.properties != ("Tags",)]
            imported = imports.check(
                imports.requested(self.querystring),
                changes=changes,
                wanted=plan.wanted(scope),
                others=store.stacks_of(self._region_state),
            )
            changes = [dataclasses.replace(change, action="Import") for change in changes]
        empty = not changes and bool(stack.template) and parsed.get("Outputs") == stack.template.get("Outputs")
        empty = empty and tags == stack.tags
        return ChangeSet(
            id=self._arn(f"changeSet/{name}/{uuid.uuid4()}"),
            name=name,
            stack_id=stack.id,
            stack_name=stack.name,
            type=kind,
            template=parsed,
            template_body=body,
            parameters=raw,
            resolved_parameters=resolved,
            tags=tags,
            capabilities=list(params.get("Capabilities", [])),
            role_arn=params.get("RoleARN"),
            description=params.get("Description"),
            changes=changes,
            status="FAILED" if empty else "CREATE_COMPLETE",
            status_reason=_NO_CHANGES if empty else None,
            execution_status="UNAVAILABLE" if empty else "AVAILABLE",
            created_at=datetime.now(UTC),
            imports=imported,
            on_failure=self._on_failure(kind),
        )

    @property
    def _region_state(self) -> Region:
        return store.region_of(self.current_account, self.region)

    @property
    def _stacks(self) -> list[Stack]:
        return store.stacks_of(self._region_state)

    def _stack(self) -> Stack:
        return store.find_stack(self._region_state, self._get_param("StackName"))

    def _change_set(self) -> ChangeSet:
        return store.find_change_set(self._region_state, self._get_param("ChangeSetName"), self._get_param("StackName"))

    def _flag(self, name: str) -> bool:
        return str(self._get_param(name)).lower() == "true"

    def _on_failure(self, kind: str) -> str | None:
        """The words of these refusals are ours.

        Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
        """
        wish = self._get_param("OnStackFailure")
        if wish == "DELETE" and kind != "CREATE":
            raise ValidationError(f"OnStackFailure DELETE is for the ChangeSetType CREATE, got {kind}")
        return str(wish) if wish else None

    def _arn(self, resource: str) -> str:
        return f"arn:aws:cloudformation:{self.region}:{self.current_account}:{resource}"

    def _stack_of_change_set(self, params: dict[str, Any]) -> tuple[Stack, str]:
        name, kind = params["StackName"], params.get("ChangeSetType", "UPDATE")
        try:
            stack = store.find_stack(self._region_state, name)
        except ValidationError:
            if kind not in {"CREATE", "IMPORT"}:
                raise
            stack = self._new_stack(name)
            stack.record(status="REVIEW_IN_PROGRESS", reason="User Initiated")
            return stack, kind
        if kind == "CREATE" and stack.status != "REVIEW_IN_PROGRESS":
            raise AlreadyExistsError(f"Stack [{name}] already exists and cannot be created again with the changeSet")
        if stack.status != "REVIEW_IN_PROGRESS":
            self._check_updatable(stack)
        return stack, kind

    def _new_stack(self, name: str) -> Stack:
        return Stack(
            name=name,
            id=self._arn(f"stack/{name}/{uuid.uuid4()}"),
            account_id=self.current_account,
            region=self.region,
            status="REVIEW_IN_PROGRESS",
            created_at=datetime.now(UTC),
        )

    @staticmethod
    def _check_updatable(stack: Stack) -> None:
        if stack.status.endswith("_IN_PROGRESS") or stack.status in _FINAL:
            raise ValidationError(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")

    def _parsed(self, body: str) -> template.Template:
        parsed = template.parse(body)
        coverage.check_names(parsed)
        return parsed

    def _nested(self, url: str) -> template.Template:
        return template.parse(template.read(url, account_id=self.current_account))

    def _template_body(self, params: Mapping[str, Any], stack: Stack | None) -> str:
        if params.get("TemplateBody"):
            return str(params["TemplateBody"])
        if params.get("TemplateURL"):
            return template.read(params["TemplateURL"], account_id=self.current_account)
        if stack and str(params.get("UsePreviousTemplate", "")).lower() == "true":
            return stack.template_body
        raise ValidationError("Either Template URL or Template Body must be specified.")

    def _parameters(
        self, parsed: template.Template, params: Mapping[str, Any], stack: Stack
    ) -> tuple[dict[str, str], dict[str, Any]]:
        def read_ssm(name: str) -> str:
            client = self._client_factory(params.get("RoleARN") or stack.role_arn, stack.id)("ssm")
            # The call that AWS makes, which a role of its own has to allow.
            found = client.get_parameters(Names=[name])["Parameters"]
            if not found:
                raise ValidationError(f"Unable to fetch parameters [{name}] from parameter store for this account.")
            return str(found[0]["Value"])

        return plan.parameters(parsed, params.get("Parameters", []), stack.parameters, read_ssm=read_ssm)

    def _forget_change_sets(self, stack: Stack) -> None:
        """Drop those of a stack that is no more as they found it.

        Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html
        """
        change_sets = self._region_state.change_sets
        for change_set in [item for item in list(change_sets.values()) if item.stack_id == stack.id]:
            change_sets.pop(change_set.id, None)

    def _deploy(self, stack: Stack, change_set: ChangeSet, *, rollback: bool) -> None:
        self._forget_change_sets(stack)
        stack.role_arn = change_set.role_arn or stack.role_arn
        stack.change_set_id, stack.capabilities = change_set.id, change_set.capabilities
        stack.caller = self._caller
        word = "IMPORT" if change_set.type == "IMPORT" else "UPDATE" if stack.template else "CREATE"
        operation = Operation(
            stack,
            client=self._clients(stack, stack.role_arn),
            exports=store.exports_of(self._region_state),
            importers=exports.importers(self._region_state, stack),
        )
        stack.record(status=f"{word}_IN_PROGRESS", reason="User Initiated")
        if change_set.type == "IMPORT":
            operation.start(lambda: operation.adopt(change_set))
        else:
            operation.start(lambda: operation.deploy(change_set, rollback=rollback))

    def _clients(self, stack: Stack, role_arn: str | None) -> ClientFactory:
        return self._client_factory(role_arn, stack.id)

    def _client_factory(self, role_arn: str | None, stack_id: str) -> ClientFactory:
        return clients.factory(role_arn, self._caller, region=self.region, stack_id=stack_id)

    @property
    def _caller(self) -> Caller:
        return Caller(access_key=self.access_key, token=self.headers.get("X-Amz-Security-Token"))

    def _get_params(self) -> dict[str, Any]:
        return dict(json.loads(json.dumps(super()._get_params(), default=str)))
