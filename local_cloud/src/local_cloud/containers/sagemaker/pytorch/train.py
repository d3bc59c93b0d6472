"""Training in PyTorch's image: the user's script, on one host or as one process on each of several.

``training.py`` of https://github.com/aws/sagemaker-pytorch-training-toolkit. All hosts of a job are this machine, so
that the address of the first one is always its own.
"""

from pathlib import Path

from local_cloud.containers.sagemaker import script_mode

_VARIABLES = {
    "MASTER_ADDR": "127.0.0.1",
    "MASTER_PORT": "7777",
    "NCCL_SOCKET_IFNAME": "lo",
    "NCCL_IB_DISABLE": "1",
    "NCCL_DEBUG": "WARN",
}


def train(root: Path) -> None:
    """Run the script.

    Raises:
        TrainingError: it cannot be found, or fails.
    """
    script_mode.train(root, module="sagemaker_pytorch_container.training:main", captures=True, variables=_VARIABLES)
