"""CloudFormation's API: requests in, the engine's work started, answers in the service's own shapes.

Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
"""

from moto.core.responses import ActionResult, EmptyResult

from local_cloud.cloudformation import coverage, engine, exports, store, views
from local_cloud.cloudformation.engine import Operation
from local_cloud.cloudformation.errors import CloudFormationError, ValidationError
from local_cloud.cloudformation.intrinsics import Scope
from local_cloud.cloudformation.submissions import AlreadyExistsError, Submissions


class CloudFormationApi(Submissions):
    """One request; the method of the operation's name answers it."""

    def create_stack(self) -> ActionResult:
        """CreateStack."""
        params = self._get_params()
        name, on_failure = params["StackName"], self._get_param("OnFailure")
        if on_failure and self._get_param("DisableRollback") is not None:
            raise ValidationError("You cannot specify both DisableRollback and OnFailure")
        if any(stack.name == name and stack.status != "DELETE_COMPLETE" for stack in self._stacks):
            raise AlreadyExistsError(f"Stack [{name}] already exists")
        stack = self._new_stack(name)
        wanted = self._planned(params, stack, kind="CREATE", name=name)
        stack.termination_protection = self._flag("EnableTerminationProtection")
        self._region_state.stacks[stack.id] = stack
        wanted.on_failure = on_failure or ("DO_NOTHING" if self._flag("DisableRollback") else None)
        self._deploy(stack, wanted, rollback=wanted.on_failure != "DO_NOTHING")
        return ActionResult({"StackId": stack.id})

    def update_stack(self) -> ActionResult:
        """UpdateStack; tags that it does not name stay."""
        params = self._get_params()
        stack = self._stack()
        self._check_updatable(stack)
        if "Tags" not in params:
            params["Tags"] = [{"Key": key, "Value": value} for key, value in stack.tags.items()]
        wanted = self._planned(params, stack, kind="UPDATE", name=stack.name)
        if wanted.status == "FAILED":
            raise ValidationError("No updates are to be performed.")
        self._deploy(stack, wanted, rollback=not self._flag("DisableRollback"))
        return ActionResult({"StackId": stack.id})

    def create_change_set(self) -> ActionResult:
        """CreateChangeSet.

        ``cdk bootstrap`` asks for ImportExistingResources; a name that is taken fails the stack all the same.
        """
        params = self._get_params()
        stack, kind = self._stack_of_change_set(params)
        change_set = self._planned(params, stack, kind=kind, name=params["ChangeSetName"])
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
        self._forget_change_sets(stack)
        operation = Operation(stack, client=self._clients(stack, role), exports={})
        stack.record(status="DELETE_IN_PROGRESS", reason="User Initiated")
        operation.start(operation.delete)
        return EmptyResult()

    def describe_stacks(self) -> ActionResult:
        """DescribeStacks."""
        if self._get_param("StackName"):
            return ActionResult({"Stacks": [views.stack(self._stack())]})
        alive = [stack for stack in self._stacks if stack.status != "DELETE_COMPLETE"]
        return ActionResult({"Stacks": [views.stack(stack) for stack in alive]})

    def list_stacks(self) -> ActionResult:
        """ListStacks."""
        wanted = self._get_params().get("StackStatusFilter", [])
        stacks = [stack for stack in self._stacks if not wanted or stack.status in wanted]
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
        found = [exports.importers(self._region_state, stack).get(name, []) for stack in self._stacks]
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
