"""Recordio-protobuf between the SageMaker SDK v2 and us, both ways."""

import io
import json
import subprocess
from pathlib import Path

import numpy as np

from local_cloud.containers.sagemaker import recordio

_PYTHON = Path(__file__).parents[4] / ".venv-sagemaker-v2" / "bin" / "python"
_FEATURES = np.array([[1.5, -2.0, 3.25], [0.0, 4.0, -0.5]], np.float32)
_LABELS = np.array([1, 0], np.float32)


def test_what_one_writes_the_other_reads() -> None:
    assert _PYTHON.exists(), f"{_PYTHON} is missing, run `make test-local-cloud`"
    stream = io.BytesIO()
    recordio.write(stream, recordio.records_of(_FEATURES, _LABELS))

    script = Path(__file__).with_name("records.py")
    finished = subprocess.run(
        [str(_PYTHON), str(script), stream.getvalue().hex()],
        env={"SAGEMAKER_SUPPRESS_V2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )

    assert finished.returncode == 0, finished.stderr[-5000:]
    told = json.loads(finished.stdout.splitlines()[-1])
    assert (told["read"], told["labels"]) == (_FEATURES.tolist(), [[1.0], [0.0]])
    table = recordio.table(recordio.read(io.BytesIO(bytes.fromhex(told["written"]))))
    assert table.features.tolist() == _FEATURES.tolist()
    assert told["written"] == stream.getvalue().hex()
