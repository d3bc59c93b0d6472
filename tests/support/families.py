"""What a model may say of its algorithm: each family, and each setting that changes what it is."""

from typing import Any

EVERY_SETTING: dict[str, str | dict[str, Any]] = {
    "xgboost": "xgboost",
    "xgboost 1.7-1": {"type": "xgboost", "version": "1.7-1"},
    "xgboost 3.2-0": {"type": "xgboost", "version": "3.2-0"},
    "linear-learner": "linear-learner",
    "huggingface": {"type": "huggingface", "model": "distilbert-base-uncased"},
    "huggingface, own script": {"type": "huggingface", "model": "s3://bucket/tiny/", "source": "reviews"},
    **{
        f"script {framework} {version}": {
            "type": "script",
            "framework": framework,
            "version": version,
            "source": "passengers",
            "metrics": [
                {"name": "validation:auc", "regex": "auc=([0-9.]+)", "direction": "Maximize"},
                {"name": "validation:loss", "regex": "loss=([0-9.]+)"},
            ],
            "answer": {"score": "/score"},
        }
        for framework, version in (
            ("scikit-learn", "1.2-1"),
            ("scikit-learn", "1.4-2"),
            ("pytorch", "2.5.1"),
            ("pytorch", "2.6.0"),
        )
    },
}
