"""Who may import whom: pyproject.toml's contracts hold, and each of them is broken by an import that it forbids."""

import copy
from pathlib import Path
from typing import Any

import grimp
import pytest
from importlinter import Contract, api
from importlinter.contracts.acyclic_siblings import AcyclicSiblingsContract
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract
from importlinter.contracts.protected import ProtectedContract

ROOT = Path(__file__).parents[2]
KINDS: dict[str, type[Contract]] = {
    "acyclic_siblings": AcyclicSiblingsContract,
    "forbidden": ForbiddenContract,
    "layers": LayersContract,
    "protected": ProtectedContract,
}
CONFIGURED = api.read_configuration(str(ROOT / "pyproject.toml"))
CONTRACTS: dict[str, dict[str, Any]] = {options["id"]: options for options in CONFIGURED["contracts_options"]}
# What each contract forbids: who would import what.
FORBIDDEN = [
    ("sides", "mlops_constructs.states.asl", "stacks.account_stacks"),
    ("sides", "mlops_constructs.states.asl", "config.schema"),
    ("sides", "config.loader", "mlops_constructs.states.asl"),
    ("sides", "config.loader", "perennial.errors"),
    ("sides", "stacks.account_stacks", "perennial.errors"),
    ("sides", "perennial.account.aws", "stacks.account_stacks"),
    ("sides", "retraining.errors", "deployment.errors"),
    ("sides", "deployment.errors", "retraining.errors"),
    ("sides", "shared.versions", "retraining.errors"),
    ("sides", "shared.versions", "config.errors"),
    ("sides", "contract.warm_start", "shared.versions"),
    ("root", "stacks.account_stacks", "app"),
    ("root", "perennial.cli", "tests"),
    ("functions-without-the-cdk", "shared.versions", "aws_cdk"),
    ("logic", "retraining.logic", "retraining.adapters"),
    ("logic", "deployment.logic", "boto3"),
    ("logic", "shared.versions", "shared.adapters.registry"),
    ("boto3", "retraining.handlers", "boto3"),
    ("boto3", "retraining.adapters.sagemaker", "boto3"),
    ("boto3", "deployment.adapters.endpoint", "boto3"),
    ("boto3", "shared.adapters.s3", "boto3"),
    ("boto3", "shared.versions", "boto3"),
    ("boto3", "stacks.account_stacks", "boto3"),
    ("botocore", "deployment.errors", "botocore"),
    ("botocore", "config.loader", "botocore"),
    ("pure-states", "mlops_constructs.states.asl", "aws_cdk"),
    ("pure-states", "mlops_constructs.retraining", "mlops_constructs.security.acknowledge"),
    ("no-sagemaker-sdk", "stacks.account_stacks", "sagemaker"),
    ("app-without-the-local-cloud", "stacks.account_stacks", "local_cloud.kernel"),
    ("app-without-the-local-cloud", "perennial.demo.local", "local_cloud.kernel"),
    ("local-cloud-without-the-app", "local_cloud.kernel", "config.loader"),
    ("local-cloud-without-the-app", "local_cloud.services", "contract.warm_start"),
    ("containers", "local_cloud.containers", "local_cloud.kernel"),
    ("containers", "local_cloud.containers", "moto"),
    ("rooms", "perennial.account.aws", "perennial.screen.wording"),
    ("rooms", "perennial.account.aws", "perennial.commands.place"),
    ("rooms", "perennial.screen.wording", "perennial.drawing.text"),
    ("rooms", "perennial.drawing.text", "perennial.commands.place"),
    ("demo", "perennial.commands.smoke", "perennial.demo.checks"),
    ("drawing-without-calls", "perennial.drawing.text", "perennial.account.facts"),
    ("drawing-without-calls", "perennial.screen.wording", "boto3"),
    ("no-circles", "config.errors", "config.loader"),
    ("no-circles", "perennial.account.stack", "perennial.account.aws"),
    ("no-circles", "local_cloud.kernel.state", "local_cloud.services.sagemaker"),
]


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    options = CONFIGURED["session_options"]
    roots = options["root_packages"]
    return grimp.build_graph(*roots, include_external_packages=True, cache_dir=None)


def _holds(contract: str, imports: grimp.ImportGraph) -> bool:
    options = CONTRACTS[contract]
    own = {name: value for name, value in options.items() if name not in {"id", "name", "type"}}
    found = KINDS[options["type"]](options["name"], CONFIGURED["session_options"], own)
    # A check takes the imports out that it ignores.
    return found.check(copy.deepcopy(imports), verbose=False).kept


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_contract_holds(contract: str, imports: grimp.ImportGraph) -> None:
    assert _holds(contract, imports)


@pytest.mark.parametrize(("contract", "importer", "imported"), FORBIDDEN)
def test_a_forbidden_import_breaks_it(contract: str, importer: str, imported: str, imports: grimp.ImportGraph) -> None:
    changed = copy.deepcopy(imports)
    assert importer in changed.modules
    if "." not in imported and imported not in changed.modules:
        changed.add_module(imported, is_squashed=True)
    assert imported in changed.modules
    changed.add_import(importer=importer, imported=imported)
    assert not _holds(contract, changed)


def test_every_contract_is_shown_to_break() -> None:
    assert {contract for contract, *_ in FORBIDDEN} == set(CONTRACTS)


def test_the_check_reads_the_contracts() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "$(BIN)/lint-imports" in makefile.partition("\ncheck:")[2].partition("\n\n")[0]
