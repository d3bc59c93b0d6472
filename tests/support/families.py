"""What a model may say of its algorithm: each family, and each setting that changes what it is."""

from typing import Any

EVERY_SETTING: dict[str, str | dict[str, Any]] = {
    "xgboost": "xgboost",
    "xgboost 1.7-1": {"type": "xgboost", "version": "1.7-1"},
    "xgboost 3.2-0": {"type": "xgboost", "version": "3.2-0"},
    "linear-learner": "linear-learner",
}
