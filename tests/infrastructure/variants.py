"""The configurations that every security check looks at: that of config/, and one that chooses all there is."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk

import app as perennial_app
from config.accounts_schema import Accounts
from config.loader import CONFIG_DIR, Config, load
from tests.conftest import ROOT
from tests.unit.config.test_network_schema import PRIVATE

_EXISTING = {
    "type": "existing",
    "vpc_id": "vpc-0123456789abcdef0",
    "subnets": [
        {"id": "subnet-0123456789abcdef0", "availability_zone": "us-east-1a"},
        {"id": "subnet-0123456789abcdef1", "availability_zone": "us-east-1b"},
    ],
    "security_group_id": "sg-0123456789abcdef0",
}
_WAREHOUSE = {
    "engine": "redshift",
    "host": "cluster.example.com",
    "port": 5439,
    "database": "dwh",
    "network": {
        "subnet_id": "subnet-0123456789abcdef0",
        "security_group_id": "sg-0123456789abcdef0",
        "availability_zone": "us-east-1a",
    },
    "secret_name": "warehouse/reader",
}
_SCALE = {"min_count": 2, "max_count": 4, "invocations_per_instance": 1000}


def configurations() -> dict[str, Config]:
    """Configurations by name."""
    return {"as configured": load(CONFIG_DIR), "everything": _with_everything(load())}


def _with_everything(config: Config) -> Config:
    accounts = config.accounts.model_dump()
    environments = accounts["environments"]
    for environment in environments.values():
        environment["network"] = PRIVATE
        environment["serving"] |= {"instance_count": 2, "autoscaling": _SCALE}
    environments["qa"]["network"] = _EXISTING
    accounts |= {
        "permissions_boundary": "boundaries/developers",
        "warehouses": {"sales": _WAREHOUSE},
        "pipeline": {"account_id": "444444444444", "source": {"type": "codecommit", "repository": "perennial"}},
    }
    return Config(accounts=Accounts.model_validate(accounts), models=config.models)


def build(application: cdk.App, config: Config) -> None:
    """Define the stacks of a configuration."""
    perennial_app.build(application, config, commit="0" * 40)


def context() -> dict[str, Any]:
    """The context of cdk.json."""
    return dict(json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"])


def templates(assembly: Path) -> list[Path]:
    """Templates of an assembly; a pipeline's stages hold the accounts' once more."""
    return sorted(assembly.glob("*.template.json"))
