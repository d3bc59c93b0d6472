"""What an archive that somebody else packed becomes in a build's folder."""

import io
import stat
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local_cloud.services.codebuild import sources
from local_cloud.services.codebuild.errors import PhaseError
from local_cloud.services.codebuild.sources import Source

_LINK, _SCRIPT = stat.S_IFLNK | 0o777, stat.S_IFREG | 0o755


def _download(folder: Path, *entries: tuple[str, str, int]) -> None:
    """Fill a folder with an archive's entries: name, content and mode of each."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content, mode in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    s3 = SimpleNamespace(get_object=lambda **_: {"Body": io.BytesIO(packed.getvalue())})
    session: Any = SimpleNamespace(client=lambda _: s3)
    sources.download(Source(identifier=None, bucket="b", key="k.zip"), folder, session)


def test_permissions_and_links_are_what_they_were(tmp_path: Path) -> None:
    _download(tmp_path / "src", ("bin/run", "#!/bin/sh\n", _SCRIPT), ("run", "bin/run", _LINK), ("plain", "x", 0))

    assert (tmp_path / "src" / "bin" / "run").stat().st_mode & 0o777 == 0o755
    assert str((tmp_path / "src" / "run").readlink()) == "bin/run"
    assert (tmp_path / "src" / "plain").read_text() == "x"


def test_links_over_links_lead_nothing_out_of_the_folder(tmp_path: Path) -> None:
    # By its name the second link leads to the root, by where it lies to the folder above the root's.
    entries = [("z/a", "", 0), ("a/b/c", "../../z", _LINK), ("a/b/c/l", "../../..", _LINK), ("z/l/out", "x", 0)]

    with pytest.raises(PhaseError, match="two entries"):
        _download(tmp_path / "above" / "src", *entries)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["above"]
