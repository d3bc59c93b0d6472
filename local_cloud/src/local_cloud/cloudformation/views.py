"""Answers: what the engine keeps, in the shapes of CloudFormation's API."""

from collections.abc import Mapping
from typing import Any

from local_cloud.cloudformation import capabilities, registry
from local_cloud.cloudformation.model import ChangeSet, Stack, StackEvent, StackResource
from local_cloud.cloudformation.template import Template


def stack(item: Stack) -> dict[str, Any]:
    """Stack and StackSummary."""
    return {
        "StackId": item.id,
        "StackName": item.name,
        "ChangeSetId": item.change_set_id,
        "Description": item.description,
        "TemplateDescription": item.description,
        "Parameters": _parameters(item.template, item.parameters),
        "CreationTime": item.created_at,
        "LastUpdatedTime": item.updated_at,
        "DeletionTime": item.deleted_at,
        "StackStatus": item.status,
        "StackStatusReason": item.status_reason,
        "Capabilities": item.capabilities,
        "Outputs": list(item.outputs.values()),
        "RoleARN": item.role_arn,
        "Tags": [{"Key": key, "Value": value} for key, value in item.tags.items()],
        "EnableTerminationProtection": item.termination_protection,
        "DisableRollback": False,
        "NotificationARNs": [],
        "ParentId": item.parent_id,
        "RootId": item.root_id,
    }


def _parameters(template: Template, given: Mapping[str, str]) -> list[dict[str, str]]:
    """Those that the template wants hidden are."""
    declared = template.get("Parameters", {})
    hidden = {key for key, item in declared.items() if str(item.get("NoEcho", "")).lower() == "true"}
    return [{"ParameterKey": key, "ParameterValue": "****" if key in hidden else value} for key, value in given.items()]


def event(item: StackEvent) -> dict[str, Any]:
    """StackEvent."""
    return {
        "StackId": item.stack_id,
        "EventId": item.event_id,
        "StackName": item.stack_name,
        "LogicalResourceId": item.logical_id,
        "PhysicalResourceId": item.physical_id,
        "ResourceType": item.type,
        "Timestamp": item.at,
        "ResourceStatus": item.status,
        "ResourceStatusReason": item.reason,
    }


def resource(owner: Stack, item: StackResource) -> dict[str, Any]:
    """StackResource, StackResourceDetail and StackResourceSummary."""
    return {
        "StackName": owner.name,
        "StackId": owner.id,
        "LogicalResourceId": item.logical_id,
        "PhysicalResourceId": item.physical_id,
        "ResourceType": item.type,
        "Timestamp": item.updated_at,
        "LastUpdatedTimestamp": item.updated_at,
        "ResourceStatus": item.status,
    }


def change_set_summary(item: ChangeSet) -> dict[str, Any]:
    """ChangeSetSummary."""
    return {
        "ChangeSetId": item.id,
        "ChangeSetName": item.name,
        "StackId": item.stack_id,
        "StackName": item.stack_name,
        "Description": item.description,
        "CreationTime": item.created_at,
        "ExecutionStatus": item.execution_status,
        "Status": item.status,
        "StatusReason": item.status_reason,
    }


def change_set(item: ChangeSet) -> dict[str, Any]:
    """DescribeChangeSet."""
    return {
        **change_set_summary(item),
        "Parameters": _parameters(item.template, item.parameters),
        "Capabilities": item.capabilities,
        "Tags": [{"Key": key, "Value": value} for key, value in item.tags.items()],
        "OnStackFailure": item.on_failure,
        "Changes": [
            {
                "Type": "Resource",
                "ResourceChange": {
                    "Action": change.action,
                    "LogicalResourceId": change.logical_id,
                    "PhysicalResourceId": change.physical_id,
                    "ResourceType": change.type,
                    "Replacement": change.replacement,
                    "Scope": ["Properties"] if change.properties else [],
                    "Details": [
                        {
                            "Target": {
                                "Attribute": "Properties",
                                "Name": name,
                                # `cdk diff` takes a missing one for "may be replaced".
                                "RequiresRecreation": "Always" if registry.replaces(change.type, {name}) else "Never",
                            },
                            "Evaluation": "Static",
                            "ChangeSource": "DirectModification",
                        }
                        for name in change.properties
                    ],
                },
            }
            for change in item.changes
        ],
    }


def template_summary(parsed: Template) -> dict[str, Any]:
    """GetTemplateSummary and ValidateTemplate."""
    types = sorted({item["Type"] for item in parsed["Resources"].values()})
    needed, reason = capabilities.required(parsed)
    return {
        "Parameters": [
            {
                "ParameterKey": name,
                "DefaultValue": item.get("Default"),
                "ParameterType": item.get("Type", "String"),
                "NoEcho": item.get("NoEcho", False),
                "Description": item.get("Description"),
            }
            for name, item in parsed.get("Parameters", {}).items()
        ],
        "Description": parsed.get("Description"),
        "ResourceTypes": types,
        "Capabilities": needed,
        "CapabilitiesReason": reason,
    }
