"""Makes numbers of a table's columns, and serves what it learned before the model."""

import io
import os
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OneHotEncoder


def model_fn(model_dir: str) -> Any:
    """The fitted transformer."""
    return joblib.load(Path(model_dir) / "transformer.joblib")


def input_fn(body: str | bytes, content_type: str) -> pd.DataFrame:
    """Rows of raw columns."""
    text = body.decode() if isinstance(body, bytes) else body
    return pd.read_csv(io.StringIO(text), header=None, names=["width", "colour"])


def predict_fn(rows: pd.DataFrame, model: Any) -> Any:
    """Rows of numbers."""
    return model.transform(rows)


if __name__ == "__main__":
    table = pd.read_csv(
        Path(os.environ["SM_CHANNEL_TRAIN"]) / "train.csv", header=None, names=["label", "width", "colour"]
    )
    transformer = ColumnTransformer([("colour", OneHotEncoder(), ["colour"])], remainder="passthrough")
    transformer.fit(table[["width", "colour"]])
    joblib.dump(transformer, Path(os.environ["SM_MODEL_DIR"]) / "transformer.joblib")
