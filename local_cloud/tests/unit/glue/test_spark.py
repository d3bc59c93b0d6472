"""How Spark is started for little and for much data."""

from pathlib import Path

import pytest

from local_cloud.services.glue import spark
from local_cloud.services.glue.class_archive import ClassArchive


@pytest.mark.parametrize(
    ("data_bytes", "compiles_twice", "compiles"),
    [
        (0, False, False),
        (1 << 20, False, False),
        ((1 << 20) + 1, False, True),
        (16 << 20, False, True),
        ((16 << 20) + 1, True, True),
    ],
)
def test_the_more_data_the_more_compilers(
    tmp_path: Path, data_bytes: int, compiles_twice: bool, compiles: bool
) -> None:
    spark.write_configuration(
        tmp_path / "conf",
        buckets_root=tmp_path,
        buckets=["data"],
        scratch=tmp_path,
        data_bytes=data_bytes,
        archive=ClassArchive.of(tmp_path, Path("/java")),
    )
    lines = (tmp_path / "conf" / "spark-defaults.conf").read_text().splitlines()
    settings = dict(line.split("  ", 1) for line in lines)
    assert ("TieredStopAtLevel=1" not in settings["spark.driver.extraJavaOptions"]) is compiles_twice
    assert (settings.get("spark.sql.adaptive.enabled") != "false") is compiles_twice
    assert (settings.get("spark.sql.codegen.wholeStage") != "false") is compiles
    assert settings["spark.hadoop.fs.viewfs.mounttable.data.linkFallback"].startswith("file:")


@pytest.mark.parametrize(
    ("content", "task"),
    [
        (None, "ArchiveClassesAtExit"),
        (b"\0" * 9, "ArchiveClassesAtExit"),
        (b"\xa8\x0b\xba\xf0more", "SharedArchiveFile"),
    ],
)
def test_an_archive_is_written_until_it_is_whole(tmp_path: Path, content: bytes | None, task: str) -> None:
    archive = ClassArchive.of(tmp_path, Path("/java"))
    if content is not None:
        archive.path.write_bytes(content)
    assert f"-XX:{task}={archive.path}" in archive.options()


def test_each_java_has_an_archive_of_its_own(tmp_path: Path) -> None:
    assert ClassArchive.of(tmp_path, Path("/one")) != ClassArchive.of(tmp_path, Path("/other"))
