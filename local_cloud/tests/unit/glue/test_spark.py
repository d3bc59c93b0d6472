"""How Spark is started for little and for much data."""

from pathlib import Path

import pytest

from local_cloud.services.glue import spark


@pytest.mark.parametrize(("data_bytes", "quick"), [(0, True), (16 << 20, True), ((16 << 20) + 1, False)])
def test_only_much_data_is_worth_the_second_compiler(tmp_path: Path, data_bytes: int, quick: bool) -> None:
    spark.write_configuration(
        tmp_path / "conf", buckets_root=tmp_path, buckets=["data"], scratch=tmp_path, data_bytes=data_bytes
    )
    lines = (tmp_path / "conf" / "spark-defaults.conf").read_text().splitlines()
    settings = dict(line.split("  ", 1) for line in lines)
    assert (settings.get("spark.driver.extraJavaOptions") == "-XX:TieredStopAtLevel=1") is quick
    assert (settings.get("spark.sql.adaptive.enabled") == "false") is quick
    assert settings["spark.hadoop.fs.viewfs.mounttable.data.linkFallback"].startswith("file:")
