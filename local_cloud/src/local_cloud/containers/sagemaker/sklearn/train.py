"""Training in scikit-learn's image: the user's script.

``training.py`` of https://github.com/aws/sagemaker-scikit-learn-container, which does not look at what a script writes:
why it failed stands in its log only.
"""

from pathlib import Path

from local_cloud.containers.sagemaker import older_toolkit, script_mode
from local_cloud.containers.sagemaker.script_environment import ScriptEnvironment
from local_cloud.containers.sagemaker.script_mode import Starter


def train(root: Path) -> None:
    """Run the script.

    Raises:
        TrainingError: it cannot be found, or fails.
    """
    script_mode.train(root, module="sagemaker_sklearn_container.training:main", captures=False, starter=_starter)


def _starter(_: ScriptEnvironment) -> Starter:
    # One script often trains and serves, and its image serves by the older toolkit.
    return Starter(modules=(str(older_toolkit.FOLDER),))
