"""Runs jobs and asks their models in an image's own Python: ``xgboost_probe.py <folder> <orders> <answers>``.

Beside what the container says there is what XGBoost itself makes of the same rows, without the container.
"""

import contextlib
import io
import json
import os
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb

from local_cloud.containers.sagemaker import training
from local_cloud.containers.sagemaker.programs import RefusedError
from local_cloud.containers.sagemaker.xgboost import serve, train


def _lay(root: Path, order: dict[str, Any]) -> None:
    for folder in ("input/config", "model", "output", "checkpoints"):
        (root / folder).mkdir(parents=True)
    channels = {name: order[name] for name in ("train", "validation") if name in order}
    config = {
        "hyperparameters": order["hyperparameters"],
        "inputdataconfig": {name: {"ContentType": "text/csv"} for name in channels},
        **({"checkpointconfig": {"LocalPath": "/opt/ml/checkpoints"}} if order.get("checkpoints") else {}),
    }
    for name, content in config.items():
        (root / "input" / "config" / f"{name}.json").write_text(json.dumps(content))
    for name, rows in channels.items():
        (root / "input" / "data" / name).mkdir(parents=True)
        (root / "input" / "data" / name / "part-0").write_text(rows)


def _rows(text: str) -> Any:
    return np.array([[float(cell or "nan") for cell in line.split(",")] for line in text.splitlines()])


def _load(path: Path) -> tuple[str, xgb.Booster]:
    content = path.read_bytes()
    try:
        return f"pickle {content[1]}", pickle.loads(content)  # noqa: S301  # what the image wrote
    except (pickle.UnpicklingError, UnicodeDecodeError, ValueError, KeyError, EOFError, IndexError):
        booster = xgb.Booster()
        # As people load it, by a name that tells the format.
        named = path.with_suffix(".ubj" if content[:1] == b"{" else "")
        named.write_bytes(content)
        booster.load_model(str(named))
        return "UBJSON" if content[:1] == b"{" else content[:4].decode(), booster


def _trained_alone(order: dict[str, Any]) -> list[str]:
    parameters = dict(order["hyperparameters"])
    rounds = int(parameters.pop("num_round"))
    rows = _rows(order["train"])
    booster = xgb.train(parameters, xgb.DMatrix(rows[:, 1:], label=rows[:, 0]), rounds)
    return list(booster.get_dump(with_stats=True))


def _run(root: Path, order: dict[str, Any]) -> dict[str, Any]:
    for attempt in range(order.get("attempts", 1)):
        if attempt:
            (root / "model" / "xgboost-model").unlink()
            name = root / "input" / "config" / "hyperparameters.json"
            name.write_text(json.dumps(order["hyperparameters"] | order["then"]))
        else:
            _lay(root, order)
        log = io.StringIO()
        with contextlib.redirect_stdout(log), contextlib.redirect_stderr(io.StringIO()):
            code = training.main(train.__name__, root)
    if code:
        return {"refused": (root / "output" / "failure").read_text()}
    format_, booster = _load(root / "model" / "xgboost-model")
    found: dict[str, Any] = {
        "format": format_,
        "log": log.getvalue().splitlines(),
        "trees": booster.get_dump(with_stats=True),
        "attributes": booster.attributes(),
        "checkpoints": sorted(path.name for path in (root / "checkpoints").iterdir()),
    }
    (root / "alone").mkdir()
    (root / "model" / "xgboost-model").rename(root / "alone" / "xgboost-model")
    os.environ["SAGEMAKER_MULTI_MODEL"] = "true"
    model = serve.load(root / "alone")
    if "request" in order:
        rows = _rows(order["request"])
        found["own"] = booster.predict(xgb.DMatrix(rows), validate_features=False).tolist()
    if order.get("alone"):
        found["alone"] = _trained_alone(order)
    for kind, body in order.get("asked", {}).items():
        try:
            answer = model.answer(body.encode(), content_type=kind, accept="application/json")
            found[kind] = json.loads(answer.body)
        except RefusedError as error:
            found[kind] = str(error)
    found["by accept"] = {accept: _alone(root, order, accept) for accept in order.get("accepted", ())}
    return found


def _alone(root: Path, order: dict[str, Any], accept: str) -> list[Any]:
    """What a container of one model answers: status, content type and body."""
    del os.environ["SAGEMAKER_MULTI_MODEL"]
    try:
        answer = serve.load(root / "alone").answer(order["request"].encode(), content_type="text/csv", accept=accept)
    except RefusedError as error:
        return [error.status, "", str(error)]
    finally:
        os.environ["SAGEMAKER_MULTI_MODEL"] = "true"
    return [200, answer.content_type, answer.body.decode()]


def main() -> None:
    """All orders, in this process."""
    folder, orders, answers = (Path(word) for word in sys.argv[1:])
    told: dict[str, Any] = {"xgboost": xgb.__version__}
    for name, order in json.loads(orders.read_text()).items():
        told[name] = _run(folder / name, order)
    answers.write_text(json.dumps(told))


if __name__ == "__main__":
    main()
