"""The app, deployed by the real CDK CLI into three accounts of one local cloud, with models that went all the way."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local_cloud import api
from local_cloud.api import RunningCloud, Settings
from perennial.account.bootstrap import Permissions, bootstrap
from perennial.account.cdk import Cdk
from perennial.demo import datasets
from tests.conftest import ROOT
from tests.e2e.cloud import PIPELINE_ACCOUNT, REGION, STACKS, Account, Fleet, Run, physical_ids

FLIGHTS = 12_000
# The pipeline adopts the stacks, which the CLI then finds changed; their end; and what reads the record of all the others.
_LAST = ("test_promotion_pipeline.py", "test_teardown.py", "test_iam.py")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every scenario is a part of what is known about the roles, and their proof comes last."""
    here = Path(__file__).parent
    ours = [item for item in items if item.path.parent == here]
    for item in ours:
        item.add_marker(pytest.mark.security("iam"))
    last = [item for name in _LAST for item in ours if item.path.name == name]
    items[:] = [*(item for item in items if item not in last), *last]


@pytest.fixture(scope="session")
def fleet(assembly: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("cloud")
    # Builds take the CDK CLI from there.
    settings = Settings(state_dir=folder / "state", port=0, node_modules=ROOT / "node_modules")
    with api.start(settings) as cloud:
        # Two at a time: the CLI waits more than it computes.
        with ThreadPoolExecutor(max_workers=2) as pool:
            sandbox, qa, prod = pool.map(lambda stack: _deploy(cloud, stack, assembly, folder), STACKS)
        fleet = Fleet(sandbox=sandbox, qa=qa, prod=prod)
        for account in fleet.all:
            # The clock jumps over hours while an update bakes; a tick then would take a lease from a test's own run.
            account.schedules("DISABLED")
        yield fleet


def _deploy(cloud: RunningCloud, stack: str, assembly: Path, folder: Path) -> Account:
    account_id = STACKS[stack]
    cdk = Cdk(root=ROOT, environment=cloud.environment(account_id, REGION), log=folder / f"{stack}.log")
    outputs, app = folder / f"{stack}.json", str(assembly)
    client = cloud.client("cloudformation", account_id)
    permissions = Permissions(app="perennial")
    bootstrap(
        cdk,
        client,
        account_id=account_id,
        region=REGION,
        permissions=permissions,
        trust=[PIPELINE_ACCOUNT],
    )
    cdk.run("deploy", stack, "--require-approval", "never", "--app", app, "--outputs-file", str(outputs))
    return Account(
        cloud=cloud,
        account_id=account_id,
        stack=stack,
        outputs=json.loads(outputs.read_text(encoding="utf-8"))[stack],
        cdk=cdk,
        assembly=assembly,
        physical_ids=physical_ids(cloud, account_id, stack),
    )


@pytest.fixture(scope="session")
def sandbox(fleet: Fleet) -> Account:
    return fleet.sandbox


@pytest.fixture(scope="session")
def temperature(sandbox: Account, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Version 1 of a model that is trained without tuning, served in sandbox."""
    sandbox.upload("temperature-tomorrow", datasets.write_weather(tmp_path_factory.mktemp("weather")))
    run = sandbox.run("temperature-tomorrow")
    assert run.status == "SUCCEEDED", run.cause
    sandbox.settle()
    return run


@pytest.fixture(scope="session")
def cold(sandbox: Account, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Version 1 of a tuned model, from the first two months, served in sandbox."""
    folder = tmp_path_factory.mktemp("flights")
    sandbox.upload("flight-delay", datasets.write_flights(folder, months=[1, 2], sample_rows=FLIGHTS))
    run = sandbox.run("flight-delay")
    assert run.status == "SUCCEEDED", run.cause
    sandbox.settle()
    return run


@pytest.fixture(scope="session")
def promoted(fleet: Fleet, temperature: Run, cold: Run) -> Fleet:
    """Both first versions approved and served everywhere."""
    for model in ("temperature-tomorrow", "flight-delay"):
        fleet.judge(model, 1, "Approved")
    for model in ("temperature-tomorrow", "flight-delay"):
        fleet.expect(model, 1, (fleet.qa, fleet.prod))
    return fleet


@pytest.fixture(scope="session")
def warm(promoted: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Version 2 of the tuned model, from one more month, not approved yet."""
    folder = tmp_path_factory.mktemp("more-flights")
    months = datasets.write_flights(folder, months=[1, 2, 3], sample_rows=FLIGHTS * 3 // 2)
    promoted.sandbox.upload("flight-delay", months)
    run = promoted.sandbox.run("flight-delay")
    assert run.status == "SUCCEEDED", run.cause
    promoted.expect("flight-delay", 2, (promoted.sandbox,))
    return run
