"""What a training job's container finds below /opt/ml before it starts.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local_cloud.services.sagemaker import channel_files, channels, job_files
from local_cloud.services.sagemaker.hosts import Host

_NETWORK = "lo"


def make(
    host: Host,
    names: Sequence[str],
    *,
    hyperparameters: Mapping[str, str],
    inputs: Sequence[Mapping[str, Any]],
    mode: str,
) -> None:
    """Make the folders of a host, and the files that tell its container of the job.

    Args:
        host: whose.
        names: of all hosts.
        hyperparameters: HyperParameters.
        inputs: InputDataConfig.
        mode: TrainingInputMode.
    """
    for folder in ("input/config", "input/data", "model", "output/data"):
        (host.root / folder).mkdir(parents=True)
    config = host.root / "input" / "config"
    _write(config / "hyperparameters.json", hyperparameters)
    _write(config / "inputdataconfig.json", channels.input_data_config(inputs, mode=mode))
    resources = {"current_host": host.name, "hosts": sorted(names), "network_interface_name": _NETWORK}
    _write(config / "resourceconfig.json", resources)


def download(client: Any, host: Host, channel: Mapping[str, Any], *, number: int, hosts: int) -> None:
    """Copy what a host gets of a channel that is a folder.

    Args:
        client: of S3, with the job's role.
        host: whose.
        channel: an item of InputDataConfig.
        number: of the host, from 0.
        hosts: how many there are.

    Raises:
        LocalCloudError: there is nothing, or it cannot be a file.
        botocore.exceptions.ClientError: the role may not read it.
    """
    items = channel_files.shard(channel_files.of(client, channel), channel, number=number, hosts=hosts)
    job_files.copy(client, items, host.root / "input" / "data" / channel["ChannelName"])


def _write(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content), encoding="utf-8")
