"""Answers for the model passengers: one CSV line of raw columns in, a probability and a decision out."""

import io
import json
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from columns import FEATURES


def model_fn(model_dir: str) -> Any:
    """The pipeline that train.py left."""
    return joblib.load(Path(model_dir) / "model.joblib")


def input_fn(body: Any, content_type: str) -> pd.DataFrame:
    """Rows of CSV without a header; nothing is a missing value."""
    if not content_type.startswith("text/csv"):
        raise ValueError(f"a request must be text/csv, got {content_type!r}")
    text = body.decode("utf-8") if isinstance(body, (bytes, bytearray)) else body
    return pd.read_csv(io.StringIO(text), header=None, names=FEATURES)


def predict_fn(rows: pd.DataFrame, model: Any) -> Any:
    """Probability of each row that the passenger survives."""
    return model.predict_proba(rows)[:, 1]


def output_fn(likely: Any, accept: str) -> tuple[str, str]:
    """One JSON object a row."""
    answers = [{"probability": float(value), "survives": int(value > 0.5)} for value in likely]  # noqa: PLR2004
    return "\n".join(json.dumps(answer) for answer in answers), accept
