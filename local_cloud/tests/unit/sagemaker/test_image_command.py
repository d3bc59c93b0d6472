"""``python -m local_cloud images``: what it shows, and whom it installs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from local_cloud.containers.sagemaker.image import Image
from local_cloud.kernel import environments
from local_cloud.kernel.environments import Environment, Run
from local_cloud.kernel.errors import LocalCloudError
from local_cloud.services.sagemaker import image_command, images

LONG = "huggingface-made-up-inference:2.6.0-transformers5.5.3-cpu-py312-ubuntu22.04"
_IMAGES = (
    Image(
        name="a-tree:1.0", requirements=("tree==1.0",), train="a.train", serve="a.serve", differs="tree has no roots."
    ),
    Image(name="a-tree:2.0", packages=("packaging",), train="a.train", serve="a.serve"),
    Image(
        name=LONG,
        requirements=("wood==1",),
        base="a-tree:1.0",
        serve="b.serve",
        differs="The image is built with Python 3.12 and Ubuntu's packages, of which this one has none at all.",
    ),
    Image(name="plain:1", packages=("packaging",)),
)
LISTED = """\
image                                       for          state
a-tree:1.0                                  train serve  installed
  tree has no roots.
a-tree:2.0                                  train serve  ready
huggingface-made-up-inference:2.6.0-transformers5.5.3-cpu-py312-ubuntu22.04
                                            serve        not installed
  The image is built with Python 3.12 and Ubuntu's packages, of which this one
  has none at all.
plain:1                                     process      ready
To install one: python -m local_cloud images install NAME
"""


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Requirements that pip was to install."""
    found = list[str]()

    def install(self: Environment, tell: Callable[[str], None] = lambda _: None, *, run: Run) -> None:
        del run
        tell("Collecting something")
        tell("Requirement already satisfied: something else")
        self.place.mkdir(parents=True, exist_ok=True)
        (self.place / "file").write_bytes(bytes(2_000_000))
        found.append(self.requirements)

    monkeypatch.setenv(environments.IMAGES, str(tmp_path))
    monkeypatch.setattr(images, "declared", lambda: {image.name: image for image in _IMAGES})
    monkeypatch.setattr(Environment, "install", install)
    return found


def _install(*names: str, requirements: Path | None = None) -> list[str]:
    told = list[str]()
    image_command.install(names, requirements=requirements, tell=told.append)
    return told


def test_the_table_tells_of_each_image_what_it_is_for_and_whether_it_can_be_used() -> None:
    _install("a-tree:1.0")
    lines = list(image_command.table())
    assert "\n".join(lines) + "\n" == LISTED
    assert max(map(len, lines)) <= 80


def test_an_image_is_installed_with_its_base_and_what_is_there_is_not_installed_again(installed: list[str]) -> None:
    assert _install("a-tree:1", "a-tree:1.0") == [
        "a-tree:1.0: pip installs what it needs",
        "  Collecting something",
        "a-tree:1.0 is installed: 2 MB in 0 s",
        "a-tree:1.0 is installed",
    ]
    _install("huggingface")
    assert installed == ["tree==1.0", "tree==1.0", "wood==1"]


def test_an_image_of_this_machines_packages_is_ready(installed: list[str]) -> None:
    assert _install("plain") == ["plain:1 is ready: it has this machine's packages"]
    assert installed == []


def test_a_users_requirements_are_installed_on_top_and_found_by_their_text(
    tmp_path: Path, installed: list[str]
) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("leaf==3\n", encoding="utf-8")
    assert _install("plain", requirements=file)[-1] == "plain:1 is installed: 2 MB in 0 s"
    assert installed == ["leaf==3\n"]
    assert images.find("x/plain:1").with_requirements("leaf==3\n").is_installed
    assert not images.find("x/plain:1").with_requirements("leaf==4\n").is_installed


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("bush", r"there is no image 'bush', choose one of \['a-tree:1.0', "),
        ("tree", r"'tree' is a part of the names of several images, choose one of \['a-tree:1.0', 'a-tree:2.0'\]"),
    ],
)
def test_a_name_that_is_none_or_of_several_is_refused(name: str, told: str, installed: list[str]) -> None:
    with pytest.raises(LocalCloudError, match=told):
        _install("a-tree:1.0", name)
    assert installed == []


def test_a_requirements_file_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LocalCloudError, match=r"none\.txt cannot be read: "):
        _install("plain", requirements=tmp_path / "none.txt")
