"""Training in Hugging Face's image: PyTorch's, with transformers. It is for GPUs, and runs here without one."""

import sys
from pathlib import Path

from local_cloud.containers.sagemaker.pytorch import train as pytorch


def train(root: Path) -> None:
    """Run the script.

    Raises:
        TrainingError: it cannot be found, or fails.
    """
    sys.stderr.write("The local cloud has no GPU: the script runs on the CPU, and SM_NUM_GPUS is 0.\n")
    pytorch.train(root)
