"""SageMaker models that answer held-out rows and serve nobody."""

from typing import Any

from botocore.exceptions import ClientError


def create(client: Any, request: dict[str, Any]) -> None:
    """CreateModel; a repeated call finds the one of before, whose name is this run's alone."""
    try:
        client.create_model(**request)
    except ClientError as error:
        # The service has no error code of its own for this.
        if "already existing model" not in error.response["Error"]["Message"]:
            raise


def names(client: Any, part: str) -> list[str]:
    """Names of the SageMaker models whose name has a part."""
    pages = client.get_paginator("list_models").paginate(NameContains=part)
    return [item["ModelName"] for page in pages for item in page["Models"]]


def delete(client: Any, name: str) -> None:
    """Delete one that may be gone already."""
    try:
        client.delete_model(ModelName=name)
    except ClientError as error:
        if "Could not find" not in error.response["Error"]["Message"]:
            raise
