"""Training in XGBoost's images by a script of the user's, in place of SageMaker's algorithm.

``training.py`` of https://github.com/aws/sagemaker-xgboost-container, which runs it as a module by the older toolkit.
"""

from pathlib import Path

from local_cloud.containers.sagemaker import script_mode


def train(root: Path) -> None:
    """Run the script.

    Raises:
        TrainingError: it cannot be found, or fails.
    """
    script_mode.train(root, module="sagemaker_xgboost_container.training:main", captures=False, older=True)
