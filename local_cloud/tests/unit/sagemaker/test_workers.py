"""Many models in few processes: what one does harms no other."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from local_cloud.containers.sagemaker import model_process
from local_cloud.containers.sagemaker.model_process import BrokenModelError, WorkerDiedError
from local_cloud.containers.sagemaker.multi_model_server import LoadError, Models
from local_cloud.containers.sagemaker.programs import RefusedError
from local_cloud.containers.sagemaker.workers import UnknownModelError, Workers
from local_cloud.testing.waiting import until

FAMILY = "obedient"
ROOM = 1 << 30
MIB = 1 << 20
Make = Callable[..., Workers]


@pytest.fixture
def artifact(tmp_path: Path) -> Callable[..., Path]:
    """Makes the folder of an artifact."""

    def make(name: str, **orders: Any) -> Path:
        (tmp_path / name).mkdir()
        (tmp_path / name / "orders.json").write_text(json.dumps(orders), encoding="utf-8")
        return tmp_path / name

    return make


@pytest.fixture
def make(warm: None) -> Iterator[Make]:
    """Makes workers, and ends them."""
    made: list[Workers] = []

    def workers(**changes: Any) -> Workers:
        made.append(Workers(FAMILY, **{"memory_bytes": ROOM, "shares": True, "count": 2, **changes}))
        return made[-1]

    yield workers
    for item in made:
        item.stop()


def ask(workers: Workers, name: str, order: str = "nothing") -> dict[str, Any]:
    answer = workers.answer(name, order.encode(), content_type="text/csv", accept="text/x-any")
    return dict(json.loads(answer.body))


def fill(workers: Workers, artifact: Callable[..., Path], *names: str) -> None:
    for name in names:
        workers.load(name, artifact(name))


@pytest.mark.parametrize(
    ("family", "shares"),
    [
        (FAMILY, True),
        ("local_cloud.containers.sagemaker.xgboost.serve", True),
        ("local_cloud.containers.sagemaker.linear_learner.serve", True),
        ("every_family", False),
        ("nobodys", False),
    ],
)
def test_a_family_says_whether_its_models_share(warm: None, family: str, shares: bool) -> None:
    assert model_process.warm_up(family) == shares


def test_many_models_lie_in_few_processes(make: Make, artifact: Callable[..., Path]) -> None:
    workers, names = make(), [f"m{number}" for number in range(6)]
    fill(workers, artifact, *names)
    answers = [ask(workers, name) for name in names]
    assert len({answer["pid"] for answer in answers}) == 2
    assert {answer["pid"] for answer in answers} == workers.pids()
    assert (answers[0]["content_type"], answers[0]["accept"]) == ("text/csv", "text/x-any")


def test_a_family_that_does_not_share_has_a_process_for_each(make: Make, artifact: Callable[..., Path]) -> None:
    workers = make(shares=False)
    fill(workers, artifact, "a", "b", "c")
    assert len({ask(workers, name)["pid"] for name in "abc"}) == 3
    before = workers.pids()
    workers.unload("a")
    assert workers.pids() < before


@pytest.mark.parametrize("order", ["abort", "starve"])
def test_a_model_that_ends_its_process_does_so_to_others_once(
    make: Make, artifact: Callable[..., Path], order: str
) -> None:
    workers = make(count=1)
    fill(workers, artifact, "good", "bad")
    shared = ask(workers, "good")["pid"]
    assert ask(workers, "bad")["pid"] == shared
    with pytest.raises(WorkerDiedError, match="the model ended its process, exit code"):
        ask(workers, "bad", order)
    after = ask(workers, "good")["pid"]
    assert after != shared
    # It has a process for itself from now on.
    assert ask(workers, "bad")["pid"] != after
    with pytest.raises(WorkerDiedError):
        ask(workers, "bad", order)
    assert ask(workers, "good")["pid"] == after


def test_who_waits_for_a_process_that_dies_is_answered_by_another(
    make: Make, artifact: Callable[..., Path], tmp_path: Path
) -> None:
    workers, go = make(count=1, patience_seconds=600), tmp_path / "go"
    fill(workers, artifact, "bad", "good", "better")
    with ThreadPoolExecutor() as threads:
        bad = threads.submit(ask, workers, "bad", f"await {go}")
        until(go.with_suffix(".waits").exists)
        others = [threads.submit(ask, workers, name) for name in ("good", "better")]
        for process in workers.pids():
            _kill(process)
        with pytest.raises(WorkerDiedError):
            bad.result(600)
        assert len({other.result(600)["pid"] for other in others}) == 1


def test_who_waits_for_a_model_that_hangs_is_answered_elsewhere_meanwhile(
    make: Make, artifact: Callable[..., Path], tmp_path: Path
) -> None:
    workers, go = make(count=1, patience_seconds=0.1), tmp_path / "go"
    fill(workers, artifact, "slow", "good", "better")
    shared = ask(workers, "good")["pid"]
    with ThreadPoolExecutor() as threads:
        slow = threads.submit(ask, workers, "slow", f"await {go}")
        until(go.with_suffix(".waits").exists)
        elsewhere = {ask(workers, name)["pid"] for name in ("good", "better")}
        assert len(elsewhere) == 1
        assert shared not in elsewhere
        assert not slow.done()
        go.touch()
        # What is only slow has its answer, and goes on in the process that it has for itself now.
        assert slow.result(600)["pid"] == shared
    assert ask(workers, "slow")["pid"] == shared
    assert {ask(workers, name)["pid"] for name in ("good", "better")} == elsewhere


def test_a_model_that_is_slow_to_load_holds_up_no_other(
    make: Make, artifact: Callable[..., Path], tmp_path: Path
) -> None:
    workers, go = make(count=1, patience_seconds=0.1), tmp_path / "go"
    fill(workers, artifact, "good")
    with ThreadPoolExecutor() as threads:
        slow = threads.submit(workers.load, "slow", artifact("slow", do=f"await {go}"))
        until(go.with_suffix(".waits").exists)
        fill(workers, artifact, "new")
        assert ask(workers, "good")["pid"] == ask(workers, "new")["pid"]
        go.touch()
        slow.result(600)
    assert ask(workers, "slow")["pid"] != ask(workers, "good")["pid"]


def test_a_model_that_does_not_answer_in_time_is_stopped(
    make: Make, artifact: Callable[..., Path], tmp_path: Path
) -> None:
    workers = make(count=1)
    fill(workers, artifact, "bad", "good")
    (worker,) = workers._all()
    worker._seconds = 0.5
    with pytest.raises(WorkerDiedError, match=r"did not answer within 0\.5 seconds and was stopped"):
        ask(workers, "bad", f"await {tmp_path / 'never'}")
    assert ask(workers, "good")["pid"]
    assert len(workers.pids()) == 1


def test_an_artifact_that_crashes_what_loads_it_does_so_to_others_once(
    make: Make, artifact: Callable[..., Path]
) -> None:
    workers, bad = make(count=1), artifact("bad", do="abort")
    fill(workers, artifact, "good")
    processes = []
    for _ in range(3):
        with pytest.raises(BrokenModelError, match="the artifact cannot be loaded: the model ended its process"):
            workers.load("bad", bad)
        processes.append(ask(workers, "good")["pid"])
    assert processes[1] == processes[2]
    with pytest.raises(UnknownModelError):
        ask(workers, "bad")


def test_an_error_that_nobody_foresaw_is_an_answer_and_the_process_goes_on(
    make: Make, artifact: Callable[..., Path]
) -> None:
    workers = make(count=1)
    fill(workers, artifact, "good")
    before = ask(workers, "good")
    with pytest.raises(BrokenModelError, match="ValueError: no such thing"):
        workers.load("bad", artifact("bad", do="raise no such thing"))
    with pytest.raises(RefusedError, match="ValueError: not today") as refused:
        ask(workers, "good", "raise not today")
    assert refused.value.status == 500
    assert ask(workers, "good") == before


def test_a_process_that_was_killed_is_started_again(make: Make, artifact: Callable[..., Path]) -> None:
    workers = make(count=1)
    fill(workers, artifact, "a", "b")
    (before,) = workers.pids()
    _kill(before)
    assert ask(workers, "a")["pid"] == ask(workers, "b")["pid"] != before


def test_what_a_model_takes_is_measured(make: Make, artifact: Callable[..., Path]) -> None:
    workers = make(count=1)
    workers.load("large", artifact("large", bytes=32 * MIB))
    workers.load("small", artifact("small", bytes=MIB))
    # Python and the allocator add little to what the models hold.
    assert 32 * MIB <= workers.taken("large") < 36 * MIB
    assert MIB <= workers.taken("small") < 3 * MIB
    # What it left is free, and so the next one shows whole.
    workers.unload("large")
    workers.load("other", artifact("other", bytes=32 * MIB))
    assert 32 * MIB <= workers.taken("other") < 36 * MIB
    ask(workers, "small", f"grow {48 * MIB}")
    assert 49 * MIB <= workers.taken("small") < 54 * MIB


def test_models_fit_until_memory_is_short(make: Make, artifact: Callable[..., Path]) -> None:
    models = Models(make(), 40 * MIB)
    folders = {name: artifact(name, bytes=16 * MIB) for name in "abc"}
    models.load("a", folders["a"])
    models.load("b", folders["b"])
    with pytest.raises(LoadError, match="no memory for") as refused:
        models.load("c", folders["c"])
    assert refused.value.status == 507
    assert models.names() == ["a", "b"]
    assert models.unload("a") == 200
    models.load("c", folders["c"])
    assert models.names() == ["b", "c"]


def test_a_model_is_unloaded_once_it_has_answered(make: Make, artifact: Callable[..., Path], tmp_path: Path) -> None:
    workers, go = make(count=1), tmp_path / "go"
    fill(workers, artifact, "a", "b")
    with ThreadPoolExecutor() as threads:
        answer: Future[dict[str, Any]] = threads.submit(ask, workers, "a", f"await {go}")
        until(go.with_suffix(".waits").exists)
        workers.unload("a")
        with pytest.raises(UnknownModelError):
            ask(workers, "a")
        go.touch()
        assert answer.result(600)["pid"] == ask(workers, "b")["pid"]


def _kill(pid: int) -> None:
    """End a process, and wait until it is gone."""
    os.kill(pid, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{pid}").exists())
