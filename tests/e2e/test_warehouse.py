"""A model on a warehouse goes the whole way: rows of PostgreSQL are extracted, learnt from, judged, and served."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_cloud import api
from local_cloud.api import RunningCloud, Settings
from perennial.account.cdk import Cdk
from tests.conftest import ROOT
from tests.e2e.cloud import REGION, STACKS, Account, Run, physical_ids
from tests.support.postgres import PostgresServer

MODEL, STACK = "shop-sales", "PerennialSandbox"
EXAMPLE = ROOT / "examples" / "warehouse"
USER, PASSWORD = "reader", "p\"w'd; % \\ é"
DAYS, SHOPS = 150, 8
# What is sold follows from day, shop, offer and weather, but for at most two pieces.
_SALES = f"""
insert into sales
select current_date - n,
       shop,
       n % 5 = 0,
       10 + 10 * sin(n / 20.0),
       20 + 5 * shop + 6 * extract(isodow from current_date - n)::int + case when n % 5 = 0 then 30 else 0 end
         + round(10 + 10 * sin(n / 20.0))::int + (n * 7 + shop * 3) % 3
  from generate_series(1, {DAYS}) n, generate_series(1, {SHOPS}) shop
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        escaped = PASSWORD.replace("'", "''")
        server.execute(
            f"create role {USER} login password '{escaped}'",
            "create table sales (day date, shop int, on_offer boolean, degrees numeric(5, 2), pieces int)",
            _SALES,
            f"grant select on sales to {USER}",
        )
        yield server


@pytest.fixture(scope="module")
def config(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, with the server of this test as its warehouse."""
    folder = tmp_path_factory.mktemp("config") / "fleet"
    shutil.copytree(EXAMPLE, folder)
    accounts = yaml.safe_load((folder / "accounts.yaml").read_text(encoding="utf-8"))
    accounts["warehouses"]["shop"].update(host="127.0.0.1", port=postgres.port, database="postgres", ssl=False)
    (folder / "accounts.yaml").write_text(yaml.safe_dump(accounts), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def sandbox(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    folder = tmp_path_factory.mktemp("cloud")
    assembly = _synthesised(config, folder / "assembly")
    with api.start(Settings(state_dir=folder / "state", port=0)) as cloud:
        account = _deployed(cloud, assembly, folder)
        account.schedules("DISABLED")
        yield account


def _synthesised(config: Path, folder: Path) -> Path:
    import aws_cdk as cdk

    import app as perennial_app
    from config.loader import load

    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    application = cdk.App(outdir=str(folder), context=context)
    perennial_app.build(application, load(config), commit="0" * 40)
    application.synth()
    return folder


def _deployed(cloud: RunningCloud, assembly: Path, folder: Path) -> Account:
    account_id, outputs = STACKS[STACK], folder / "outputs.json"
    # As docs/warehouse.md says, the secret is there first.
    cloud.client("secretsmanager", account_id).create_secret(
        Name="perennial/shop", SecretString=json.dumps({"username": USER, "password": PASSWORD})
    )
    cdk = Cdk(root=ROOT, environment=cloud.environment(account_id, REGION), log=folder / "cdk.log")
    cdk.run("bootstrap", f"aws://{account_id}/{REGION}", "--app", str(assembly))
    cdk.run(
        "deploy", STACK, "--require-approval", "never", "--app", str(assembly), "--outputs-file", str(outputs)
    )  # fmt: skip
    return Account(
        cloud=cloud,
        account_id=account_id,
        stack=STACK,
        outputs=json.loads(outputs.read_text(encoding="utf-8"))[STACK],
        cdk=cdk,
        assembly=assembly,
        physical_ids=physical_ids(cloud, account_id, STACK),
    )


@pytest.fixture(scope="module")
def run(sandbox: Account) -> Run:
    run = sandbox.run(MODEL)
    assert run.status == "SUCCEEDED", run.cause
    sandbox.settle()
    return run


def _report(sandbox: Account, run: Run) -> dict[str, Any]:
    return dict(json.loads(sandbox.read(run.output["report"])))


def test_every_row_of_the_window_is_learnt_from(sandbox: Account, run: Run, postgres: PostgresServer) -> None:
    rows = _report(sandbox, run)["rows"]
    assert sum(rows.values()) == postgres.value("select count(*) from sales") == DAYS * SHOPS
    # A tenth of the days each is held out.
    assert rows["validation"] == rows["test"] == DAYS // 10 * SHOPS


def test_the_run_extracted_first_and_passed_its_gate(run: Run) -> None:
    assert run.states.index("Extract from Warehouse") < run.states.index("Extract, Transform, Load")
    assert run.output["outcome"] == "registered"
    # The noise is at most two pieces; a model that knew nothing would be off by the spread of about twenty.
    assert 0 < run.output["value"] < 6


def test_the_version_serves_and_answers_as_evaluated(sandbox: Account, run: Run) -> None:
    assert sandbox.versions() == {MODEL: 1}
    golden = json.loads(sandbox.read(run.output["evaluation"]))["golden"]
    answer = sandbox.invoke(MODEL, golden["request"])
    assert answer == pytest.approx(float(golden["answer"]), rel=1e-6)
    assert answer == pytest.approx(_report(sandbox, run)["golden_label"], abs=15)
