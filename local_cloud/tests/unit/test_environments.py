"""What pip makes for an image: found by its content, on top of what is there, whole or not at all. No network."""

import json
import os
import subprocess
import threading
import zipfile
from pathlib import Path

import pytest

from local_cloud.kernel import environments, interpreters, venvs
from local_cloud.kernel.environments import Environment, InstallError
from local_cloud.kernel.interpreters import Interpreter

_PROBE = """
import importlib, json, sys
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = importlib.import_module(name).__version__
    except ModuleNotFoundError:
        found[name] = None
print(json.dumps(found))
"""


def _wheel(folder: Path, name: str, version: str, *, needs: str = "") -> None:
    """A package that has a version and a program which tells it."""
    info = f"{name}-{version}.dist-info"
    needed = f"Requires-Dist: {needs}\n" if needs else ""
    files = {
        f"{name}/__init__.py": f"import sys\n__version__ = {version!r}\ndef say():\n    print(__version__, sys.prefix)\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needed}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name}-say = {name}:say\n",
    }
    record = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(path, text)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    _wheel(folder, "tiny", "1.0")
    _wheel(folder, "tiny", "2.0")
    _wheel(folder, "upper", "1.0", needs="tiny")
    return folder


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, packages: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(environments.IMAGES, str(tmp_path / "images"))
    monkeypatch.setenv(interpreters.SHARED, str(tmp_path / "interpreters"))
    monkeypatch.setenv(environments.PIP_OPTIONS, f"--no-index --find-links '{packages}'")
    # Whatever the user's configuration says of indexes.
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return tmp_path


def _versions(interpreter: Interpreter, *names: str) -> dict[str, str | None]:
    done = subprocess.run(
        [interpreter.python, "-P", "-c", _PROBE, *names], env={}, capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


def _of(*layers: Environment, linked: tuple[str, ...] = ()) -> Interpreter:
    return interpreters.of(linked, layers=[layer.place for layer in layers])


def test_an_environment_has_what_it_requires_and_nothing_else_of_this_machine() -> None:
    made = Environment(requirements="tiny==1.0")
    assert not made.is_installed
    said = list[str]()
    made.install(said.append)
    assert made.is_installed
    assert "Successfully installed tiny-1.0" in said
    assert _versions(_of(made), "tiny", "packaging", "pytest") == {"tiny": "1.0", "packaging": None, "pytest": None}
    assert made.place.name.startswith("tiny-1.0-")


def test_a_program_of_a_package_runs_with_the_interpreter_that_it_is_asked_of() -> None:
    below = Environment(requirements="tiny==1.0")
    above = Environment(requirements="upper", below=(below,))
    above.install()
    interpreter = _of(above, below)
    done = subprocess.run(
        ["/bin/sh", "-c", "tiny-say; upper-say"],
        env=interpreter.environment({}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [f"1.0 {interpreter.folder}"] * 2
    direct = subprocess.run([below.place / "bin" / "tiny-say"], capture_output=True, text=True, check=True)
    assert direct.stdout == f"1.0 {below.place}\n"


def test_what_lies_below_is_not_installed_again_unless_another_version_is_asked_for() -> None:
    below = Environment(requirements="tiny==1.0")
    above = Environment(requirements="upper", below=(below,))
    other = Environment(requirements="upper\ntiny==2.0", below=(below,))
    above.install()
    other.install()
    assert below.is_installed
    assert not (venvs.purelib(above.place) / "tiny").exists()
    assert _versions(_of(above, below), "tiny", "upper") == {"tiny": "1.0", "upper": "1.0"}
    assert _versions(_of(other, below), "tiny", "upper") == {"tiny": "2.0", "upper": "1.0"}
    assert _versions(_of(below), "tiny", "upper") == {"tiny": "1.0", "upper": None}


def test_on_top_of_this_machines_packages_these_are_not_installed_again(packages: Path, tmp_path: Path) -> None:
    above = Environment(requirements="tiny==2.0\npackaging", linked=("packaging",))
    above.install()
    assert not (venvs.purelib(above.place) / "packaging").exists()
    found = _versions(_of(above, linked=("packaging",)), "tiny", "packaging", "pytest")
    assert found == {
        "tiny": "2.0",
        "packaging": _versions(interpreters.of(["packaging"]), "packaging")["packaging"],
    } | {"pytest": None}


def test_a_package_of_this_machine_gives_way_to_the_version_that_is_asked_for(
    packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _wheel(tmp_path, "packaging", "1.5")
    monkeypatch.setenv(environments.PIP_OPTIONS, f"--no-index --find-links '{tmp_path}'")
    above = Environment(requirements="packaging==1.5", linked=("packaging",))
    above.install()
    assert _versions(_of(above, linked=("packaging",)), "packaging") == {"packaging": "1.5"}


def test_another_requirement_base_or_file_that_is_named_is_another_environment(tmp_path: Path) -> None:
    first = Environment(requirements="tiny==1.0")
    files = tmp_path / "source"
    files.mkdir()
    (files / "other.txt").write_text("tiny", encoding="utf-8")
    (files / "requirements.txt").write_text("-r other.txt", encoding="utf-8")
    named = Environment(requirements="-r other.txt", file=files / "requirements.txt")
    places = {
        first.place,
        Environment(requirements="tiny==2.0").place,
        Environment(requirements="tiny==1.0", below=(Environment(requirements="upper"),)).place,
        Environment(requirements="tiny==1.0", linked=("packaging",)).place,
        named.place,
    }
    (files / "other.txt").write_text("tiny==1.0", encoding="utf-8")
    assert len({*places, named.place}) == 6
    # Files that nothing names do not count, nor does where they lie.
    assert Environment(requirements="tiny==1.0", file=files / "requirements.txt").place == first.place
    named.install()
    assert _versions(_of(named), "tiny") == {"tiny": "1.0"}


def test_two_that_are_made_at_once_are_one_and_nothing_else_is_left(tmp_path: Path) -> None:
    made = Environment(requirements="upper")
    failed = list[Exception]()

    def install() -> None:
        try:
            made.install()
        except InstallError as error:
            failed.append(error)

    threads = [threading.Thread(target=install) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [path.name for path in (tmp_path / "images").iterdir()] == [made.place.name]
    assert _versions(_of(made), "tiny", "upper") == {"tiny": "2.0", "upper": "1.0"}


def test_what_pip_cannot_have_leaves_nothing_and_is_told(tmp_path: Path) -> None:
    missing = Environment(requirements="tiny==9.9")
    with pytest.raises(InstallError, match=r"pip failed: .*No matching distribution found for tiny==9\.9"):
        missing.install()
    assert not missing.is_installed
    assert list((tmp_path / "images").iterdir()) == []


def test_without_a_folder_of_their_own_they_lie_in_the_users_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert environments.root() == tmp_path / "images"
    monkeypatch.delenv(environments.IMAGES)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert environments.root() == tmp_path / "cache" / "local-cloud" / "images"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert environments.root() == tmp_path / "home" / ".cache" / "local-cloud" / "images"


def test_pip_in_a_container_does_as_its_users_pip_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("PIP_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    cache = {"PIP_CACHE_DIR": str(tmp_path / ".cache" / "pip")}
    assert environments.pip_settings() == cache
    config = tmp_path / ".config" / "pip" / "pip.conf"
    config.parent.mkdir(parents=True)
    config.touch()
    monkeypatch.setenv("PIP_INDEX_URL", "https://example.com/simple")
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    expected = {"PIP_CONFIG_FILE": str(config), "PIP_INDEX_URL": "https://example.com/simple"}
    assert environments.pip_settings() == cache | expected
