"""SageMaker's own XGBoost in algorithm mode."""
