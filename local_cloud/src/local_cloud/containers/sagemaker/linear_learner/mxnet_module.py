"""The model for whoever opens the artifact with MXNet, as ``mx.module.Module.load("mx-mod", 0, ["out_label"])``.

So people read the coefficients of AWS's linear learner, ``fc0_weight`` and ``fc0_bias``, and predict with it outside of
SageMaker. The graph has the form in which MXNet 1.9.1 writes it, which loads it and predicts the same.
"""

import json
from typing import Any

import numpy as np

from local_cloud.containers.sagemaker import mxnet_arrays
from local_cloud.containers.sagemaker.algorithm_data import Matrix

SYMBOL, PARAMETERS = "mx-mod-symbol.json", "mx-mod-0000.params"
# What makes predictions of scores; those of other losses are the scores themselves.
_OUTPUTS = {"logistic": "LogisticRegressionOutput", "softmax_loss": "SoftmaxOutput"}


def files(weights: Matrix, bias: Matrix, *, loss: str) -> dict[str, bytes]:
    """Both files.

    Args:
        weights: a row a feature, a column an output.
        bias: of every output.
        loss: what the model was trained with.
    """
    size = {"num_hidden": str(len(bias))}
    nodes: list[dict[str, Any]] = [
        {"op": "null", "name": "data", "inputs": []},
        {"op": "null", "name": "fc0_weight", "attrs": size, "inputs": []},
        {"op": "null", "name": "fc0_bias", "attrs": size, "inputs": []},
        {"op": "FullyConnected", "name": "fc0", "attrs": size, "inputs": [[0, 0, 0], [1, 0, 0], [2, 0, 0]]},
        {"op": "null", "name": "out_label", "inputs": []},
        {"op": _OUTPUTS.get(loss, "LinearRegressionOutput"), "name": "out", "inputs": [[3, 0, 0], [4, 0, 0]]},
    ]
    graph = {
        "nodes": nodes,
        "arg_nodes": [number for number, node in enumerate(nodes) if node["op"] == "null"],
        "node_row_ptr": list(range(len(nodes) + 1)),
        "heads": [[len(nodes) - 1, 0, 0]],
        "attrs": {"mxnet_version": ["int", 10901]},
    }
    arrays = {"arg:fc0_weight": np.ascontiguousarray(weights.T), "arg:fc0_bias": bias}
    return {SYMBOL: json.dumps(graph, indent=2).encode(), PARAMETERS: mxnet_arrays.dump(arrays)}
