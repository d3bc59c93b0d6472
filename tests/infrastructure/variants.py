"""What every security check looks at: config/, a configuration that chooses all there is, and the example fleet."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk

import app as perennial_app
from config.accounts_schema import Accounts
from config.batch_transform_schema import BatchTransform
from config.loader import CONFIG_DIR, Config, load
from config.schema import Model, WarehouseSource
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
QUERY = ROOT / "tests" / "infrastructure" / "queries" / "rows.sql"
# A model of each family, each with grants that others do not need.
FAMILIES = ROOT / "examples" / "families"
# Of the fleet that this repository's tests look at, when config/ has another one.
EXAMPLE = "example"
_SCALE = {"min_count": 2, "max_count": 4, "invocations_per_instance": 1000}


def configurations(*, own: Config | None = None) -> dict[str, Config]:
    """Configurations by name.

    Args:
        own: that of config/; None reads it.
    """
    own, example = own or load(CONFIG_DIR), load()
    found = {"as configured": own, "everything": _with_everything(own, example.models[0])}
    # Some exceptions concern what another configuration may lack.
    return found if own == example else found | {EXAMPLE: example}


def _with_everything(config: Config, model: Model) -> Config:
    """A configuration with all there is: its own accounts and models, every family, and one more model.

    That one reads from a warehouse, and answers files.
    """
    accounts = config.accounts.model_dump()
    region = config.accounts.region
    for environment in accounts["environments"].values():
        environment["network"] = _moved(PRIVATE, region)
        environment["serving"] |= {"instance_count": 2, "autoscaling": _SCALE}
    accounts["environments"]["qa"]["network"] = _moved(_EXISTING, region)
    accounts |= {
        "permissions_boundary": "boundaries/developers",
        "warehouses": {**accounts["warehouses"], "sales": _moved(_WAREHOUSE, region)},
        "pipeline": {"account_id": "444444444444", "source": {"type": "codecommit", "repository": "perennial"}},
    }
    source = WarehouseSource(type="warehouse", warehouse="sales", query=QUERY.name, window_days=30)
    names = {other.name for other in config.models}
    answering = BatchTransform(schedule="rate(1 day)", input="from-warehouse/new", output="from-warehouse/answers")
    reader = model.model_copy(update={"name": "from-warehouse", "source": source, "batch_transform": answering})
    models = (*config.models, reader, *(other for other in load(FAMILIES).models if other.name not in names))
    return Config(accounts=Accounts.model_validate(accounts), models=models, queries=QUERY.parent)


def _moved(settings: dict[str, Any], region: str) -> dict[str, Any]:
    """Settings of a network, in a region: a zone is its region and a letter."""
    return dict(json.loads(json.dumps(settings).replace("us-east-1", region)))


def build(application: cdk.App, config: Config) -> None:
    """Define the stacks of a configuration."""
    perennial_app.build(application, config, commit="0" * 40)


def context() -> dict[str, Any]:
    """The context of cdk.json."""
    return dict(json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"])


def templates(assembly: Path) -> list[Path]:
    """Templates of an assembly; a pipeline's stages hold the accounts' once more."""
    return sorted(assembly.glob("*.template.json"))
