"""What an endpoint with many models takes, and how long it takes to answer; prints JSON.

``python many_models.py <number of models>``. Memory is that of the container's processes, each page counted once
(Pss of https://docs.kernel.org/filesystems/proc.html).
"""

import json
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb

from local_cloud import api
from local_cloud.api import RunningCloud, Settings
from local_cloud.testing.archives import member, packed
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import serving

ENDPOINT = "many"
CALLERS = 4
FEATURES = 8


def main() -> None:
    """One model under many names."""
    count = int(sys.argv[1])
    with (
        tempfile.TemporaryDirectory(prefix="local-cloud-bench-") as folder,
        api.start(Settings(state_dir=Path(folder), port=0)) as cloud,
    ):
        json.dump(_measure(cloud, count), sys.stdout)


def _measure(cloud: RunningCloud, count: int) -> dict[str, Any]:
    s3 = cloud.client("s3", ACCOUNT)
    s3.create_bucket(Bucket=serving.BUCKET)
    artifact = packed(member("xgboost-model", _model()))
    targets = [f"m{number:05}.tar.gz" for number in range(count)]
    for target in targets:
        s3.put_object(Bucket=serving.BUCKET, Key=f"many/{target}", Body=artifact)
    serving.config(cloud, ENDPOINT, serving.role(cloud, "serving"), prefix="many/")
    cloud.client("sagemaker", ACCOUNT).create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=ENDPOINT)
    serving.settled(cloud, ENDPOINT)
    empty = _memory(_container(cloud))
    cold, warm = _latencies(cloud, targets), _latencies(cloud, targets)
    container = _container(cloud)
    return {
        "models": count,
        "artifact_bytes": len(artifact),
        "processes": len(container),
        "empty_bytes": empty,
        "bytes": _memory(container),
        "cold": _summary(cold),
        "warm": _summary(warm),
    }


def _model() -> bytes:
    """Of 100 trees, as a retrained model has them."""
    values = np.random.default_rng(1).random((2000, FEATURES), dtype=np.float32)
    return bytes(xgb.train({"max_depth": 5}, xgb.DMatrix(values, label=values.sum(axis=1)), 100).save_raw("ubj"))


def _latencies(cloud: RunningCloud, targets: list[str]) -> list[float]:
    """Milliseconds until each model has answered."""
    client = serving.runtime(cloud)
    row = ",".join(["0.5"] * FEATURES)

    def ask(target: str) -> float:
        started = time.perf_counter()
        client.invoke_endpoint(EndpointName=ENDPOINT, TargetModel=target, ContentType="text/csv", Body=row)
        return (time.perf_counter() - started) * 1000

    with ThreadPoolExecutor(CALLERS) as threads:
        return list(threads.map(ask, targets))


def _summary(values: list[float]) -> dict[str, float]:
    quantiles = statistics.quantiles(values, n=100, method="inclusive")
    return {"median": statistics.median(values), "p99": quantiles[98], "longest": max(values)}


def _container(cloud: RunningCloud) -> list[Path]:
    """Processes of the one process group that the server has started; each has a folder in /proc."""
    (group,) = [file.name for file in cloud.settings.run_dir.iterdir()]
    folders = [folder for folder in Path("/proc").iterdir() if folder.name.isdecimal()]
    return [folder for folder in folders if _group(folder) == group]


def _group(folder: Path) -> str:
    try:
        text = (folder / "stat").read_text(encoding="utf-8")
    except OSError:
        # It has ended since.
        return ""
    # Behind the name in parentheses, which may hold spaces: state, parent, group.
    return text.rpartition(")")[2].split()[2]


def _memory(processes: list[Path]) -> int:
    lines = [line for folder in processes for line in (folder / "smaps_rollup").read_text("ascii").splitlines()]
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    main()
