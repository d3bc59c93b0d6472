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
    families = sorted(path.parent.name for path in Path(sagemaker.__path__[0]).glob("*/__init__.py"))
    inside = sorted(["image", *families])
    assert done.stdout.split() == [*(f"{sagemaker.__name__}.{name}" for name in inside), "False"]
