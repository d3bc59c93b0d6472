"""What a training job's container finds below /opt/ml before it starts.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local_cloud.services.sagemaker import channels
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


def _write(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content), encoding="utf-8")
