"""CloudFormation's API: requests in, the engine's work started, answers in the service's own shapes.

Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
"""

import dataclasses
import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
from moto.core.responses import ActionResult, BaseResponse, EmptyResult

from local_cloud.cloudformation import (
    capabilities,
    coverage,
    engine,
    exports,
    imports,
    plan,
    registry,
    store,
    template,
    views,
)
from local_cloud.cloudformation.engine import Operation
from local_cloud.cloudformation.errors import CloudFormationError, ValidationError
from local_cloud.cloudformation.intrinsics import Scope
from local_cloud.cloudformation.model import ChangeSet, Region, Stack
from local_cloud.cloudformation.worker import ClientFactory
from local_cloud.kernel import runtime, sdk
from local_cloud.kernel.credentials import assume_service_role

_NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


class AlreadyExistsError(CloudFormationError):
    """A stack of that name exists."""

    code = "AlreadyExistsException"


class CloudFormationApi(BaseResponse):  # type: ignore[misc]  # moto is not typed for us
    """One request; the method of the operation's name answers it."""

    def __init__(self) -> None:
        super().__init__(service_name="cloudformation")

    def create_change_set(self) -> ActionResult:
        """CreateChangeSet.

        ``cdk bootstrap`` asks for ImportExistingResources; a name that is taken fails the stack all the same.
        """
        params = self._get_params()
        stack, kind = self._stack_of_change_set(params)
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
        change_set = ChangeSet(
            id=self._arn(f"changeSet/{params['ChangeSetName']}/{uuid.uuid4()}"),
            name=params["ChangeSetName"],
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
        self._region_state.stacks[stack.id] = stack
        self._region_state.change_sets[change_set.id] = change_set
        return ActionResult({"Id": change_set.id, "StackId": stack.id})

    def describe_change_set(self) -> ActionResult:
        """DescribeChangeSet."""
        return ActionResult(views.change_set(self._change_set()))

    def list_change_sets(self) -> ActionResult:
        """ListChangeSets."""
        stack = self._stack()
        summaries = [
            views.change_set_summary(change_set)
            for change_set in list(self._region_state.change_sets.values())
            if change_set.stack_id == stack.id
        ]
        return ActionResult({"Summaries": summaries})

    def delete_change_set(self) -> ActionResult:
        """DeleteChangeSet; one that does not exist is no error."""
        try:
            change_set = self._change_set()
        except CloudFormationError:
            return EmptyResult()
        del self._region_state.change_sets[change_set.id]
        return EmptyResult()

    def execute_change_set(self) -> ActionResult:
        """ExecuteChangeSet."""
        change_set = self._change_set()
        if change_set.execution_status != "AVAILABLE":
            raise ValidationError(f"ChangeSet [{change_set.id}] cannot be executed in its current execution status")
        stack = store.find_stack(self._region_state, change_set.stack_id)
        if change_set.on_failure and self._get_param("DisableRollback") is not None:
            raise ValidationError("DisableRollback cannot be specified for a change set that has OnStackFailure")
        rollback = not self._flag("DisableRollback") and change_set.on_failure != "DO_NOTHING"
        del self._region_state.change_sets[change_set.id]
        self._deploy(stack, change_set, rollback=rollback)
        return EmptyResult()

    def delete_stack(self) -> ActionResult:
        """DeleteStack; one that does not exist is no error."""
        try:
            stack = self._stack()
        except ValidationError:
            return EmptyResult()
        if stack.termination_protection:
            raise ValidationError(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        if stack.status == "DELETE_COMPLETE":
            return EmptyResult()
        if used := exports.importers(self._region_state, stack):
            export, importing = min(used.items())
            reason = f"Cannot delete export {export} as it is in use by {engine.names_of(importing)}."
            stack.record(status=stack.status, reason=f"Delete canceled. {reason}")
            return EmptyResult()
        role = self._get_param("RoleARN") or stack.role_arn
        operation = Operation(stack, client=self._clients(stack, role), exports={})
        stack.record(status="DELETE_IN_PROGRESS", reason="User Initiated")
        operation.start(operation.delete)
        return EmptyResult()

    def describe_stacks(self) -> ActionResult:
        """DescribeStacks."""
        if self._get_param("StackName"):
            return ActionResult({"Stacks": [views.stack(self._stack())]})
        alive = [stack for stack in store.stacks_of(self._region_state) if stack.status != "DELETE_COMPLETE"]
        return ActionResult({"Stacks": [views.stack(stack) for stack in alive]})

    def list_stacks(self) -> ActionResult:
        """ListStacks."""
        wanted = self._get_params().get("StackStatusFilter", [])
        stacks = [stack for stack in store.stacks_of(self._region_state) if not wanted or stack.status in wanted]
        return ActionResult({"StackSummaries": [views.stack(stack) for stack in stacks]})

    def describe_stack_events(self) -> ActionResult:
        """DescribeStackEvents: newest first."""
        return ActionResult({"StackEvents": [views.event(event) for event in reversed(self._stack().events)]})

    def describe_stack_resources(self) -> ActionResult:
        """DescribeStackResources: of a stack, or of the one that has a resource."""
        physical_id, logical_id = self._get_param("PhysicalResourceId"), self._get_param("LogicalResourceId")
        if physical_id and self._get_param("StackName"):
            raise ValidationError("StackName and PhysicalResourceId must not be specified both.")
        if self._get_param("StackName"):
            stack = self._stack()
        elif physical_id:
            stack = store.find_stack_of(self._region_state, physical_id)
        else:
            raise ValidationError("Either StackName or PhysicalResourceId must be specified.")
        wanted = [item for item in stack.all_resources() if not logical_id or item.logical_id == logical_id]
        if logical_id and not wanted:
            raise ValidationError(f"Resource {logical_id} does not exist for stack {stack.name}")
        return ActionResult({"StackResources": [views.resource(stack, item) for item in wanted]})

    def describe_stack_resource(self) -> ActionResult:
        """DescribeStackResource."""
        stack, logical_id = self._stack(), self._get_param("LogicalResourceId")
        found = stack.resources.get(logical_id)
        if found is None:
            raise ValidationError(f"Resource {logical_id} does not exist for stack {stack.name}")
        return ActionResult({"StackResourceDetail": views.resource(stack, found)})

    def list_stack_resources(self) -> ActionResult:
        """ListStackResources."""
        stack = self._stack()
        summaries = [views.resource(stack, item) for item in stack.all_resources()]
        return ActionResult({"StackResourceSummaries": summaries})

    def get_template(self) -> ActionResult:
        """GetTemplate: as it was submitted."""
        if self._get_param("ChangeSetName"):
            return ActionResult({"TemplateBody": self._change_set().template_body})
        return ActionResult({"TemplateBody": self._stack().template_body, "StagesAvailable": ["Original", "Processed"]})

    def get_template_summary(self) -> ActionResult:
        """GetTemplateSummary."""
        params = self._get_params()
        stack = self._stack() if params.get("StackName") else None
        parsed = self._parsed(stack.template_body if stack else self._template_body(params, None))
        return ActionResult(views.template_summary(parsed))

    def validate_template(self) -> ActionResult:
        """ValidateTemplate.

        A resource with a condition may be left out by the parameters, which nobody names here.
        """
        parsed = self._parsed(self._template_body(self._get_params(), None))
        pseudo = engine.pseudo_parameters("", "", self.current_account, self.region)
        scope = Scope(template=parsed, parameters={}, pseudo=pseudo)
        coverage.check(coverage.without_condition(parsed), scope, read=self._nested)
        return ActionResult(views.template_summary(parsed))

    def list_exports(self) -> ActionResult:
        """ListExports."""
        found = store.exports_of(self._region_state)
        return ActionResult({"Exports": [{"Name": name, "Value": value} for name, value in found.items()]})

    def list_imports(self) -> ActionResult:
        """ListImports."""
        name = self._get_param("ExportName")
        region = self._region_state
        found = [exports.importers(region, stack).get(name, []) for stack in store.stacks_of(region)]
        if not any(found):
            raise ValidationError(f"Export '{name}' is not imported by any stack.")
        return ActionResult({"Imports": sorted(set().union(*found))})

    def get_stack_policy(self) -> ActionResult:
        """GetStackPolicy: nobody sets one, since SetStackPolicy and its parameters are refused."""
        self._stack()
        return EmptyResult()

    def update_termination_protection(self) -> ActionResult:
        """UpdateTerminationProtection."""
        stack = self._stack()
        stack.termination_protection = self._flag("EnableTerminationProtection")
        return ActionResult({"StackId": stack.id})

    @property
    def _region_state(self) -> Region:
        return store.region_of(self.current_account, self.region)

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
            stack = Stack(
                name=name,
                id=self._arn(f"stack/{name}/{uuid.uuid4()}"),
                account_id=self.current_account,
                region=self.region,
                status="REVIEW_IN_PROGRESS",
                created_at=datetime.now(UTC),
            )
            stack.record(status="REVIEW_IN_PROGRESS", reason="User Initiated")
            return stack, kind
        if kind == "CREATE" and stack.status != "REVIEW_IN_PROGRESS":
            raise AlreadyExistsError(f"Stack [{name}] already exists and cannot be created again with the changeSet")
        if stack.status.endswith("_IN_PROGRESS") and stack.status != "REVIEW_IN_PROGRESS":
            raise ValidationError(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        return stack, kind

    def _parsed(self, body: str) -> template.Template:
        parsed = template.parse(body)
        coverage.check_names(parsed)
        return parsed

    def _nested(self, url: str) -> template.Template:
        return template.parse(template.read(url, account_id=self.current_account))

    def _template_body(self, params: dict[str, Any], stack: Stack | None) -> str:
        if params.get("TemplateBody"):
            return str(params["TemplateBody"])
        if params.get("TemplateURL"):
            return template.read(params["TemplateURL"], account_id=self.current_account)
        if stack and str(params.get("UsePreviousTemplate", "")).lower() == "true":
            return stack.template_body
        raise ValidationError("Either Template URL or Template Body must be specified.")

    def _parameters(
        self, parsed: template.Template, params: dict[str, Any], stack: Stack
    ) -> tuple[dict[str, str], dict[str, Any]]:
        def read_ssm(name: str) -> str:
            client = self._client_factory(params.get("RoleARN") or stack.role_arn, stack.id)("ssm")
            # The call that AWS makes, which a role of its own has to allow.
            found = client.get_parameters(Names=[name])["Parameters"]
            if not found:
                raise ValidationError(f"Unable to fetch parameters [{name}] from parameter store for this account.")
            return str(found[0]["Value"])

        return plan.parameters(parsed, params.get("Parameters", []), stack.parameters, read_ssm=read_ssm)

    def _deploy(self, stack: Stack, change_set: ChangeSet, *, rollback: bool) -> None:
        stack.role_arn = change_set.role_arn or stack.role_arn
        stack.change_set_id, stack.capabilities = change_set.id, change_set.capabilities
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
        region = self.region
        if role_arn:
            session = assume_service_role(
                role_arn,
                service="cloudformation.amazonaws.com",
                session_name="AWSCloudFormation",
                region=region,
                source_arn=stack_id,
            )
            return session.client
        access_key, token = self.access_key, self.headers.get("X-Amz-Security-Token")
        url = runtime.current().settings.endpoint_url

        clients = boto3.Session(botocore_session=sdk.session())

        def client(service: str) -> Any:
            # The secret is not needed: the local cloud checks no signatures.
            return clients.client(  # type: ignore[call-overload]  # the service name is not a literal here
                service,
                region_name=region,
                endpoint_url=url,
                aws_access_key_id=access_key,
                aws_secret_access_key="unchecked",  # noqa: S106  # see above
                aws_session_token=token,
            )

        return client

    def _get_params(self) -> dict[str, Any]:
        return dict(json.loads(json.dumps(super()._get_params(), default=str)))
