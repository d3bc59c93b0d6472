"""What is unpacked from a model archive, and what is refused before anything lies outside of its folder."""

import contextlib
import gzip
import lzma
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_cloud.services.sagemaker import archives
from local_cloud.services.sagemaker.archives import BadArchiveError
from local_cloud.testing.archives import member, packed

pytestmark = pytest.mark.security("hostile input")
Member = tuple[tarfile.TarInfo, bytes]
GOOD = member("xgboost-model", b"content")


def _pax_bomb() -> bytes:
    """An extended header that claims, and has, as much as it likes; tarfile reads such a header at once."""
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 10_000_000
    return gzip.compress(header.tobuf() + b"0" * 10_000_000)


def _extract(folder: Path, data: bytes) -> Path:
    (folder / "model.tar.gz").write_bytes(data)
    archives.extract(folder / "model.tar.gz", folder / "inside" / "model")
    return folder / "inside" / "model"


def _outside(folder: Path) -> list[str]:
    inside = folder / "inside" / "model"
    return [str(path) for path in folder.rglob("*") if path.is_file() and not path.is_relative_to(inside)]


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ([member("../evil", b"x")], "holds '../evil', only files and folders inside it are allowed"),
        ([member("a/../../../evil", b"x")], "holds 'a/../../../evil'"),
        ([member("/var/evil", b"x")], "holds '/var/evil'"),
        ([member("../", kind=tarfile.DIRTYPE)], "holds '..'"),
        ([GOOD, member("link", kind=tarfile.SYMTYPE)], "holds 'link'"),
        ([GOOD, member("link", kind=tarfile.LNKTYPE)], "holds 'link'"),
        ([member("pipe", kind=tarfile.FIFOTYPE)], "holds 'pipe'"),
        ([member("device", kind=tarfile.CHRTYPE)], "holds 'device'"),
        ([member("device", kind=tarfile.BLKTYPE)], "holds 'device'"),
        ([member("sparse", b"x" * 512, kind=tarfile.GNUTYPE_SPARSE)], "model archive"),
        ([GOOD, GOOD], "holds 'xgboost-model' twice"),
        ([GOOD, member("./xgboost-model", b"other")], "holds './xgboost-model' twice"),
        ([GOOD, member("xgboost-model/inside", b"x")], "cannot unpack model archive"),
        ([member("n" * 300, b"x")], "cannot unpack model archive"),
    ],
)
def test_what_is_no_plain_file_inside_is_refused(tmp_path: Path, members: list[Member], said: str) -> None:
    with pytest.raises(BadArchiveError) as refused:
        _extract(tmp_path, packed(*members))
    assert said in str(refused.value)
    assert _outside(tmp_path) == [str(tmp_path / "model.tar.gz")]


def test_too_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MOST_MEMBERS", 3)
    with pytest.raises(BadArchiveError, match="more than 3 members"):
        _extract(tmp_path, packed(*[member(f"file-{number}") for number in range(4)]))


@pytest.mark.parametrize("data", [packed(member("model", bytes(10_000_000))), _pax_bomb()])
def test_a_bomb_is_refused_once_it_has_unpacked_to_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    assert len(data) < 20_000
    monkeypatch.setattr(archives, "_MOST_BYTES", 3_000_000)
    with pytest.raises(BadArchiveError, match="unpacks to more than 3000000 bytes"):
        _extract(tmp_path, data)
    written = sum(path.stat().st_size for path in (tmp_path / "inside").rglob("*") if path.is_file())
    assert written <= 3_000_000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no archive",
        packed(GOOD)[:-12],
        packed(GOOD)[:20],
        gzip.compress(b"no tar" * 200),
        lzma.compress(gzip.decompress(packed(GOOD))),
        gzip.decompress(packed(GOOD)),
        gzip.compress(GOOD[0].tobuf() + b"less"),
    ],
)
def test_what_is_no_gzipped_tar_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(BadArchiveError, match="cannot unpack model archive"):
        _extract(tmp_path, data)


def test_an_archive_in_an_archive_stays_one(tmp_path: Path) -> None:
    inner = packed(member("../evil", b"x"))
    folder = _extract(tmp_path, packed(member("model.tar.gz", inner)))
    assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [("model.tar.gz", inner)]


@given(
    changes=st.lists(st.tuples(st.integers(0, 5000), st.binary(min_size=1, max_size=8)), min_size=1, max_size=5),
    inside=st.booleans(),
)
def test_a_damaged_archive_is_unpacked_or_refused(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, bytes]], inside: bool
) -> None:
    whole = packed(GOOD, member("folder", kind=tarfile.DIRTYPE), member("folder/é" * 20, b"x" * 600))
    data = bytearray(gzip.decompress(whole) if inside else whole)
    for place, new in changes:
        start = place % len(data)
        data[start : start + len(new)] = new
    folder = tmp_path_factory.mktemp("damaged")
    with contextlib.suppress(BadArchiveError):
        _extract(folder, gzip.compress(bytes(data)) if inside else bytes(data))
    assert _outside(folder) == [str(folder / "model.tar.gz")]


def test_what_is_packed_is_unpacked_again(tmp_path: Path) -> None:
    (tmp_path / "made" / "more").mkdir(parents=True)
    (tmp_path / "made" / "xgboost-model").write_bytes(b"model")
    (tmp_path / "made" / "more" / "ü b").write_bytes(b"")
    archives.pack([tmp_path / "made"], tmp_path / "packed.tar.gz")
    folder = _extract(tmp_path, (tmp_path / "packed.tar.gz").read_bytes())
    assert (folder / "xgboost-model").read_bytes() == b"model"
    assert (folder / "more" / "ü b").read_bytes() == b""
