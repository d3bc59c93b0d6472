"""A family of images whose models do as they are told: by their artifact when they are loaded, by a request later."""

import json
import os
import time
from pathlib import Path
from typing import Any

from local_cloud.containers.sagemaker.programs import Answer

shares_process = True


class Obedient:
    """The model: so many bytes, and its process."""

    def __init__(self, size: int) -> None:
        self._held = [b"x" * size]

    def answer(self, body: bytes, *, content_type: str, accept: str) -> Answer:
        """Do as the body says; answers with the number of the process."""
        word, *rest = body.decode().split()
        _obey(word, *rest)
        if word == "grow":
            self._held.append(b"x" * int(rest[0]))
        told = {"pid": os.getpid(), "content_type": content_type, "accept": accept, "variable": os.environ.get("TOLD")}
        return Answer(body=json.dumps(told).encode(), content_type="application/json")


def load(folder: Path) -> Obedient:
    """What the artifact says."""
    told: dict[str, Any] = json.loads((folder / "orders.json").read_text(encoding="utf-8"))
    _obey(*told.get("do", "nothing").split())
    return Obedient(int(told.get("bytes", 0)))


def _obey(word: str, *rest: str) -> None:
    if word == "abort":
        os.abort()
    if word == "raise":
        raise ValueError(" ".join(rest))
    if word == "starve":
        raise MemoryError
    if word == "await":
        # Tells that it waits, and goes on once it may.
        place = Path(rest[0])
        place.with_suffix(".waits").touch()
        while not place.exists():
            time.sleep(0.01)
