from pathlib import Path

import pytest

from config.loader import load
from perennial.demo import ready
from perennial.demo.fleet import Fleet
from perennial.demo.local import LocalCloud


def test_the_demo_empties_its_own_local_cloud_and_tells_it_the_region_of_the_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    orders: list[tuple[str, ...]] = []
    monkeypatch.setattr(LocalCloud, "_command", lambda _, *arguments: orders.append(arguments))
    cloud = Fleet(root=tmp_path, port=5700, logs=tmp_path).cloud

    cloud.restart_empty()

    reset, start = orders
    assert reset == ("reset",)
    assert start[:5] == ("start", "--port", "5700", "--region", load().accounts.region)
    # Its builds take the CDK CLI from there.
    assert start[5:] == ("--node-modules", str(tmp_path / "node_modules"))
    # What people keep is in .local-cloud.
    assert cloud.state_dir == tmp_path / ready.STATE_DIR
    assert ready.STATE_DIR == ".local-cloud-demo"
