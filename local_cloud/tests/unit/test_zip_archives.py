"""Zip archives of folders."""

import io
import stat
import zipfile
from pathlib import Path

import pytest

from local_cloud.kernel import zip_archives
from local_cloud.kernel.zip_archives import ArchiveError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "run").write_text("#!/bin/sh\n")
    (root / "bin" / "run").chmod(0o755)
    (root / "run").symlink_to("bin/run")
    return root


def _again(folder: Path, to: Path, *, with_attributes: bool) -> Path:
    archive = io.BytesIO()
    zip_archives.write(folder, archive, with_attributes=with_attributes)
    to.mkdir()
    zip_archives.unpack(archive, to)
    return to


def test_permissions_and_links_stay_with_attributes(folder: Path, tmp_path: Path) -> None:
    found = _again(folder, tmp_path / "to", with_attributes=True)

    assert stat.S_IMODE((found / "bin" / "run").stat().st_mode) == 0o755
    assert (found / "run").readlink() == Path("bin/run")


def test_without_attributes_nothing_is_executable_and_a_link_is_a_text(folder: Path, tmp_path: Path) -> None:
    found = _again(folder, tmp_path / "to", with_attributes=False)

    assert (found / "bin" / "run").read_text() == "#!/bin/sh\n"
    assert not (found / "bin" / "run").stat().st_mode & 0o111
    assert not (found / "run").is_symlink()
    assert (found / "run").read_text() == "bin/run"


def test_the_same_folder_makes_the_same_entries(folder: Path) -> None:
    one, other = io.BytesIO(), io.BytesIO()
    zip_archives.write(folder, one, with_attributes=False)
    zip_archives.write(folder, other, with_attributes=False)

    assert zipfile.ZipFile(one).namelist() == zipfile.ZipFile(other).namelist() == ["bin/run", "run"]


@pytest.mark.parametrize("name", ["../out", "a/../../out", "/out", "..\\out"])
def test_nothing_is_unpacked_outside_of_the_folder(name: str, tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr(name, "x")
    to = tmp_path / "to"
    to.mkdir()

    with pytest.raises(ArchiveError, match="outside"):
        zip_archives.unpack(archive, to)

    assert [path.name for path in tmp_path.iterdir()] == ["to"]


def test_no_link_leads_another_entry_out_of_the_folder(tmp_path: Path) -> None:
    to, out = tmp_path / "to", tmp_path / "out"
    to.mkdir()
    out.mkdir()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        for name, aim in (("a", str(out)), ("a/b", "c")):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFLNK | 0o777) << 16
            zipped.writestr(entry, aim)

    with pytest.raises(ArchiveError, match="leads out"):
        zip_archives.unpack(archive, to)

    assert list(out.iterdir()) == []


def test_what_is_no_archive_is_told() -> None:
    with pytest.raises(ArchiveError, match="no zip archive"):
        zip_archives.read(io.BytesIO(b"text"), "a")
