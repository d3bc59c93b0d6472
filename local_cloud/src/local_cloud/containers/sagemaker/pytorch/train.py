"""Training in PyTorch's image: the user's script, alone or by torchrun, on one host or on several.

``training.py`` of https://github.com/aws/sagemaker-pytorch-training-toolkit, and ``torch_distributed.py`` of
https://github.com/aws/sagemaker-training-toolkit. Other ways to start many processes are refused when a job is made.
"""

import socket
from pathlib import Path

from local_cloud.containers.sagemaker import script_mode
from local_cloud.containers.sagemaker.script_environment import ScriptEnvironment
from local_cloud.containers.sagemaker.script_mode import Starter

_PORT = "7777"


def train(root: Path) -> None:
    """Run the script.

    Raises:
        TrainingError: it cannot be found, or fails.
    """
    script_mode.train(root, module="sagemaker_pytorch_container.training:main", captures=True, starter=_starter)


def _starter(job: ScriptEnvironment) -> Starter:
    address = _address(job.hosts[0])
    network = str(job.resources.get("network_interface_name", "eth0"))
    variables = {
        "MASTER_ADDR": address,
        "MASTER_PORT": _PORT,
        "NCCL_SOCKET_IFNAME": network,
        "NCCL_IB_DISABLE": "1",
        "NCCL_DEBUG": "WARN",
        # On AWS a host's own name leads to its network; here it leads to the machine's.
        "GLOO_SOCKET_IFNAME": network,
    }
    if not job.own.get("sagemaker_torch_distributed_enabled"):
        return Starter(variables=variables)
    # Which is what torchrun runs, by the Python that has the script's requirements.
    launcher = ["-m", "torch.distributed.run", "--nnodes", str(len(job.hosts)), "--nproc_per_node", "1"]
    if len(job.hosts) > 1:
        rank = job.hosts.index(str(job.resources["current_host"]))
        launcher += ["--master_addr", address, "--master_port", _PORT, "--node_rank", str(rank)]
    return Starter(launcher=launcher, variables=variables)


def _address(host: str) -> str:
    """The first host; its name is not known where the system gives containers no files of their own."""
    try:
        socket.gethostbyname(host)
    except OSError:
        return "127.0.0.1"
    return host
