"""Tells where AWS's container differs from a table of `cases`: ``python -m <this> <checkout> <table>``.

The checkout is https://github.com/aws/sagemaker-xgboost-container at v3.0-5, whose own code is run here, each input in
a process of its own (XGBoost's reader of text crashes on some). With a checkout of another version, and that version's
XGBoost, it tells in what that version differs. What it imports and no package index has for this Python is replaced:
mlio, which reads recordio-protobuf and pipes, the debugger's hook, and AWS's toolkits, of which it takes names only.
"""

import importlib
import json
import multiprocessing
import os
import sys
import tempfile
import traceback
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from local_cloud.testing.sagemaker.xgboost_contract import cases
from local_cloud.testing.sagemaker.xgboost_contract.cases import Case

_PACKAGE = "sagemaker_xgboost_container"
_REPLACED = (
    "mlio",
    "mlio.integ",
    "mlio.integ.arrow",
    "mlio.integ.numpy",
    "mlio.integ.scipy",
    "sagemaker_containers.beta",
    "sagemaker_containers.beta.framework",
    "sagemaker_containers._recordio",
    "sagemaker_containers.record_pb2",
    f"{_PACKAGE}.algorithm_mode.serve",
    f"{_PACKAGE}.distributed",
    f"{_PACKAGE}.distributed_gpu.distributed_gpu_training",
    f"{_PACKAGE}.mms_patch.mms_transformer",
    "sagemaker_inference.default_handler_service",
    "sagemaker_inference.errors",
    "smdebug",
)


class _ReplacedError(Exception):
    """What AWS's errors of inference are made of."""

    def __init__(self, status: int, message: str, phrase: str) -> None:
        super().__init__(status, message, phrase)


def _no_hook() -> None:
    raise RuntimeError("no job configures a debugger")


def _replace() -> None:
    for name in _REPLACED:
        sys.modules[name] = MagicMock()
    types_of_content = types.SimpleNamespace(CSV="text/csv", JSON="application/json", ANY="*/*")
    sys.modules["sagemaker_containers"] = MagicMock(_content_types=types_of_content)
    handler = types.SimpleNamespace(DefaultInferenceHandler=object)
    encoder = types.SimpleNamespace(encode=lambda values, _: json.dumps(values.tolist()))
    errors = types.SimpleNamespace(BaseInferenceToolkitError=_ReplacedError)
    sys.modules["sagemaker_inference"] = MagicMock(
        content_types=types_of_content, default_inference_handler=handler, encoder=encoder, errors=errors
    )
    sys.modules["sagemaker_inference.default_handler_service"] = MagicMock(DefaultHandlerService=object)
    hook = types.SimpleNamespace(hook_from_config=_no_hook)
    sys.modules["smdebug.xgboost"] = MagicMock(Hook=hook)
    import sklearn.metrics

    # scikit-learn 1.5, which the image has, knows ``squared``.
    squared = sklearn.metrics.mean_squared_error
    sklearn.metrics.mean_squared_error = lambda labels, found, squared_=squared, **given: (
        squared_(labels, found) if given.get("squared", True) else squared_(labels, found) ** 0.5
    )


def _train(given: Mapping[str, Any], root: Path) -> str:
    names = importlib.import_module(f"{_PACKAGE}.constants.sm_env_constants")
    cases.lay(given, root)
    channels = {path.name: path for path in (root / "input" / "data").iterdir()}
    os.environ |= {f"SM_CHANNEL_{name.upper()}": str(path) for name, path in channels.items()}
    os.environ |= {
        names.SM_INPUT_TRAINING_CONFIG_FILE: str(root / "input" / "config" / "hyperparameters.json"),
        names.SM_INPUT_DATA_CONFIG_FILE: str(root / "input" / "config" / "inputdataconfig.json"),
        names.SM_CHECKPOINT_CONFIG_FILE: str(root / "none"),
        names.SM_HOSTS: '["algo-1"]',
        names.SM_CURRENT_HOST: "algo-1",
        names.SM_MODEL_DIR: str(root / "model"),
        # 0.90-2 knows no such folder.
        getattr(names, "SM_OUTPUT_DATA_DIR", "SM_OUTPUT_DATA_DIR"): str(root / "output" / "data"),
    }
    importlib.import_module(f"{_PACKAGE}.training").run_algorithm_mode()
    return ""


def _serve(given: Mapping[str, Any], root: Path) -> str:
    service = importlib.import_module(f"{_PACKAGE}.algorithm_mode.handler_service").HandlerService
    handler = service.DefaultXGBoostAlgoModeInferenceHandler()
    cases.write_model(root / "xgboost-model")
    loaded = handler.default_model_fn(str(root))
    body, content_type, accept = cases.request(given)
    accept = "application/json" if accept in {"", "*/*"} else accept
    rows = handler.default_input_fn(body, content_type or None)
    answer = handler.default_output_fn(handler.default_predict_fn(rows, loaded), accept)
    return answer if isinstance(answer, str) else answer.decode()


def _judge(checkout: Path, kind: str, given: Mapping[str, Any], root: Path) -> None:
    """Leave the verdict in a file: what is answered, or the line that refuses, the error's class and its words."""
    try:
        answer = (_train if kind == "training" else _serve)(given, root)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is the verdict
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if str(checkout) in frame.filename]
        place = Path(frames[-1].filename).relative_to(checkout / "src")
        told = {"at": f"{place}:{frames[-1].lineno}", "raises": type(error).__name__, "said": str(error)}
    else:
        told = {"answer": answer}
    (root / "verdict.json").write_text(json.dumps(told), encoding="utf-8")


def verdicts(checkout: Path, table: Path) -> Iterator[tuple[Case, dict[str, str]]]:
    """Each input with its verdict, as far as it can be run.

    Args:
        checkout: of AWS's repository.
        table: of the inputs.
    """
    sys.path.insert(0, str(checkout / "src"))
    _replace()
    importlib.import_module(f"{_PACKAGE}.training")
    importlib.import_module(f"{_PACKAGE}.algorithm_mode.handler_service")
    context = multiprocessing.get_context("fork")
    for kind in ("training", "serving"):
        for case in cases.read(table, kind):
            if not case.run:
                continue
            with tempfile.TemporaryDirectory() as folder:
                process = context.Process(target=_judge, args=(checkout, kind, case.given, Path(folder)))
                process.start()
                process.join()
                told = Path(folder, "verdict.json")
                found = json.loads(told.read_text(encoding="utf-8")) if told.exists() else {"raises": "crash"}
            yield case, found


def differs(case: Case, found: Mapping[str, str]) -> bool:
    """Whether the table says otherwise."""
    if case.real == "accepted":
        return found.get("answer") != case.answer
    same = found.get("at") == case.at and found.get("raises") == case.raises
    return not same or case.said not in found.get("said", "")


if __name__ == "__main__":
    for one, verdict in verdicts(Path(sys.argv[1]).resolve(), Path(sys.argv[2])):
        if differs(one, verdict):
            print(json.dumps({"name": one.name, **verdict}))  # noqa: T201  # for people
