"""State machines to draw: the app's own, and shapes it does not have."""

from typing import Any

from mlops_constructs.deployment_definition import Deployment
from mlops_constructs.retraining_definition import Retraining, definition

GATE = "Accuracy > 90%"


def retraining() -> dict[str, Any]:
    deployment = Deployment(
        app="perennial",
        endpoint_name="perennial-sandbox",
        image_uri="image",
        serving_role_arn="arn:aws:iam::111111111111:role/serving",
        key_arn="arn:aws:kms:us-east-1:111111111111:key/k",
        instance_type="ml.m5.large",
        instance_count=1,
        table_name="state",
        stage_function_arn="arn:aws:lambda:us-east-1:111111111111:function:stage",
        prove_function_arn="arn:aws:lambda:us-east-1:111111111111:function:prove",
    )
    return definition(
        Retraining(
            app="perennial",
            models={"flight-delay": {}},
            gate_title=GATE,
            bucket_name="bucket",
            key_arn=deployment.key_arn,
            table_name="state",
            image_uri="image",
            training_role_arn="arn:aws:iam::111111111111:role/training",
            results_function_arn="arn:aws:lambda:us-east-1:111111111111:function:results",
            topic_arn="arn:aws:sns:us-east-1:111111111111:failures",
            deployment=deployment,
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
