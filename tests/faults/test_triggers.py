"""Every trigger of the workflows against what befalls triggers: it comes twice, or behind a later one."""

from collections.abc import Callable, Iterator

import pytest

from local_cloud import api
from local_cloud.api import Settings
from local_cloud.testing.waiting import until
from tests.faults import deployed, matrix, plan
from tests.faults.deployed import SANDBOX, Small
from tests.faults.observation import Account, Run
from tests.faults.registered import Registry
from tests.faults.retraining import ROWS
from tests.faults.triggers import CELLS, DECISION, END, Fleet, Watch

pytestmark = pytest.mark.security("faults")

_SCALE = 10
_SERVING = "222222222222"
_MODEL = Small(name="only")


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("triggers")
    stacks = deployed.synthesise(folder / "assembly", [_MODEL], serving=[_SERVING])
    with api.start(Settings(state_dir=folder / "state", port=0, time_scale=_SCALE)) as cloud:
        accounts = []
        for stack, account_id in zip(stacks, [SANDBOX, _SERVING], strict=True):
            outputs = deployed.deploy(cloud, folder / "assembly", stack, account_id)
            accounts.append(Account(cloud, account_id, outputs))
            accounts[-1].prepare()
        yield Fleet(cloud=cloud, training=accounts[0], serving=accounts[1], model=_MODEL.name)


def test_decisions_of_the_registry(fleet: Fleet) -> None:
    registry = Registry(fleet.training, fleet.model, readers=[_SERVING])
    first, second, third, fourth, fifth = (registry.add(rounds=rounds) for rounds in range(3, 8))

    def swap(cell: str, held: tuple[str, str], passes: tuple[str, str], *, deployments: int) -> None:
        fault = fleet.fault(kind="reorder_events", account_id=_SERVING, others=1, **DECISION)
        watch, rows = Watch(fleet, fleet.serving, "DeploymentStateMachineArn"), _deployments(fleet)
        fleet.decide(*held)
        fleet.struck(fault)
        assert watch.started() == []
        fleet.decide(*passes)
        watch.runs(2)
        fleet.over(fault)
        assert _deployments(fleet) == rows + deployments
        fleet.check_serves(fourth)
        fleet.take(cell)

    with fleet.decisions():
        for name, where, version in (("registry's", SANDBOX, first), ("serving account's", _SERVING, second)):
            fault = fleet.fault(kind="duplicate_event", account_id=where, **DECISION)
            watch, rows = Watch(fleet, fleet.serving, "DeploymentStateMachineArn"), _deployments(fleet)
            fleet.decide(version, "Approved")
            watch.runs(2)
            fleet.over(fault)
            assert _deployments(fleet) == rows + 1
            fleet.check_serves(version)
            fleet.take(f"approval, twice on the {name} bus")
        swap("approval, behind that of a later version", (third, "Approved"), (fourth, "Approved"), deployments=1)
        rejected = (fifth, "Approved"), (fifth, "Rejected")
        swap("approval, behind the rejection of the same version", *rejected, deployments=0)


def test_the_deployment_schedule(fleet: Fleet) -> None:
    version = _another(fleet)
    fault = fleet.fault(kind="duplicate_event", account_id=_SERVING, schedule="deployment")
    watch, rows = Watch(fleet, fleet.serving, "DeploymentStateMachineArn"), _deployments(fleet)
    fleet.tick(fleet.serving, "deployment")
    watch.runs(2)
    fleet.rest(fleet.serving, "deployment")
    fleet.over(fault)
    assert _deployments(fleet) == rows + 1
    fleet.check_serves(version)
    fleet.take("deployment schedule, twice")


def test_what_is_told_of_an_execution_that_ended(fleet: Fleet) -> None:
    fault = fleet.fault(kind="duplicate_event", account_id=_SERVING, match={"status": "ABORTED"}, **END)
    hang = fleet.fault(
        kind="hang",
        account_id=_SERVING,
        service="lambda",
        operation="Invoke",
        match={"FunctionName": ".*PlanDeployment.*"},
        then="fail",
    )
    arn = fleet.serving.start("DeploymentStateMachineArn", {"reason": "test"}, name="to-be-stopped")
    fleet.struck(hang)
    fleet.serving.client("stepfunctions").stop_execution(executionArn=arn)
    until(lambda: True if len(fleet.serving.notifications(arn)) >= 2 else None)
    plan.remove(fleet.cloud, hang)
    fleet.over(fault)
    served = fleet.serving.served(fleet.model)
    run = fleet.serving.wait(fleet.serving.start("DeploymentStateMachineArn", {"reason": "test"}, name="after-it"))
    assert run.status == "SUCCEEDED", run
    assert len(fleet.serving.notifications(arn)) == 2
    assert served is not None
    fleet.check_serves(served)
    fleet.take("announcement of an execution's end, twice")


def test_the_retraining_schedule(fleet: Fleet) -> None:
    bucket = fleet.training.outputs["ArtifactBucketName"]
    fleet.training.client("s3").put_object(Bucket=bucket, Key=f"raw/{fleet.model}/rows.csv", Body=ROWS.encode())
    watch = Watch(fleet, fleet.training, "RetrainingStateMachineArn")
    _look(fleet)
    # Its own time of the day may have come.
    watch.runs(len(watch.started()))
    before = len(fleet.training.versions(fleet.model))

    fleet.pass_a_day()
    fault = fleet.fault(kind="duplicate_event", account_id=SANDBOX, schedule="retraining")
    watch = Watch(fleet, fleet.training, "RetrainingStateMachineArn")
    moment = fleet.tick(fleet.training, "retraining")
    until(lambda: True if fleet.looks(moment) >= 2 else None)
    fleet.rest(fleet.training, "retraining")
    fleet.over(fault)
    _check_trained(fleet, watch.runs(1), outcome="registered", versions=before + 1)
    fleet.take("dispatcher's schedule, twice")

    fleet.pass_a_day()
    hang = fleet.fault(
        kind="hang",
        account_id=SANDBOX,
        service="lambda",
        operation="Invoke",
        match={"FunctionName": ".*DispatchRetraining.*"},
        then="go_on",
    )
    watch = Watch(fleet, fleet.training, "RetrainingStateMachineArn")
    late = fleet.tick(fleet.training, "retraining")
    fleet.struck(hang)
    fleet.rest(fleet.training, "retraining")
    fleet.pass_a_day()
    last = _look(fleet)
    assert fleet.looks(late) == 0
    fleet.over(hang)
    until(lambda: fleet.looks(late) or None)
    assert fleet.last_tick() == last
    _check_trained(fleet, watch.runs(1), outcome="nothing new", versions=before + 1)
    fleet.take("dispatcher's schedule, a day late and behind the next")


def test_every_cell_was_taken(
    fleet: Fleet, record_property: Callable[[str, object], None], request: pytest.FixtureRequest
) -> None:
    assert set(fleet.taken) == set(CELLS)
    rows = [f"| {cell} | {outcome} |" for cell, outcome in CELLS.items()]
    text = "\n".join(["| trigger | what comes of it |", "|---|---|", *rows])
    record_property("fault matrix", f"triggers\n\n{text}")
    if request.config.getoption("--write-fault-matrix"):
        matrix.write("triggers", text)
    assert text in matrix.DOCS.read_text(encoding="utf-8")
    record_property("figure", f"{len(fleet.taken)} cells of triggers, 100 % allowed")


def _deployments(fleet: Fleet) -> int:
    return len(fleet.serving.rows("deployment", fleet.serving.outputs["EndpointName"]))


def _another(fleet: Fleet) -> str:
    """Approve a version that is not served; returns its ARN."""
    versions = [item["ModelPackageArn"] for item in fleet.training.versions(fleet.model)]
    served = fleet.serving.served(fleet.model)
    found = next(str(arn) for arn in versions if arn != served)
    fleet.decide(found, "Rejected")
    fleet.decide(found, "Approved")
    return found


def _look(fleet: Fleet) -> object:
    """A tick of the dispatcher to its end; returns its time."""
    moment = fleet.tick(fleet.training, "retraining")
    until(lambda: fleet.looks(moment) or None)
    fleet.rest(fleet.training, "retraining")
    return fleet.last_tick()


def _check_trained(fleet: Fleet, runs: list[Run], *, outcome: str, versions: int) -> None:
    assert [run.output["outcome"] for run in runs] == [outcome]
    assert len(fleet.training.versions(fleet.model)) == versions
    assert not fleet.training.leases()
    assert not fleet.training.running_jobs()
