"""Writes and reads recordio-protobuf by the SageMaker SDK v2: writes to its output what it wrote, and the features that it read."""

import io
import json
import sys

import numpy as np
from sagemaker.amazon import common

features = np.array([[1.5, -2.0, 3.25], [0.0, 4.0, -0.5]], dtype="float32")
stream = io.BytesIO()
common.write_numpy_to_dense_tensor(stream, features, np.array([1, 0], dtype="float32"))
read = common.read_records(io.BytesIO(bytes.fromhex(sys.argv[1])))
sys.stdout.write(
    json.dumps(
        {
            "written": stream.getvalue().hex(),
            "read": [list(record.features["values"].float32_tensor.values) for record in read],
            "labels": [list(record.label["values"].float32_tensor.values) for record in read],
        }
    )
)
