"""The one error of the evaluation."""


class EvaluationError(ValueError):
    """What the job was given cannot be evaluated."""
