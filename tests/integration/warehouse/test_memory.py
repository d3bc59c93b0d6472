"""One million rows in bounded memory: the script as a process of its own, as Glue starts it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from local_cloud.testing.glue import SHIM
from tests.integration.warehouse.conftest import ACCOUNT, BUCKET, USER, Extracts

ROOT = Path(__file__).parents[3]
SMALL, LARGE = 100_000, 1_000_000
TEXT_BYTES = 200
QUERY = "select n, amount, words from wide where day >= :date_from and day < :date_to and n <= {rows}"


@pytest.fixture(scope="module")
def wide(extracts: Extracts) -> None:
    extracts.postgres.execute(
        "create unlogged table wide (n int, day date, amount numeric(12,2), words text)",
        # md5 of every part differs, so that neither Parquet nor a dictionary makes it small.
        f"""insert into wide select n, '2024-01-15', n * 1.25, repeat(md5(n::text), {TEXT_BYTES // 32}) || 'é'
            from generate_series(1, {LARGE}) n""",
        f"grant select on wide to {USER}",
    )


def _run(extracts: Extracts, rows: int) -> tuple[dict[str, Any], int]:
    """The manifest and the peak of the process's resident memory in bytes."""
    uri = extracts.put_query(QUERY.format(rows=rows), name=f"wide-{rows}")
    arguments = {
        "connection_name": "warehouse",
        "query": uri,
        "date_from": "2024-01-01",
        "date_to": "2024-02-01",
        "destination": f"s3://{BUCKET}/wide-{rows}/",
    }
    # The outer process waits for the script alone, so that the peak of its children is the script's.
    measure = (
        "import json, resource, subprocess, sys\n"
        "done = subprocess.run([sys.executable, *sys.argv[1:]], capture_output=True, text=True)\n"
        "sys.stderr.write(done.stderr)\n"
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
        "print(json.dumps([peak, done.stdout])) if done.returncode == 0 else sys.exit(1)\n"
    )
    options = [part for name, value in arguments.items() for part in (f"--{name}", value)]
    script = str(ROOT / "glue_scripts" / "warehouse_extract.py")
    done = subprocess.run(
        [sys.executable, "-c", measure, script, *options],
        env=os.environ | extracts.cloud.environment(ACCOUNT) | {"PYTHONPATH": str(SHIM)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    peak, output = json.loads(done.stdout)
    return json.loads(output), peak * (1 if sys.platform == "darwin" else 1024)


@pytest.mark.usefixtures("wide", "connection")
def test_a_million_rows_take_no_more_memory_than_a_tenth_of_them(extracts: Extracts, tmp_path: Path) -> None:
    small, small_peak = _run(extracts, SMALL)
    large, large_peak = _run(extracts, LARGE)

    assert (small["rows"], large["rows"]) == (SMALL, LARGE)
    # 900,000 more rows of over 200 bytes are over 180 MB as text alone. Both runs fill a row group of 16 MiB, so that
    # what differs is the noise of the allocators; a quarter of the text is far above it and far below holding the rows.
    more = (LARGE - SMALL) * TEXT_BYTES
    assert large_peak - small_peak < more / 4, (small_peak, large_peak)

    paths = extracts.download(f"wide-{LARGE}", tmp_path)
    assert len(paths) == len(large["files"])
    count, total, checksum = 0, 0, 0
    for path in paths:
        for batch in pq.ParquetFile(path).iter_batches(columns=["n", "amount", "words"]):
            columns = batch.to_pydict()
            count += len(columns["n"])
            total += sum(columns["amount"])
            checksum += sum(
                n * len(text.encode()) + int(text[:8], 16)
                for n, text in zip(columns["n"], columns["words"], strict=True)
            )
    expected = extracts.postgres.value(
        "select array[count(*), sum(amount), "
        "sum(n::bigint * octet_length(words) + ('x' || left(words, 8))::bit(32)::bigint)] from wide"
    )
    assert [count, total, checksum] == expected
