"""State machines to draw: the app's own, and shapes it does not have."""

from dataclasses import fields
from typing import Any

from mlops_constructs.deployment import definition as deployment_definition
from mlops_constructs.deployment.endpoint_update import UpdatePolicy
from mlops_constructs.deployment.surroundings import Autoscaling, Deployment
from mlops_constructs.retraining import definition as retraining_definition
from mlops_constructs.retraining.definition import Functions, Retraining
from mlops_constructs.retraining.jobs import Surroundings

GATE = "Accuracy > 90%"


def _named(kind: type[Any]) -> dict[str, Any]:
    """Every text field of a dataclass, holding its own name."""
    return {field.name: field.name for field in fields(kind) if field.type in (str, "str")}


def retraining() -> dict[str, Any]:
    return retraining_definition.definition(
        Retraining(
            **{**_named(Retraining), "gate_title": GATE},
            surroundings=Surroundings(**_named(Surroundings)),
            functions=Functions(**_named(Functions)),
        )
    )


def deployment() -> dict[str, Any]:
    return deployment_definition.definition(
        Deployment(
            **_named(Deployment),
            instance_count=2,
            max_latency_ms=1000,
            autoscaling=Autoscaling(min_count=2, max_count=4, invocations_per_instance=100),
            update_policy=UpdatePolicy(type="linear", step_percent=25, wait_seconds=60),
        )
    )


def nested() -> dict[str, Any]:
    inner = {
        "StartAt": "Copy",
        "States": {"Copy": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:copyObject", "End": True}},
    }
    left = {
        "StartAt": "Left",
        "States": {"Left": {"Type": "Pass", "Next": "Left End"}, "Left End": {"Type": "Succeed"}},
    }
    right = {"StartAt": "Right", "States": {"Right": {"Type": "Wait", "Seconds": 5, "End": True}}}
    return {
        "StartAt": "Every Model",
        "States": {
            "Every Model": {"Type": "Map", "ItemProcessor": inner, "Next": "Both"},
            "Both": {"Type": "Parallel", "Branches": [left, right], "Next": "Done"},
            "Done": {"Type": "Succeed"},
        },
    }


def tangled() -> dict[str, Any]:
    """Choices that jump forwards, backwards and into each other's branches."""
    return {
        "StartAt": "A",
        "States": {
            "A": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% true %}", "Next": name} for name in ("B", "C", "D", "E")],
                "Default": "F",
            },
            "B": {"Type": "Pass", "Next": "C"},
            "C": {"Type": "Pass", "Next": "D"},
            "D": {"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "A"}], "Default": "E"},
            "E": {"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "G"}], "Default": "B"},
            "F": {"Type": "Pass", "Next": "G"},
            "G": {"Type": "Succeed"},
        },
    }
