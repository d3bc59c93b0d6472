"""Runs SageMaker's own algorithms without a job or an endpoint."""

import contextlib
import importlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import threadpoolctl
from moto.core.utils import utcnow

from local_cloud.containers.sagemaker import recordio, training
from local_cloud.services.sagemaker import images, metrics
from local_cloud.services.sagemaker.job_output import Output

CSV = "text/csv"


@dataclass(frozen=True, kw_only=True)
class Done:
    """A training that is over.

    Args:
        image: its name.
        root: its ``/opt/ml``.
        code: how it ended.
        log: what it wrote.
    """

    image: str
    root: Path
    code: int
    log: str

    @property
    def failure(self) -> str:
        """What it wrote into output/failure."""
        path = self.root / "output" / "failure"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @property
    def metrics(self) -> dict[str, float]:
        """The last value of every metric that SageMaker reads in the log."""
        content = self.log.encode()
        output = Output(content=content, seen=((len(content), utcnow()),))
        found = metrics.read(output.lines(), built_in=images.find(self.image).built_in)
        return {item.name: item.value for item in metrics.last(found)}

    def ask(self, body: bytes, *, content_type: str = CSV, accept: str = "") -> bytes:
        """What the model answers."""
        model = importlib.import_module(images.find(self.image).program("serve")).load(self.root / "model")
        return bytes(model.answer(body, content_type=content_type, accept=accept).body)

    def predictions(self, features: npt.ArrayLike, *, name: str = "predictions") -> list[dict[str, Any]]:
        """What the model predicts for rows."""
        found: list[dict[str, Any]] = json.loads(self.ask(csv(features)))[name]
        return found


def csv(features: npt.ArrayLike, labels: npt.ArrayLike | None = None) -> bytes:
    """Rows as a CSV without a header, the label first."""
    table = np.asarray(features, dtype=np.float64)
    if labels is not None:
        table = np.column_stack([labels, table])
    return "\n".join(",".join(map(repr, row)) for row in table.tolist()).encode()


def records(features: npt.ArrayLike, labels: npt.ArrayLike | None = None) -> bytes:
    """Rows as recordio-protobuf, as the SDK writes them."""
    stream = io.BytesIO()
    rows = np.asarray(features, dtype=np.float32)
    recordio.write(stream, recordio.records_of(rows, None if labels is None else np.asarray(labels, dtype=np.float32)))
    return stream.getvalue()


def train(
    root: Path,
    image: str,
    channels: Mapping[str, bytes],
    hyperparameters: Mapping[str, str],
    *,
    content_type: str | None = CSV,
    checkpoints: bool = False,
    described: Mapping[str, Mapping[str, str]] | None = None,
) -> Done:
    """Train in a folder.

    Args:
        root: becomes the job's ``/opt/ml``; may be that of a job that was interrupted.
        image: its name.
        channels: content of each one's only file.
        hyperparameters: of the job.
        content_type: of the channels.
        checkpoints: whether the job has a folder for them.
        described: how the job describes channels that are no files.
    """
    for folder in ("input/config", "model", "output", *(["checkpoints"] if checkpoints else [])):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name, content in channels.items():
        (root / "input" / "data" / name).mkdir(parents=True, exist_ok=True)
        (root / "input" / "data" / name / "part-00000").write_bytes(content)
    files = {name: {"ContentType": content_type} if content_type else {} for name in channels}
    config: dict[str, Any] = {
        "hyperparameters": dict(hyperparameters),
        "inputdataconfig": {**files, **(described or {})},
    }
    if checkpoints:
        config["checkpointconfig"] = {"LocalPath": "/opt/ml/checkpoints"}
    for name, told in config.items():
        (root / "input" / "config" / f"{name}.json").write_text(json.dumps(told), encoding="utf-8")
    # A container finds none of the last one.
    (root / "output" / "failure").unlink(missing_ok=True)
    written = io.StringIO()
    quiet = (contextlib.redirect_stdout(written), contextlib.redirect_stderr(io.StringIO()))
    # As a job has it.
    with threadpoolctl.threadpool_limits(1), quiet[0], quiet[1]:
        code = training.main(images.find(image).program("train"), root)
    return Done(image=image, root=root, code=code, log=written.getvalue())
