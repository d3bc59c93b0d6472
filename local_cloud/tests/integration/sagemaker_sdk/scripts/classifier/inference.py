"""A text in, its label out."""

import json
from typing import Any

from transformers import pipeline


def model_fn(model_dir: str) -> Any:
    """The classifier and its words."""
    return pipeline("text-classification", model=model_dir)


def input_fn(body: str | bytes, content_type: str) -> str:
    """The text of a request."""
    if content_type != "application/json":
        raise ValueError(f"application/json is taken, got {content_type}")
    return str(json.loads(body)["text"])


def predict_fn(text: str, model: Any) -> dict[str, Any]:
    """Its label."""
    return {"label": model(text)[0]["label"]}


def output_fn(answer: dict[str, Any], accept: str) -> tuple[str, str]:
    """In JSON, whatever is accepted."""
    return json.dumps(answer), "application/json"
