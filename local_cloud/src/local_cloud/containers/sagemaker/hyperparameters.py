"""Hyperparameters that SageMaker itself gives to a container."""

# By this one a tuning job tells the container its objective, which the container then computes unasked.
TUNING_OBJECTIVE = "_tuning_objective_metric"
