"""What a model's code needs is installed before its container starts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_cloud.kernel import runtime
from local_cloud.kernel.clock import VirtualClock
from local_cloud.kernel.environments import InstallError
from local_cloud.kernel.processes import ProcessSupervisor
from local_cloud.kernel.runtime import Runtime
from local_cloud.kernel.settings import Settings
from local_cloud.services.sagemaker.serving_process import FleetError, ServingProcess


class Image:
    """Installs what it is told, or fails."""

    def __init__(self, built_in: Any = None, *, fails: bool = False) -> None:
        self.built_in, self._fails = built_in, fails
        self.installed: list[str] = []

    def with_requirements(self, text: str, *, file: Path) -> "Image":
        assert file.read_text(encoding="utf-8") == text
        self.installed.append(text)
        return self

    def install(self, tell: Callable[[str], None]) -> None:
        tell("pip speaks")
        if self._fails:
            raise InstallError("pip found no such package")


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Image], ServingProcess]:
    settings = Settings(state_dir=tmp_path / "state")
    running = Runtime(settings=settings, clock=VirtualClock(), processes=ProcessSupervisor(settings.run_dir))
    monkeypatch.setattr(runtime, "_current", running)

    def process(image: Any) -> ServingProcess:
        session: Any = None
        return ServingProcess(name="primary", place="of a test", log=tmp_path / "log", image=image, session=session)

    return process


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    file = tmp_path / "requirements.txt"
    file.write_text("some-package==1", encoding="utf-8")
    return file


def test_what_the_artifact_asks_for_is_installed(
    make: Callable[[Image], ServingProcess], requirements: Path, tmp_path: Path
) -> None:
    image = Image()
    make(image).install(requirements)
    make(image).install(tmp_path / "missing.txt")
    assert image.installed == ["some-package==1"]
    assert (tmp_path / "log").read_text(encoding="utf-8") == "pip speaks\n"


def test_nothing_is_installed_for_an_algorithm_of_sagemaker(
    make: Callable[[Image], ServingProcess], requirements: Path
) -> None:
    image = Image(built_in="yes")
    make(image).install(requirements)
    assert image.installed == []


def test_what_cannot_be_installed_fails_the_container(
    make: Callable[[Image], ServingProcess], requirements: Path
) -> None:
    with pytest.raises(
        FleetError, match=r"The primary container of a test did not pass.*\(pip found no such package\)"
    ):
        make(Image(fails=True)).install(requirements)
