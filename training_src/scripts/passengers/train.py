"""Trains the model passengers in scikit-learn's image: imputation, one-hot encoding and gradient boosting, as one."""

import argparse
import os
from pathlib import Path

import joblib
import pandas as pd
from columns import CATEGORIES, FEATURES, NUMBERS
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder


def read(folder: str) -> pd.DataFrame:
    """All files of a channel: no header, label first; nothing is a missing value."""
    tables = [
        pd.read_csv(path, header=None, names=["label", *FEATURES])
        for path in sorted(Path(folder).iterdir())
        if path.stat().st_size
    ]
    return pd.concat(tables)


def pipeline(arguments: argparse.Namespace) -> Pipeline:
    """What takes raw columns."""
    categories = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    columns = ColumnTransformer(
        [("numbers", SimpleImputer(strategy="median"), NUMBERS), ("categories", categories, CATEGORIES)]
    )
    trees = GradientBoostingClassifier(
        n_estimators=arguments.n_estimators,
        learning_rate=arguments.learning_rate,
        max_depth=arguments.max_depth,
        random_state=7,
    )
    return make_pipeline(columns, trees)


def main() -> None:
    """Train, tell the metrics that config/models names, and keep the pipeline."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--n_estimators", type=int, default=100)
    parser.add_argument("--learning_rate", type=float, default=0.1)
    parser.add_argument("--max_depth", type=int, default=3)
    # A tuning job passes more than this script asks for.
    arguments, _ = parser.parse_known_args()
    train, validation = read(os.environ["SM_CHANNEL_TRAIN"]), read(os.environ["SM_CHANNEL_VALIDATION"])
    model = pipeline(arguments).fit(train[FEATURES], train["label"])
    likely = model.predict_proba(validation[FEATURES])[:, 1]
    print(f"validation:auc={roc_auc_score(validation['label'], likely):.6f}")  # noqa: T201  # SageMaker reads the log
    print(f"validation:accuracy={accuracy_score(validation['label'], likely > 0.5):.6f}")  # noqa: T201, PLR2004
    joblib.dump(model, Path(os.environ["SM_MODEL_DIR"]) / "model.joblib")


if __name__ == "__main__":
    main()
