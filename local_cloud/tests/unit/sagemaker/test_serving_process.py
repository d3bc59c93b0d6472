"""What a model's code needs is installed before its container starts."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from local_cloud.kernel import runtime
from local_cloud.kernel.clock import VirtualClock
from local_cloud.kernel.environments import InstallError, Run
from local_cloud.kernel.processes import ProcessSupervisor
from local_cloud.kernel.runtime import Runtime
from local_cloud.kernel.settings import Settings
from local_cloud.services.sagemaker.serving_process import START_SECONDS, FleetError, ServingProcess
from local_cloud.testing.waiting import until

Make = Callable[..., ServingProcess]


class Image:
    """Installs what it is told, or fails."""

    def __init__(self, built_in: Any = None, *, program: str = "print('pip speaks')") -> None:
        self.built_in, self._program = built_in, program
        self.installed: list[str] = []
        self.said: list[str] = []

    def with_requirements(self, text: str, *, file: Path) -> "Image":
        assert file.read_text(encoding="utf-8") == text
        self.installed.append(text)
        return self

    def install(self, *, run: Run) -> None:
        said = list[str]()
        code = run([sys.executable, "-c", self._program], {"HOME": "/nowhere"}, Path.cwd(), said.append)
        self.said = said
        if code:
            raise InstallError("pip failed: " + " ".join(said))


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    settings = Settings(state_dir=tmp_path / "state")
    running = Runtime(settings=settings, clock=VirtualClock(), processes=ProcessSupervisor(settings.run_dir))
    monkeypatch.setattr(runtime, "_current", running)

    def process(image: Any, *, start_seconds: float = START_SECONDS) -> ServingProcess:
        session: Any = None
        return ServingProcess(
            name="primary",
            place="of a test",
            log=tmp_path / "log",
            image=image,
            session=session,
            start_seconds=start_seconds,
        )

    return process


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    file = tmp_path / "requirements.txt"
    file.write_text("some-package==1", encoding="utf-8")
    return file


def test_what_the_artifact_asks_for_is_installed(make: Make, requirements: Path, tmp_path: Path) -> None:
    image = Image()
    make(image).install(requirements)
    make(image).install(tmp_path / "missing.txt")
    assert image.installed == ["some-package==1"]
    assert (tmp_path / "log").read_text(encoding="utf-8") == "pip speaks\n"


def test_nothing_is_installed_for_an_algorithm_of_sagemaker(make: Make, requirements: Path) -> None:
    image = Image(built_in="yes")
    make(image).install(requirements)
    assert image.installed == []


def test_what_cannot_be_installed_fails_the_container(make: Make, requirements: Path) -> None:
    fails = Image(program="import sys; sys.exit('pip found no such package')")
    with pytest.raises(
        FleetError, match=r"The primary container of a test did not pass.*: pip found no such package\)"
    ):
        make(fails).install(requirements)
    assert fails.said == ["pip found no such package"]


def test_an_installation_that_hangs_ends_with_the_time_to_start(make: Make, requirements: Path) -> None:
    hangs = Image(program="import signal; signal.pause()")
    with pytest.raises(FleetError, match=r"took more than the 0\.1 seconds that a container has to start"):
        make(hangs, start_seconds=0.1).install(requirements)


def test_an_installation_ends_with_its_container(make: Make, requirements: Path, tmp_path: Path) -> None:
    process = make(Image(program="import signal; print('begun', flush=True); signal.pause()"))
    with ThreadPoolExecutor() as pool:
        installs = pool.submit(process.install, requirements)
        until(lambda: "begun" in "".join(file.read_text(encoding="utf-8") for file in tmp_path.rglob("pip.txt")))
        process.stop()
        with pytest.raises(FleetError, match="pip failed"):
            installs.result()
    assert not process.is_running()


def test_what_was_stopped_starts_no_more(make: Make, requirements: Path) -> None:
    process = make(Image())
    process.stop()
    with pytest.raises(FleetError, match="was stopped before it served"):
        process.install(requirements)


def test_a_container_that_is_never_started_leaves_nothing_behind(make: Make) -> None:
    make(Image())
    assert not runtime.current().settings.scratch_dir.exists()
