"""Whether a training job runs a program of its user's, in place of its image's algorithm."""

from collections.abc import Collection

# By these AWS's framework images run one: https://github.com/aws/sagemaker-training-toolkit
_ASKS = ("sagemaker_program", "sagemaker_submit_directory", "SAGEMAKER_PROGRAM", "SAGEMAKER_SUBMIT_DIRECTORY")


def asked(given: Collection[str]) -> str | None:
    """What of a job asks for it, None when nothing does.

    Args:
        given: names of its hyperparameters and environment variables.
    """
    return next((name for name in _ASKS if name in given), None)
