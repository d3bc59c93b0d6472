"""Tells what it found, in a file of its host's name; hosts talk to each other, and one may fail or be slow."""

import io
import json
import signal
import socket
import time
from pathlib import Path
from typing import Any

from local_cloud.containers.sagemaker import checkpoints, hyperparameters, recordio
from local_cloud.containers.sagemaker.programs import TrainingError

_PORT = 7777
_RECORDIO = b"\n\x23\xd7\xce"


def train(root: Path) -> None:
    """Write what was found.

    Raises:
        TrainingError: the host is to fail.
    """
    asked = hyperparameters.read(root)
    resources = json.loads((root / "input" / "config" / "resourceconfig.json").read_text(encoding="utf-8"))
    host = resources["current_host"]
    if "fails" in asked:
        if asked["fails"] == host:
            raise TrainingError(f"{host} was told to fail")
        signal.pause()
    if "loss" in asked:
        print(f"loss={asked['loss']};", flush=True)  # noqa: T201  # the log is the interface
    data = root / "input" / "data"
    told = {
        "resources": resources,
        "channels": hyperparameters.channels(root),
        "files": {
            path.relative_to(data).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(data.rglob("*"))
            if path.is_file()
        },
        "epochs": [_read(data / f"train_{epoch}") for epoch in range(int(asked.get("epochs", "0")))],
        "heard": _talk(host, resources["hosts"]) if len(resources["hosts"]) > 1 else [],
        "steps": _step(root, int(asked.get("steps", "0"))),
    }
    (root / "model" / f"{host}.json").write_text(json.dumps(told), encoding="utf-8")
    (root / "model" / "last.txt").write_text(host, encoding="utf-8")
    if asked.get("leaves"):
        (root / "output" / "data" / f"{host}.txt").write_text(asked["leaves"], encoding="utf-8")


def _step(root: Path, last: int) -> list[int]:
    """Count up to a number, from the last checkpoint on; at the second step one waits to be interrupted."""
    folder = checkpoints.folder(root)
    if folder is None:
        return []
    (root / "model" / "early.txt").write_text("saved early", encoding="utf-8")
    file, done = folder / "step", []
    for step in range(int(file.read_text(encoding="utf-8")) + 1 if file.exists() else 1, last + 1):
        file.write_text(str(step), encoding="utf-8")
        done.append(step)
        print(f"step={step};", flush=True)  # noqa: T201  # the log is the interface
        if step == 2:  # where the test takes the instances away
            signal.pause()
    return done


def _read(pipe: Path) -> Any:
    while not pipe.exists():
        time.sleep(0.01)
    content = pipe.read_bytes()
    if content.startswith(_RECORDIO):
        return [frame.decode() for frame in recordio.frames(io.BytesIO(content))]
    return content.decode()


def _talk(host: str, names: list[str]) -> list[str]:
    """Every host listens under its own name on the same port; the first one calls all."""
    with socket.create_server((host, _PORT)) as server:
        if host != names[0]:
            channel, _ = server.accept()
            with channel:
                channel.sendall(host.encode())
            return []
        return [_call(name) for name in names[1:]]


def _call(name: str) -> str:
    while True:
        try:
            with socket.create_connection((name, _PORT)) as channel:
                return channel.recv(100).decode()
        except ConnectionRefusedError:
            time.sleep(0.02)
