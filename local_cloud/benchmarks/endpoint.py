"""Requests a second that an endpoint of the local cloud answers, at rest and while it is updated; prints JSON."""

import json
import sys
import tempfile
import threading
import time
from pathlib import Path

from local_cloud import api
from local_cloud.api import RunningCloud, Settings
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import serving

ENDPOINT = "bench"
CALLERS = 3
SECONDS_AT_REST = 10.0


def main() -> None:
    """Two fleets that answer differently; clients call all the time."""
    with (
        tempfile.TemporaryDirectory(prefix="local-cloud-bench-") as folder,
        api.start(Settings(state_dir=Path(folder), port=0)) as cloud,
    ):
        json.dump(_measure(cloud), sys.stdout)


def _measure(cloud: RunningCloud) -> dict[str, float]:
    client = cloud.client("sagemaker", ACCOUNT)
    cloud.client("s3", ACCOUNT).create_bucket(Bucket=serving.BUCKET)
    role = serving.role(cloud, "serving")
    for name, answer in (("old", 1.0), ("new", 2.0)):
        serving.put_model(cloud, f"{name}/m.tar.gz", answer)
        serving.config(cloud, name, role, prefix=f"{name}/")
    client.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="old")
    serving.settled(cloud, ENDPOINT)
    answered: list[float] = []
    stop = threading.Event()

    def call() -> None:
        runtime = serving.runtime(cloud)
        while not stop.is_set():
            serving.ask(runtime, ENDPOINT)
            answered.append(time.perf_counter())

    threads = [threading.Thread(target=call) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    time.sleep(SECONDS_AT_REST)
    started = time.perf_counter()
    client.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="new")
    serving.settled(cloud, ENDPOINT)
    ended = time.perf_counter()
    stop.set()
    for thread in threads:
        thread.join()
    # The first second loads the model.
    at_rest = sum(started - SECONDS_AT_REST + 1 <= moment < started for moment in answered) / (SECONDS_AT_REST - 1)
    updating = sum(started <= moment < ended for moment in answered) / (ended - started)
    return {"at_rest": at_rest, "updating": updating, "update_seconds": ended - started}


if __name__ == "__main__":
    main()
