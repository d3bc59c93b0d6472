"""What may be packed of a user's folder, and what is refused before any job starts."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from config.algorithm import Code
from stacks import script_archives
from tests.conftest import ROOT

CODE = Code(folder="mine", training="train.py", inference="inference.py")
FILES = {
    "train.py": "print('trained')\n",
    "inference.py": "def model_fn(model_dir):\n    return None\n",
    "requirements.txt": "# nothing\n",
    "parts/helper.py": "VALUE = 1\n",
}


def unpacked(packed: bytes) -> dict[str, bytes]:
    """Content of each file of an archive by name."""
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
        found = {member.name: archive.extractfile(member) for member in archive.getmembers()}
        return {name: file.read() for name, file in found.items() if file is not None}


def _folder(tmp_path: Path, **changes: str | None) -> Path:
    folder = tmp_path / "mine"
    names = {name.replace("/", "__").replace(".", "_"): name for name in FILES}
    files: dict[str, str | None] = dict(FILES)
    for key, text in changes.items():
        files[names.get(key, key.replace("__", "/").replace("_py", ".py"))] = text
    for name, text in files.items():
        if text is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return folder


def test_an_archive_has_the_files_and_what_starts_them_and_is_the_same_every_time(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    packed = script_archives.pack(folder, CODE)
    found = unpacked(packed)
    assert set(found) == {*FILES, script_archives.ENTRY}
    assert found["parts/helper.py"] == b"VALUE = 1\n"
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "train.pyc").write_bytes(b"compiled")
    (folder / "train.py").touch()
    assert script_archives.pack(folder, CODE) == packed
    # No time, whose change would train everything anew: https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1
    assert packed[4:8] == bytes(4)
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed))) as archive:
        assert {(member.mtime, member.uid, member.mode) for member in archive.getmembers()} == {(0, 0, 0o644)}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"train_py": None}, "has no train.py; write it, or correct algorithm.source"),
        ({"requirements_txt": None}, "has no requirements.txt; add it, empty when the image has all"),
        (
            {"inference_py": None, "code__inference_py": "def model_fn(model_dir): pass\n"},
            "has no inference.py; code/inference.py lies in a folder too deep: move it up",
        ),
        ({"inference_py": "def predict_fn(data, model): pass\n"}, "inference.py has no function model_fn(model_dir)"),
        (
            {"inference_py": "def model_fn(d): pass\ndef predict_fn(a, b): pass\ndef transform_fn(a, b, c, d): pass\n"},
            "inference.py has transform_fn and predict_fn, and the image takes one or the other; remove one",
        ),
        ({"train_py": "print('\n"}, "train.py is no Python: "),
        ({"perennial_entry_py": "x = 1\n"}, "has the name of a file that Perennial adds; rename it"),
    ],
)
def test_a_wrong_folder_is_refused_with_what_helps(tmp_path: Path, changes: dict[str, str | None], said: str) -> None:
    changes = {name.replace("perennial_entry_py", "perennial_entry.py"): text for name, text in changes.items()}
    with pytest.raises(ValueError, match="mine") as refused:
        script_archives.pack(_folder(tmp_path, **changes), CODE)
    assert said in str(refused.value)


def test_a_function_that_is_imported_counts(tmp_path: Path) -> None:
    folder = _folder(tmp_path, inference_py="from parts.helper import load as model_fn\n")
    assert "inference.py" in unpacked(script_archives.pack(folder, CODE))


def test_a_link_and_a_folder_that_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"elsewhere is no folder; add it to"):
        script_archives.pack(tmp_path / "elsewhere", CODE)
    folder = _folder(tmp_path)
    (folder / "data").symlink_to("/etc/passwd")
    with pytest.raises(ValueError, match="data is a link, which an archive of a script cannot have"):
        script_archives.pack(folder, CODE)


def test_packages_are_refused_where_none_can_be_installed(tmp_path: Path) -> None:
    folder = _folder(tmp_path, requirements_txt="lightgbm==4.6.0\n")
    assert script_archives.pack(folder, CODE)
    with pytest.raises(ValueError, match=r"names packages, but qa runs in a network without internet, where none"):
        script_archives.pack(folder, CODE, isolated=["qa"])
    bare = unpacked(script_archives.pack(folder, CODE, isolated=["qa"], without_requirements=True))
    assert bare["requirements.txt"] == b""


def test_packages_are_refused_where_the_endpoint_is_shared(tmp_path: Path) -> None:
    script_archives.check_shared(_folder(tmp_path))
    folder = _folder(tmp_path, requirements_txt="# of ours\nlightgbm==4.6.0\n")
    said = "requirements.txt names packages, which are installed behind an endpoint of one model only; give its models"
    with pytest.raises(ValueError, match=said):
        script_archives.check_shared(folder)


def test_what_the_examples_train_can_be_packed() -> None:
    source = ROOT / "training_src"
    assert script_archives.pack(source / "scripts" / "passengers", CODE)
    assert script_archives.pack(source / "huggingface", Code(folder="huggingface", training="train.py", inference=None))
