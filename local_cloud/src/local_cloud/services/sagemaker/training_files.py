"""What a training job's container finds below /opt/ml before it starts.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local_cloud.services.sagemaker import channels
from local_cloud.services.sagemaker.hosts import Host

_NETWORK, _GROUP = "lo", "homogeneousCluster"


def make(
    host: Host,
    names: Sequence[str],
    *,
    hyperparameters: Mapping[str, str],
    inputs: Sequence[Mapping[str, Any]],
    mode: str,
    instance_type: str,
) -> None:
    """Make the folders of a host, and the files that tell its container of the job.

    Args:
        host: whose.
        names: of all hosts.
        hyperparameters: HyperParameters.
        inputs: InputDataConfig.
        mode: TrainingInputMode.
        instance_type: of all hosts.
    """
    for folder in ("input/config", "input/data", "model", "output/data"):
        (host.root / folder).mkdir(parents=True)
    config = host.root / "input" / "config"
    _write(config / "hyperparameters.json", hyperparameters)
    _write(config / "inputdataconfig.json", channels.input_data_config(inputs, mode=mode))
    _write(config / "resourceconfig.json", resource_config(host.name, names, instance_type=instance_type))


def resource_config(host: str, names: Sequence[str], *, instance_type: str) -> dict[str, Any]:
    """What resourceconfig.json says.

    The group, which every job without InstanceGroups has one of, and the type are what AWS's own programs read there:
    https://github.com/aws/sagemaker-training-toolkit, src/sagemaker_training/environment.py, and the drivers of the SDK
    v3, which fail without the type.

    Args:
        host: whose file it is.
        names: of all hosts.
        instance_type: of all hosts.
    """
    hosts = sorted(names)
    return {
        "current_host": host,
        "current_instance_type": instance_type,
        "current_group_name": _GROUP,
        "hosts": hosts,
        "instance_groups": [{"instance_group_name": _GROUP, "instance_type": instance_type, "hosts": hosts}],
        "network_interface_name": _NETWORK,
    }


def _write(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content), encoding="utf-8")
