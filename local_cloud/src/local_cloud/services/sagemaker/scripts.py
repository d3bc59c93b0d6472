"""Whether a training job runs a program of its user's, in place of its image's algorithm."""

import json
from collections.abc import Collection, Mapping

from local_cloud.containers.sagemaker import launchers
from local_cloud.kernel.errors import NotEmulatedError

# By these AWS's framework images run one: https://github.com/aws/sagemaker-training-toolkit
_ASKS = ("sagemaker_program", "sagemaker_submit_directory", "SAGEMAKER_PROGRAM", "SAGEMAKER_SUBMIT_DIRECTORY")


def check(hyperparameters: Mapping[str, str]) -> None:
    """Refuse ways to start a script that are not here.

    Args:
        hyperparameters: of the job.

    Raises:
        NotEmulatedError: one of them is asked for.
    """
    for name in launchers.OTHERS:
        if _is_true(hyperparameters.get(name, "")):
            raise NotEmulatedError(
                f"the local cloud does not emulate {name}: start the script by torchrun"
                " (sagemaker_torch_distributed_enabled, torch_distributed in the SDK), or let it form its group itself"
            )


def _is_true(text: str) -> bool:
    try:
        return bool(json.loads(text))
    except ValueError:
        return False


def asked(given: Collection[str]) -> str | None:
    """What of a job asks for it, None when nothing does.

    Args:
        given: names of its hyperparameters and environment variables.
    """
    return next((name for name in _ASKS if name in given), None)
