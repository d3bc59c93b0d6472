"""Who takes a request, and when a fleet may stop."""

import threading
from collections import Counter
from typing import Any, cast

import pytest

from local_cloud.kernel.errors import LocalCloudError
from local_cloud.services.sagemaker.fleet import Fleet
from local_cloud.services.sagemaker.traffic import Serving, Traffic


class _Fleet:
    def __init__(self) -> None:
        self.running = True
        self.stopped = threading.Event()

    def is_running(self) -> bool:
        return self.running

    def stop(self) -> None:
        self.running = False
        self.stopped.set()


def _serving(name: str) -> Serving:
    return Serving(config_name=name, fleet=cast("Fleet", _Fleet()))


def _never() -> Serving:
    raise AssertionError("no fleet has to be started")


def _counts(traffic: Traffic, requests: int) -> Counter[str]:
    counts: Counter[str] = Counter()
    for _ in range(requests):
        with traffic.request(_never) as serving:
            counts[serving.config_name] += 1
    return counts


def _fake(serving: Serving) -> Any:
    return serving.fleet


def test_a_share_of_the_requests_is_taken_evenly() -> None:
    traffic = Traffic()
    traffic.serve(_serving("old"))
    new = _serving("new")
    for share, expected in ((0.1, 10), (0.25, 25), (1 / 3, 33), (0.5, 50), (1.0, 100)):
        traffic.shift(new, share)
        # What is left over from the share before may bring one request forward.
        assert abs(_counts(traffic, 100)["new"] - expected) <= 1
    traffic.back()
    assert _counts(traffic, 10) == {"old": 10}
    traffic.serve(new)
    assert _counts(traffic, 10) == {"new": 10}


def test_a_new_fleet_that_died_gets_no_more_requests() -> None:
    traffic, new = Traffic(), _serving("new")
    traffic.serve(_serving("old"))
    traffic.shift(new, 1.0)
    _fake(new).running = False
    assert _counts(traffic, 3) == {"old": 3}


def test_a_fleet_that_is_started_while_its_endpoint_is_deleted_goes_too() -> None:
    traffic, late = Traffic(), _serving("late")

    def start() -> Serving:
        traffic.close()
        return late

    with pytest.raises(LocalCloudError, match="the endpoint was deleted"), traffic.request(start):
        pass
    assert _fake(late).stopped.is_set()


def test_a_retired_fleet_stops_after_its_last_answer() -> None:
    traffic, old = Traffic(), _serving("old")
    traffic.serve(old)
    held, release = threading.Event(), threading.Event()

    def work() -> None:
        with traffic.request(_never):
            held.set()
            release.wait(600)

    worker = threading.Thread(target=work)
    worker.start()
    assert held.wait(600)
    traffic.serve(_serving("new"))
    retiring = threading.Thread(target=traffic.retire, args=(old,))
    retiring.start()
    assert not _fake(old).stopped.wait(0.2)
    release.set()
    assert _fake(old).stopped.wait(600)
    worker.join()
    retiring.join()


def test_concurrent_requests_start_a_dead_fleet_once() -> None:
    traffic, started = Traffic(), []
    dead = _serving("dead")
    _fake(dead).running = False
    traffic.serve(dead)

    def start() -> Serving:
        started.append(_serving("fresh"))
        return started[-1]

    def work() -> None:
        with traffic.request(start) as serving:
            assert serving.config_name == "fresh"

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(started) == 1
    assert _fake(dead).stopped.is_set()
