"""An update that breaks in a way that nobody foresaw leaves the old fleet serving."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local_cloud.kernel import runtime
from local_cloud.kernel.clock import VirtualClock
from local_cloud.kernel.processes import ProcessSupervisor
from local_cloud.kernel.runtime import Runtime
from local_cloud.kernel.settings import Settings
from local_cloud.services.sagemaker import endpoints, fleet_start, rollout
from local_cloud.services.sagemaker.deployment import Plan
from local_cloud.services.sagemaker.traffic import Serving

ARN = "arn:aws:sagemaker:us-east-1:111111111111:endpoint/e"


class Fleet:
    def __init__(self) -> None:
        self.stopped = False

    def is_running(self) -> bool:
        return not self.stopped

    def stop(self) -> None:
        self.stopped = True


def _serving(name: str) -> Serving:
    fleet: Any = Fleet()
    return Serving(config_name=name, fleet=fleet)


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    settings = Settings(state_dir=tmp_path)
    made = Runtime(settings=settings, clock=VirtualClock(), processes=ProcessSupervisor(settings.run_dir))
    monkeypatch.setattr(runtime, "_current", made)
    return made


def test_an_unforeseen_error_of_an_update_is_told_and_the_old_fleet_serves(
    running: Runtime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("nobody foresaw this")

    old, new = _serving("old"), _serving("new")
    monkeypatch.setattr(fleet_start, "start", lambda *_: new)
    monkeypatch.setattr(rollout, "roll_out", broken)
    endpoint = SimpleNamespace(arn=ARN, endpoint_status="Updating", endpoint_config_name="old", production_variants=[])
    endpoints.traffic_of(endpoint).serve(old)

    endpoints._in_background(endpoint, lambda: endpoints._update(endpoint, "new", Plan(), []), otherwise="InService")
    work = running.background.find(ARN)
    assert work is None or work.wait(600)

    assert (endpoint.endpoint_status, endpoint.endpoint_config_name) == ("InService", "old")
    assert endpoint.failure_reason.startswith("InternalServerError")
    assert endpoints.traffic_of(endpoint).in_service() is old
    assert old.fleet.is_running()
    assert not new.fleet.is_running()
    assert "ZeroDivisionError: nobody foresaw this" in caplog.text
