"""What SageMaker's XGBoost takes: a table of inputs, with the verdict of AWS's public source and ours."""
