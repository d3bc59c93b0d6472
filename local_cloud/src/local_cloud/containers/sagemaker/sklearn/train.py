"""Training in scikit-learn's image: the user's script.

``training.py`` of https://github.com/aws/sagemaker-scikit-learn-container, which does not look at what a script writes:
why it failed stands in its log only.
"""

from pathlib import Path

from local_cloud.containers.sagemaker import script_mode


def train(root: Path) -> None:
    """Run the script.

    Raises:
        TrainingError: it cannot be found, or fails.
    """
    script_mode.train(root, module="sagemaker_sklearn_container.training:main", captures=False)
