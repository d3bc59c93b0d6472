"""What an endpoint may be given, and what is refused."""

import gzip
import pickle
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config.algorithms.xgboost import ALGORITHM
from contract.family import BEFORE
from contract.family import Artifact as Allowed
from deployment.errors import UnsafeArtifactError
from deployment.logic import artifact
from evaluation_job import xgboost_model
from evaluation_job.request import Artifact
from local_cloud.testing.archives import Touch, member, packed
from tests.unit.training_src.archives import save, train

pytestmark = pytest.mark.security("hostile input")
GOOD = member("xgboost-model", b"{")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (packed(), "got nothing"),
        (packed(member("../xgboost-model", b"{")), "got '../xgboost-model'"),
        (packed(member("/xgboost-model", b"{")), "got '/xgboost-model'"),
        (packed(member("other", b"{")), "got 'other'"),
        (packed(member("xgboost-model", kind=tarfile.SYMTYPE)), "got 'xgboost-model'"),
        (packed(member("xgboost-model", kind=tarfile.LNKTYPE)), "got 'xgboost-model'"),
        (packed(member("xgboost-model", kind=tarfile.FIFOTYPE)), "got 'xgboost-model'"),
        (packed(member("xgboost-model", kind=tarfile.DIRTYPE)), "got 'xgboost-model'"),
        (packed(GOOD, GOOD), "got 'xgboost-model'"),
        (packed(GOOD, member("code/inference.py", b"x")), "got 'code/inference.py'"),
        (packed(GOOD, member(".hidden", b"x")), "got '.hidden'"),
        (packed(member("xgboost-model", b"")), "got b''"),
        (packed(member("xgboost-model", b"binf")), "got b'b'"),
        (packed(GOOD)[:-12], "no archive that can be read"),
        (gzip.compress(GOOD[0].tobuf() + b"{"), "no archive that can be read"),
        (gzip.decompress(packed(GOOD)), "no archive that can be read"),
        (b"", "no archive that can be read"),
    ],
)
def test_what_is_not_one_model_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "model.tar.gz").write_bytes(data)
    with pytest.raises(UnsafeArtifactError) as refused:
        artifact.check(tmp_path / "model.tar.gz", family=BEFORE)
    assert said in str(refused.value)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_of_any_protocol_is_refused_and_not_run(tmp_path: Path, protocol: int) -> None:
    content = pickle.dumps(Touch(tmp_path / "ran"), protocol)
    (tmp_path / "model.tar.gz").write_bytes(packed(member("xgboost-model", content)))
    with pytest.raises(UnsafeArtifactError, match="xgboost-model must begin with"):
        artifact.check(tmp_path / "model.tar.gz", family=BEFORE)
    assert not (tmp_path / "ran").exists()


def test_what_begins_like_a_model_is_no_pickle() -> None:
    # The claim that the check of the first byte rests on.
    with pytest.raises(pickle.UnpicklingError, match=r"invalid load key, '\{'"):
        pickle.loads(ALGORITHM.artifact.begins_with + b"cos\nsystem\n(S'exit 1'\ntR.")  # noqa: S301  # nothing is run


_SCRIPT = replace(
    BEFORE,
    title="a script",
    artifact=Allowed(file="", begins_with="", most_bytes=1_000_000, holds=("code/inference.py", "model.joblib")),
)
_CODE, _MODEL = member("code/inference.py", b"def model_fn"), member("model.joblib", b"\x80")


@pytest.mark.parametrize(
    "members",
    [
        (_CODE, _MODEL),
        (_MODEL, member("code", kind=tarfile.DIRTYPE), _CODE, member("code/requirements.txt", b"numpy")),
        # As `tar czf model.tar.gz .` writes them.
        (member("./code/inference.py", b"x"), member("./model.joblib", b"x")),
    ],
)
def test_an_archive_of_a_script_holds_its_code_too(tmp_path: Path, members: tuple[Any, ...]) -> None:
    (tmp_path / "model.tar.gz").write_bytes(packed(*members))
    artifact.check(tmp_path / "model.tar.gz", family=_SCRIPT)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (packed(_MODEL), "an archive of a script must hold code/inference.py, got model.joblib"),
        # A folder too deep.
        (
            packed(_MODEL, member("model/code/inference.py", b"x")),
            "must hold code/inference.py, got model.joblib, model/",
        ),
        (packed(), "must hold code/inference.py, model.joblib, got nothing"),
        (packed(_CODE, _MODEL, member("../escape", b"x")), "'../escape' leads out of the archive"),
        (packed(_CODE, _MODEL, member("code/../../escape", b"x")), "leads out of the archive"),
        (packed(_CODE, _MODEL, member("/etc/passwd", b"x")), "'/etc/passwd' leads out of the archive"),
        (packed(_CODE, _MODEL, member("link", kind=tarfile.SYMTYPE)), "'link' is neither a file nor a folder"),
        (packed(_CODE, _MODEL, member("link", kind=tarfile.LNKTYPE)), "'link' is neither a file nor a folder"),
        (packed(_CODE, member("model.joblib", kind=tarfile.SYMTYPE)), "'model.joblib' is neither"),
        (packed(_CODE, _MODEL, member("pipe", kind=tarfile.FIFOTYPE)), "'pipe' is neither"),
        (packed(_CODE, member("model.joblib", bytes(2_000_000))), "unpacks to more than 1000000 bytes"),
        (packed(_CODE, _MODEL)[:-12], "no archive that can be read"),
    ],
)
def test_an_archive_of_a_script_stays_in_its_folder(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "model.tar.gz").write_bytes(data)
    with pytest.raises(UnsafeArtifactError) as refused:
        artifact.check(tmp_path / "model.tar.gz", family=_SCRIPT)
    assert said in str(refused.value)


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.tar.gz").write_bytes(packed(member("xgboost-model", b"{" + bytes(10_000_000))))
    family = replace(BEFORE, artifact=replace(BEFORE.artifact, most_bytes=3_000_000))
    with pytest.raises(UnsafeArtifactError, match="unpacks to more than 3000000 bytes"):
        artifact.check(tmp_path / "model.tar.gz", family=family)


@pytest.mark.parametrize("form", ["ubj", "json"])
def test_a_model_passes_in_either_of_its_forms(tmp_path: Path, form: str) -> None:
    features = np.arange(40.0).reshape(20, 2)
    model = train(features, features[:, 0], objective="reg:squarederror")
    content = bytes(model.save_raw(form))
    (tmp_path / "model.tar.gz").write_bytes(packed(member("xgboost-model", content)))
    artifact.check(tmp_path / "model.tar.gz", family=BEFORE)


def test_what_was_evaluated_passes(tmp_path: Path) -> None:
    features = np.arange(40.0).reshape(20, 2)
    archive = save(train(features, features[:, 0], objective="reg:squarederror"), tmp_path)
    artifact.check(archive, family=BEFORE)
    wanted = ALGORITHM.artifact
    xgboost_model.load_model(archive, Artifact(wanted.file, wanted.begins_with, wanted.most_bytes))
