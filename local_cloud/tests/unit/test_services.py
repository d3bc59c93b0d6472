"""Services are loaded when somebody needs them, in order, once."""

import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from local_cloud.kernel import services
from local_cloud.kernel.clock import VirtualClock
from local_cloud.kernel.processes import ProcessSupervisor
from local_cloud.kernel.runtime import Runtime
from local_cloud.kernel.services import Part, Service, Services
from local_cloud.kernel.settings import Settings
from local_cloud.kernel.state import Store


@pytest.fixture
def running(tmp_path: Path) -> Runtime:
    return Runtime(
        settings=Settings(state_dir=tmp_path), clock=VirtualClock(), processes=ProcessSupervisor(tmp_path / "run")
    )


def test_a_request_loads_the_service_and_what_it_needs_first() -> None:
    done: list[str] = []
    found = Services(
        [
            Service(name="a", backends=("x", "y"), needs=("b",), patch=lambda: done.append("a")),
            Service(name="b", patch=lambda: done.append("b")),
            Service(name="c", eager=True, patch=lambda: done.append("c")),
        ]
    )

    found.load_eager()
    assert done == ["c"]
    found.load_backend("y")
    found.load_backend("x")
    found.load_backend("what is left to moto")
    assert done == ["c", "b", "a"]
    assert [service.name for service in found.loaded()] == ["c", "b", "a"]


def test_background_work_begins_once_the_snapshot_is_restored(running: Runtime) -> None:
    begun: list[str] = []
    found = Services(
        [Service(name="a", start=lambda _: begun.append("a")), Service(name="b", start=lambda _: begun.append("b"))]
    )

    found.load("a")
    assert begun == []
    found.start(running)
    assert begun == ["a"]
    found.load("b")
    assert begun == ["a", "b"]


def test_a_snapshot_loads_what_it_holds_something_of(tmp_path: Path) -> None:
    kept: dict[str, Any] = {"used": 7, "unused": 0}
    loaded: list[str] = []

    def declared() -> Services:
        return Services(
            [
                Service(
                    name=name,
                    parts={name: Part(dump=partial(kept.__getitem__, name), load=partial(kept.__setitem__, name))},
                    patch=partial(loaded.append, name),
                    resume=partial(loaded.append, f"{name} resumes"),
                )
                for name in ("used", "unused")
            ]
        )

    before = declared()
    before.load("used")
    Store(tmp_path, before, clock_offset=lambda: 0.0).save()
    kept["used"] = 0
    loaded.clear()

    store = Store(tmp_path, declared(), clock_offset=lambda: 0.0)
    store.restore()
    store.resume()

    assert kept["used"] == 7
    assert loaded == ["used", "used resumes"]


def test_nothing_is_in_a_backend_that_nobody_imported() -> None:
    assert services.used_backends("robomaker") == {}
    assert "moto.robomaker" not in sys.modules


def test_a_fresh_server_imports_no_service_that_nobody_called() -> None:
    look = (
        "import sys; from local_cloud.kernel import server; server.prepare();"
        "print(*sorted(name for name in sys.modules if name.startswith('moto.') and name.endswith('.models')"
        " and not name.startswith(('moto.core', 'moto.moto_api'))))"
    )
    told = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)

    # Who somebody is and what they may do is asked at every request.
    assert told.stdout.split() == ["moto.iam.models", "moto.sts.models"]


def _print(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


# A partition of IAM that nobody uses holds 1,500 policies; moto makes all of them for a key that it does not know.
_PARTITIONS = """
from moto.iam import models
models.iam_backends["111111111111"]["aws"]
models.get_account_id_from("ASIAUNKNOWN")
print(len(models.iam_backends["111111111111"]))
"""
# EC2's data are 100 MB.
_EC2 = "print('moto.ec2.models' in __import__('sys').modules)"


def test_a_key_of_a_role_makes_no_partition_that_nobody_uses() -> None:
    assert int(_print(_PARTITIONS)) > 1, "moto does it itself now: take the look-up out of kernel/accounts.py"
    assert _print(f"from local_cloud.kernel import server\nserver.prepare()\n{_PARTITIONS}") == "1"


def test_step_functions_comes_without_ec2() -> None:
    moto = f"import moto.stepfunctions.parser.models\n{_EC2}"
    assert _print(moto) == "True", "moto leaves it out itself now: take `without_the_rest_of` out of kernel/patching.py"
    ours = "from local_cloud.kernel import server\nserver.prepare().load('step_functions')\n"
    assert _print(f"{ours}{_EC2}") == "False"
    # Whoever asks for the package itself gets all of it.
    assert _print(f"{ours}from moto.batch import batch_backends, utils\nprint(len(batch_backends))") == "0"
