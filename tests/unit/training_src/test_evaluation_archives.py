"""What is taken as a model, and what is not."""

import contextlib
import gzip
import pickle
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation_job import archives, xgboost_model
from evaluation_job.errors import EvaluationError
from local_cloud.testing.archives import Touch, member
from tests.unit.training_src.archives import pack, save, train
from tests.unit.training_src.requests import XGBOOST

pytestmark = pytest.mark.security("hostile input")
GOOD = member("xgboost-model", b"x")


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ([], "nothing"),
        ([member("../xgboost-model", b"x")], "'../xgboost-model'"),
        ([member("/xgboost-model", b"x")], "'/xgboost-model'"),
        ([member("inside/xgboost-model", b"x")], "'inside/xgboost-model'"),
        ([member("xgboost-model", kind=tarfile.SYMTYPE)], "'xgboost-model'"),
        ([member("xgboost-model", kind=tarfile.LNKTYPE)], "'xgboost-model'"),
        ([member("xgboost-model", kind=tarfile.FIFOTYPE)], "'xgboost-model'"),
        ([member("xgboost-model", kind=tarfile.DIRTYPE)], "'xgboost-model'"),
        ([GOOD, GOOD], "'xgboost-model', 'xgboost-model'"),
        ([GOOD, member("code/inference.py", b"x")], "'xgboost-model', 'code/inference.py'"),
    ],
)
def test_only_one_regular_file_is_taken(
    tmp_path: Path, members: list[tuple[tarfile.TarInfo, bytes]], found: str
) -> None:
    with pytest.raises(EvaluationError) as refused:
        archives.unpack_model(pack(tmp_path / "model.tar.gz", *members), XGBOOST)
    assert str(refused.value) == f"model archive must hold one regular file 'xgboost-model' only, got {found}"


def test_what_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    archive = pack(tmp_path / "model.tar.gz", member("xgboost-model", bytes(1_000_000)))
    assert archive.stat().st_size < 10_000
    with pytest.raises(EvaluationError, match="unpacks to more than 100000 bytes"):
        archives.unpack_model(archive, replace(XGBOOST, most_bytes=100_000))


def test_a_member_that_claims_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    claimed, content = member("xgboost-model", b"x" * 2000)
    archive = tmp_path / "model.tar.gz"
    archive.write_bytes(gzip.compress(claimed.tobuf() + content[:100]))
    with pytest.raises(EvaluationError, match="cannot read model archive"):
        archives.unpack_model(archive, XGBOOST)


@pytest.mark.parametrize(
    "content", [b"", b"no archive", gzip.compress(b"no tar")[:-4], b"\x1f\x8b\x08\x00" + b"z" * 50]
)
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.tar.gz").write_bytes(content)
    with pytest.raises(EvaluationError, match="model archive"):
        archives.unpack_model(tmp_path / "model.tar.gz", XGBOOST)


def test_a_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    content = pickle.dumps(Touch(tmp_path / "ran"))
    pickle.loads(content)  # noqa: S301  # shows that the trap works
    (tmp_path / "ran").unlink()
    archive = pack(tmp_path / "model.tar.gz", member("xgboost-model", content))
    with pytest.raises(EvaluationError, match="no model in XGBoost's own format"):
        xgboost_model.load_model(archive, XGBOOST)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"", b"{", b'{"learner": 1}', bytes(500)])
def test_a_broken_model_is_refused(tmp_path: Path, content: bytes) -> None:
    archive = pack(tmp_path / "model.tar.gz", member("xgboost-model", content))
    with pytest.raises(EvaluationError, match="no model in XGBoost's own format"):
        xgboost_model.load_model(archive, XGBOOST)


def test_a_good_model_predicts_as_before(tmp_path: Path) -> None:
    features = np.arange(40.0).reshape(20, 2)
    model = train(features, features[:, 0], objective="reg:squarederror")
    loaded = xgboost_model.load_model(save(model, tmp_path), XGBOOST)
    assert loaded.save_raw() == model.save_raw()


@given(
    changes=st.lists(st.tuples(st.integers(0, 5000), st.binary(min_size=1, max_size=8)), min_size=1, max_size=5),
    inside=st.booleans(),
)
def test_a_damaged_archive_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, bytes]], inside: bool
) -> None:
    archive = tmp_path_factory.getbasetemp() / "damaged.tar.gz"
    whole = pack(archive, member("xgboost-model", b"x" * 2000)).read_bytes()
    data = bytearray(gzip.decompress(whole) if inside else whole)
    for place, new in changes:
        start = place % len(data)
        data[start : start + len(new)] = new
    archive.write_bytes(gzip.compress(bytes(data)) if inside else bytes(data))
    with contextlib.suppress(EvaluationError):
        assert len(archives.unpack_model(archive, XGBOOST)) == 2000


def test_a_name_that_is_no_text_is_told(tmp_path: Path) -> None:
    """XGBoost quotes what it does not know in its error, bytes that are no UTF-8 included."""
    features = np.arange(40.0).reshape(20, 2)
    content = bytes(train(features, features[:, 0], objective="reg:squarederror").save_raw())
    assert content.count(b"reg:squarederror") > 0
    archive = pack(
        tmp_path / "model.tar.gz", member("xgboost-model", content.replace(b"reg:square", b"reg:\xff\xfeuare"))
    )
    with pytest.raises(EvaluationError, match="no model in XGBoost's own format"):
        xgboost_model.load_model(archive, XGBOOST)
