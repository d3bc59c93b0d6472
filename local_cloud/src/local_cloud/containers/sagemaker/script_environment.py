"""What a user's script is told of its job: the variables ``SM_*``.

They are those of AWS's sagemaker-training toolkit:
https://github.com/aws/sagemaker-training-toolkit/blob/master/ENVIRONMENT_VARIABLES.md and ``environment.py``.
"""

import json
import logging
import multiprocessing
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from local_cloud.containers.own_opt_ml import PLACE
from local_cloud.containers.sagemaker import hyperparameters, launchers, script_arguments

_ONE_GROUP = "homogeneousCluster"


def place_of(root: Path) -> Path:
    """How a container calls its folder: ``/opt/ml``, where this process has the folder there."""
    return PLACE if PLACE.is_dir() and PLACE.samefile(root) else root


@dataclass(frozen=True, kw_only=True)
class ScriptEnvironment:
    """A job as its script sees it.

    Args:
        base: its ``/opt/ml``.
        values: all hyperparameters, parsed.
        resources: resourceconfig.json.
        channels: inputdataconfig.json.
        module: what the image runs, as AWS's names it.
    """

    base: Path
    values: Mapping[str, Any]
    resources: Mapping[str, Any]
    channels: Mapping[str, Any]
    module: str

    @classmethod
    def read(cls, root: Path, *, module: str) -> Self:
        """That of a job.

        Args:
            root: its ``/opt/ml``.
            module: what the image runs.
        """
        config = root / "input" / "config"
        return cls(
            base=place_of(root),
            values=script_arguments.parse(hyperparameters.read(root)),
            resources=json.loads((config / "resourceconfig.json").read_text(encoding="utf-8")),
            channels=hyperparameters.channels(root),
            module=module,
        )

    @property
    def code(self) -> Path:
        """Folder of the script."""
        return self.base / "code"

    @cached_property
    def hyperparameters(self) -> dict[str, Any]:
        """Those that the script gets."""
        return script_arguments.of_user(self.values)

    @cached_property
    def own(self) -> dict[str, Any]:
        """Those that the image keeps."""
        return script_arguments.of_toolkit(self.values)

    @property
    def program(self) -> str | None:
        """What is run; None when the job names nothing, neither by hyperparameter nor by variable."""
        named = os.environ.get("SAGEMAKER_PROGRAM") or self.own.get("sagemaker_program")
        return None if named is None else str(named)

    @property
    def source(self) -> str:
        """Where the code lies: an address in S3, a folder or an archive."""
        return str(self.own.get("sagemaker_submit_directory", self.code))

    @property
    def hosts(self) -> list[str]:
        """All of the job, in the order of their names."""
        return [str(host) for host in self.resources["hosts"]]

    @property
    def arguments(self) -> list[str]:
        """Of the script's command."""
        return script_arguments.arguments(self.hyperparameters)

    def variables(self) -> dict[str, str]:
        """All of them."""
        told = self._told()
        for name in self.channels:
            told[f"channel_{name}"] = str(self.base / "input" / "data" / name)
        for name, value in self.hyperparameters.items():
            told[f"hp_{name}"] = value
        return script_arguments.variables(told | {"training_env": self._as_a_whole(told)})

    def _told(self) -> dict[str, Any]:
        base, resources = self.base, self.resources
        groups = {str(group["instance_group_name"]): group for group in resources.get("instance_groups") or []}
        group = str(resources.get("current_group_name", _ONE_GROUP))
        return {
            "hosts": self.hosts,
            "network_interface_name": resources.get("network_interface_name", "eth0"),
            "hps": self.hyperparameters,
            "user_entry_point": self.program,
            "framework_params": self._of_framework(),
            "resource_config": self.resources,
            "input_data_config": self.channels,
            "output_data_dir": str(base / "output" / "data"),
            "channels": sorted(self.channels),
            "current_host": resources["current_host"],
            "current_instance_type": resources.get("current_instance_type", "local"),
            "current_instance_group": group,
            "current_instance_group_hosts": groups[group]["hosts"] if group in groups else [],
            "instance_groups": list(groups),
            "instance_groups_dict": groups,
            "distribution_instance_groups": self._distributed(group),
            "is_hetero": len(groups) > 1,
            "module_name": _without_ending(self.program),
            "log_level": self.own.get("sagemaker_container_log_level", logging.INFO),
            "framework_module": self.module,
            "input_dir": str(base / "input"),
            "input_config_dir": str(base / "input" / "config"),
            "output_dir": str(base / "output"),
            "num_cpus": multiprocessing.cpu_count(),
            "num_gpus": 0,
            "num_neurons": 0,
            "model_dir": str(base / "model"),
            "module_dir": self.source,
            "user_args": self.arguments,
            "output_intermediate_dir": str(base / "output" / "intermediate"),
        }

    def _of_framework(self) -> dict[str, Any]:
        """Those of the image's own that the toolkit itself does not read."""
        read = {
            "sagemaker_program",
            "sagemaker_submit_directory",
            "sagemaker_enable_cloudwatch_metrics",
            "sagemaker_region",
            "sagemaker_container_log_level",
            "sagemaker_job_name",
            "sagemaker_s3_output",
            "default_user_module_name",
            "_tuning_objective_metric",
        }
        return {name: value for name, value in self.own.items() if name not in read}

    def _distributed(self, group: str) -> Any:
        wanted = [group] if any(self.own.get(name) for name in (*launchers.OTHERS, launchers.TORCHRUN)) else []
        return self.own.get("sagemaker_distribution_instance_groups", wanted)

    def _as_a_whole(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """SM_TRAINING_ENV, which has some of it by other names."""
        renamed = {
            "hyperparameters": told["hps"],
            "additional_framework_parameters": told["framework_params"],
            "channel_input_dirs": {name: told[f"channel_{name}"] for name in self.channels},
            "job_name": os.environ.get("TRAINING_JOB_NAME"),
            "master_hostname": self.hosts[0],
            "is_master": told["current_host"] == self.hosts[0],
        }
        left_out = {"hps", "framework_params", "channels", "user_args"}
        kept = {
            name: value
            for name, value in told.items()
            if name not in left_out and not name.startswith(("channel_", "hp_"))
        }
        return kept | renamed


def _without_ending(program: str | None) -> str | None:
    return None if program is None else program.removesuffix(".py")
