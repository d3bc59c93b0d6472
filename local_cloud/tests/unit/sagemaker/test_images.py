"""Which images there are: what the families' folders say, read without their programs."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_cloud.containers import sagemaker
from local_cloud.containers.sagemaker.image import Image
from local_cloud.kernel import environments
from local_cloud.kernel.errors import LocalCloudError, NotEmulatedError
from local_cloud.services.sagemaker import images

XGBOOST = "sagemaker-xgboost:3.0-5"
_DECLARATION = """
from local_cloud.containers.sagemaker.image import Image
IMAGES = tuple(Image(name=name, packages=()) for name in {names!r})
"""


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Puts a family that stands for some images beside those that there are."""
    monkeypatch.setattr(sagemaker, "__path__", [*sagemaker.__path__, str(tmp_path)])
    before = set(sys.modules)

    def make(family: str, *names: str) -> None:
        (tmp_path / family).mkdir()
        (tmp_path / family / "__init__.py").write_text(_DECLARATION.format(names=names), encoding="utf-8")
        images.declared.cache_clear()

    yield make
    images.declared.cache_clear()
    for name in set(sys.modules) - before:
        if name.startswith(f"{sagemaker.__name__}."):
            del sys.modules[name]


def test_a_folder_that_lies_there_is_a_family(add: Callable[..., None]) -> None:
    add("made_up", "made-up:1", "made-up:2")
    assert {"made-up:1", "made-up:2", XGBOOST} <= set(images.declared())
    assert images.find("111111111111.dkr.ecr.eu-west-1.amazonaws.com/made-up:2").image.name == "made-up:2"


def test_two_folders_for_one_image_are_refused(add: Callable[..., None]) -> None:
    add("made_up", XGBOOST)
    with pytest.raises(LocalCloudError, match=f"two folders of .* stand for the image {XGBOOST}, keep one"):
        images.find("made-up:1")


def test_an_image_that_there_is_not_is_refused_by_name(add: Callable[..., None]) -> None:
    add("made_up", "made-up:1")
    with pytest.raises(NotEmulatedError, match=r"no image 'other:1', choose one of \[.*'made-up:1', "):
        images.find("registry/other:1")


@pytest.mark.parametrize("what", ["train", "serve"])
def test_what_an_image_does_not_do_is_refused_by_name(add: Callable[..., None], what: str) -> None:
    add("made_up", "made-up:1")
    with pytest.raises(NotEmulatedError, match=f"image 'made-up:1' does not {what}"):
        images.find("made-up:1").program("train" if what == "train" else "serve")


def test_no_program_is_imported_to_find_an_image() -> None:
    code = f"""
import sys
from local_cloud.services.sagemaker import images
images.find({XGBOOST!r})
inside = sorted(name for name in sys.modules if name.startswith({sagemaker.__name__!r} + "."))
print(*(name for name in inside if name.count(".") > {sagemaker.__name__.count(".") + 1}), "xgboost" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


@pytest.fixture
def add_images(add: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts images there whose environments nobody made."""
    monkeypatch.setenv(environments.IMAGES, str(tmp_path / "images"))

    def make(*declared: str) -> None:
        add("made_up", "unused:1")
        text = "from local_cloud.containers.sagemaker.image import Image\nIMAGES = (" + ",\n".join(declared) + ",)\n"
        (tmp_path / "made_up" / "__init__.py").write_text(text, encoding="utf-8")

    return make


def test_an_image_that_is_not_installed_does_nothing_and_says_the_command(add_images: Callable[..., None]) -> None:
    add_images('Image(name="made-up:1", requirements=("tiny==1.0",), train="made_up.train")')
    found = images.find("registry/made-up:1")
    told = (
        "^the image 'made-up:1' is not installed here, make it with `python -m local_cloud images install made-up:1`$"
    )
    with pytest.raises(NotEmulatedError, match=told):
        found.program("train")
    with pytest.raises(NotEmulatedError, match=told):
        _ = found.interpreter
    found.layers[0].place.mkdir(parents=True)
    assert found.program("train") == "made_up.train"


def test_an_image_lies_on_top_of_its_base_and_has_the_same_environment_as_one_that_needs_the_same(
    add_images: Callable[..., None],
) -> None:
    add_images(
        'Image(name="base:1", requirements=("torch==2",))',
        'Image(name="other:1", requirements=("torch==2",))',
        'Image(name="top:1", requirements=("transformers==5",), base="base:1")',
        'Image(name="same:1", base="top:1")',
        'Image(name="linked:1", packages=("packaging",))',
        'Image(name="on-linked:1", requirements=("transformers==5",), base="linked:1")',
    )
    base, top = images.find("base:1"), images.find("top:1")
    assert images.find("other:1").layers == base.layers
    assert [layer.requirements for layer in top.layers] == ["transformers==5", "torch==2"]
    assert top.layers[0].below == base.layers
    assert images.find("same:1").layers == top.layers
    assert images.find("same:1").image.name == "same:1"
    base.layers[0].place.mkdir(parents=True)
    assert base.is_installed
    assert not top.is_installed
    on_linked = images.find("on-linked:1")
    assert (on_linked.linked, images.find("linked:1").is_installed) == (("packaging",), True)
    assert on_linked.layers[0].place != top.layers[0].place


def test_a_base_that_is_no_image_is_refused(add_images: Callable[..., None]) -> None:
    add_images('Image(name="top:1", requirements=("a",), base="base:2")')
    with pytest.raises(LocalCloudError, match=r"image top:1 has the base 'base:2', which is none of \["):
        images.find("top:1")


def test_an_image_has_packages_of_this_machine_or_requirements() -> None:
    with pytest.raises(ValueError, match="image a:1 has packages of this machine, and requirements or a base"):
        Image(name="a:1", packages=("numpy",), requirements=("numpy",))
