"""Waits and timeouts on the virtual clock."""

import threading
import time
from datetime import timedelta

import pytest

from local_cloud.kernel.clock import VirtualClock
from local_cloud.testing.waiting import until

pytestmark = pytest.mark.security("faults")


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Real time, moved by hand: its only item."""
    now = [1000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_a_countdown_runs_as_fast_as_the_clock_and_a_jump_leaves_it_alone(real: list[float]) -> None:
    clock = VirtualClock(scale=60)
    countdown = clock.countdown(3600)

    clock.advance(timedelta(days=1))
    real[0] += 59.9
    assert not countdown.is_over()
    real[0] += 0.2
    assert countdown.is_over()


def test_a_countdown_gives_real_work_its_time_on_a_fast_clock(real: list[float]) -> None:
    clock = VirtualClock(scale=600)
    minute, seconds = clock.countdown(60), clock.countdown(3)

    real[0] += 3.1
    assert (minute.is_over(), seconds.is_over()) == (False, True)
    real[0] += 7
    assert minute.is_over()


def test_a_countdown_follows_the_speed_of_the_clock(real: list[float]) -> None:
    clock = VirtualClock()
    countdown = clock.countdown(3600)

    real[0] += 1000
    assert not countdown.is_over()
    clock.set_scale(100)
    real[0] += 25.9
    assert not countdown.is_over()
    real[0] += 0.2
    assert countdown.is_over()


def test_a_jump_ends_a_pause() -> None:
    clock = VirtualClock()
    done = threading.Event()

    def pause() -> None:
        clock.pause(3600, goes_on=lambda: True)
        done.set()

    threading.Thread(target=pause, daemon=True).start()

    until(lambda: clock.skip_pauses() or None)
    assert done.wait(600)
    assert clock.offset_seconds == pytest.approx(3600, abs=60)
    assert clock.skip_pauses() == 0


def test_a_pause_is_given_up_when_it_has_no_purpose_any_more() -> None:
    clock = VirtualClock()
    clock.pause(3600, goes_on=lambda: False)
    assert clock.skip_pauses() == 0
