"""Training in XGBoost's images by a script of the user's, in place of SageMaker's algorithm.

``training.py`` of https://github.com/aws/sagemaker-xgboost-container, which runs it as a module by the older toolkit.
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
    script_mode.train(
        root, module="sagemaker_xgboost_container.training:main", captures=False, older=True, starter=_starter
    )


def _starter(_: ScriptEnvironment) -> Starter:
    # One script often trains and serves, and its image serves by the same toolkit.
    return Starter(modules=(str(older_toolkit.FOLDER),))
