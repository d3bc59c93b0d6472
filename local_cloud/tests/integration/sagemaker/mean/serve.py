"""Takes and gives what XGBoost does not: JSON with the number of rows, and bytes."""

import json
import struct
from dataclasses import dataclass
from pathlib import Path

from local_cloud.containers.sagemaker.programs import Answer, NoModelError, RefusedError


@dataclass(frozen=True, kw_only=True)
class Mean:
    """The model."""

    value: float

    def answer(self, body: bytes, *, content_type: str, accept: str) -> Answer:
        """The same for every row.

        Raises:
            RefusedError: the request is not JSON.
        """
        if content_type != "application/json":
            raise RefusedError(415, f"{content_type or 'nothing'} is not application/json")
        if accept == "application/octet-stream":
            return Answer(body=struct.pack("<d", -self.value), content_type=accept)
        answers = [self.value] * int(json.loads(body)["rows"])
        return Answer(body=json.dumps({"means": answers, "for": accept}).encode(), content_type="application/x-means")


def load(folder: Path) -> Mean:
    """The model of an artifact.

    Raises:
        NoModelError: there is none.
    """
    file = folder / "parts" / "mean.json"
    if not file.exists():
        raise NoModelError("the artifact has no parts/mean.json")
    return Mean(value=json.loads(file.read_text(encoding="utf-8")))
