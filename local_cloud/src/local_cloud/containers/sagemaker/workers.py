"""Many models in few processes, without one's harm becoming another's.

Models of a family whose code is the image's lie together in a few processes; the least filled one gets the next. A
process works on one order at a time, so whatever it works on when it dies did it: that model gets a process of its own
from then on, and those that lay beside it are loaded elsewhere when they are asked next, or at once if somebody waits
for them. A model that keeps a process for long while others wait for it keeps it for good, and they go. Models that
bring code get a process each from the beginning, because modules of one name cannot lie beside each other.

AWS's multi-model server has a process for each model: https://github.com/awslabs/multi-model-server/blob/master/docs.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from local_cloud.containers.sagemaker import patience
from local_cloud.containers.sagemaker.model_process import BrokenModelError, Worker, WorkerDiedError
from local_cloud.containers.sagemaker.programs import Answer

_MOST_SHARED = 4
# How long an order may keep a process from other models before they are loaded elsewhere.
_PATIENCE_SECONDS = 2.0
_LOOK_SECONDS = 0.01


class UnknownModelError(KeyError):
    """A model is not loaded."""


@dataclass(eq=False, kw_only=True)
class _Process:
    """A process and who lies in it.

    Args:
        is_own: one model has it for itself.
        worker: the process; None before its first order, and when it died.
        loaded: names of the models that lie in it.
        leaving: those of them that are to be forgotten.
        working_on: the model whose order it works on; None when it is idle.
        since: when that began.
    """

    is_own: bool
    worker: Worker | None = None
    loaded: set[str] = field(default_factory=set)
    leaving: set[str] = field(default_factory=set)
    working_on: str | None = None
    since: float = 0.0


@dataclass(eq=False, kw_only=True)
class _Model:
    """A model that is to be loaded wherever it is asked.

    Args:
        folder: of its artifact.
        process: where it lies, or goes next; None for wherever there is room.
        taken: bytes that it takes.
    """

    folder: Path
    process: _Process | None = None
    taken: int = 0


class Workers:
    """The processes of a container.

    Args:
        module: the family's, which loads models.
        memory_bytes: how much the models of one process may take.
        shares: whether several models may lie in one process.
        count: of the processes that models share; None for as many as there are processors, up to 4.
        seconds: how long a model may take to answer; None for what the container has.
        load_seconds: how long it may take to load; None for the same.
        patience_seconds: after which models are loaded elsewhere than in a process that works on one order.
    """

    def __init__(
        self,
        module: str,
        *,
        memory_bytes: int,
        shares: bool,
        count: int | None = None,
        seconds: float | None = None,
        load_seconds: float | None = None,
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        self._module, self._memory_bytes, self._shares = module, memory_bytes, shares
        self._count = count or min(os.cpu_count() or 1, _MOST_SHARED)
        self._seconds, self._load_seconds = seconds or patience.seconds(), load_seconds or patience.seconds()
        self._patience_seconds = patience_seconds
        self._changed = threading.Condition()
        self._models: dict[str, _Model] = {}
        self._shared: list[_Process] = []
        # Artifacts that ended or kept a process: they never lie beside others again.
        self._harmful: set[Path] = set()

    def load(self, name: str, folder: Path) -> int:
        """Load a model; tells how many bytes it takes.

        Args:
            name: that is not used yet.
            folder: of the artifact.

        Raises:
            BrokenModelError: the artifact is no model, or crashes what loads it.
        """
        with self._changed:
            self._models[name] = _Model(folder=folder)
        try:
            with self._turn(name):
                pass
        except (BrokenModelError, WorkerDiedError) as error:
            self.unload(name)
            if isinstance(error, WorkerDiedError):
                raise BrokenModelError(f"the artifact cannot be loaded: {error}") from error
            raise
        return self.taken(name)

    def unload(self, name: str) -> None:
        """Forget a model, once it has answered what it works on; one that is not there is none."""
        with self._changed:
            model = self._models.pop(name, None)
            process = model.process if model is not None else None
            if process is None:
                return
            process.leaving.add(name)
            if process.working_on is not None:
                return
            process.working_on, process.since = name, time.monotonic()
        self._end_turn(process)

    def answer(self, name: str, body: bytes, *, content_type: str, accept: str) -> Answer:
        """Ask a model, which is loaded again if its process is gone.

        Raises:
            UnknownModelError: it is not loaded.
            RefusedError: the request is not what it takes.
            BrokenModelError: its artifact is no model any more.
            WorkerDiedError: it crashed, or hangs.
        """
        with self._turn(name) as worker:
            answer, taken = worker.answer(name, body, content_type=content_type, accept=accept)
        with self._changed:
            if taken and name in self._models:
                self._models[name].taken = taken
        return answer

    def taken(self, name: str) -> int:
        """Bytes that a model takes; 0 for one that is not there."""
        model = self._models.get(name)
        return 0 if model is None else model.taken

    def pids(self) -> set[int]:
        """Of the processes that there are."""
        return {worker.pid for worker in self._all() if worker.pid is not None}

    def stop(self) -> None:
        """End all processes."""
        for worker in self._all():
            worker.stop()

    def _all(self) -> list[Worker]:
        with self._changed:
            processes = {*self._shared, *(model.process for model in self._models.values())}
            return [process.worker for process in processes if process is not None and process.worker is not None]

    @contextmanager
    def _turn(self, name: str) -> Iterator[Worker]:
        """Have the process of a model for oneself, with the model loaded in it.

        Raises:
            UnknownModelError: it is not there.
            BrokenModelError: its artifact is no model.
            WorkerDiedError: it crashed or hung while it was loaded or asked, or its process is not to be had.
        """
        model, process = self._take(name)
        try:
            if process.worker is None or not process.worker.is_running():
                process.worker = self._start(is_own=process.is_own)
                process.loaded.clear()
            if name not in process.loaded:
                model.taken = process.worker.load(name, model.folder)
                process.loaded.add(name)
            yield process.worker
        except WorkerDiedError:
            self._give_up(process, model)
            raise
        finally:
            self._end_turn(process)

    def _start(self, *, is_own: bool) -> Worker:
        return Worker(
            self._module,
            memory_bytes=self._memory_bytes,
            is_own=is_own,
            seconds=self._seconds,
            load_seconds=self._load_seconds,
        )

    def _take(self, name: str) -> tuple[_Model, _Process]:
        end = time.monotonic() + max(self._seconds, self._load_seconds)
        with self._changed:
            while True:
                model = self._models.get(name)
                if model is None:
                    raise UnknownModelError(name)
                process = model.process = model.process or self._place(model)
                if process.working_on is None:
                    process.working_on, process.since = name, time.monotonic()
                    return model, process
                if self._keeps(process):
                    self._leave_to(process, process.working_on)
                    continue
                now = time.monotonic()
                if now > end:
                    raise WorkerDiedError(f"the model has other requests that take more than {self._seconds:g} seconds")
                until = end if process.is_own else min(end, process.since + self._patience_seconds)
                # Waking a little late is better than waking again and again.
                self._changed.wait(max(until - now, 0) + _LOOK_SECONDS)

    def _place(self, model: _Model) -> _Process:
        """The process that a model goes to; the lock is held."""
        if not self._shares or model.folder in self._harmful:
            return _Process(is_own=True)
        for process in [process for process in self._shared if self._keeps(process)]:
            self._leave_to(process, process.working_on)
        if len(self._shared) < self._count:
            self._shared.append(_Process(is_own=False))
        filled = dict.fromkeys(self._shared, 0)
        for other in self._models.values():
            if other.process in filled:
                filled[other.process] += 1
        return min(filled, key=lambda process: filled[process])

    def _keeps(self, process: _Process) -> bool:
        """Whether an order keeps a process that others are to share; the lock is held."""
        return (
            not process.is_own
            and process.working_on is not None
            and time.monotonic() - process.since > self._patience_seconds
        )

    def _leave_to(self, process: _Process, name: str | None) -> None:
        """Leave a process to one of its models; the lock is held."""
        self._shared.remove(process)
        process.is_own = True
        for other, model in self._models.items():
            if model.process is process and other != name:
                model.process = None
                process.leaving.add(other)
            elif model.process is process:
                self._harmful.add(model.folder)
        self._changed.notify_all()

    def _give_up(self, process: _Process, model: _Model) -> None:
        """A model ended its process: those beside it go elsewhere, and it never lies beside others again."""
        with self._changed:
            self._harmful.add(model.folder)
            if process in self._shared:
                self._shared.remove(process)
            for other in self._models.values():
                if other.process is process:
                    other.process = None
            process.worker = None

    def _end_turn(self, process: _Process) -> None:
        """Forget who leaves, and let the next order come."""
        while True:
            with self._changed:
                leaving, process.leaving = process.leaving & process.loaded, set()
                is_over = process.is_own and process.worker is not None and leaving == process.loaded
                if not leaving and not is_over:
                    process.working_on = None
                    self._changed.notify_all()
                    return
            self._forget(process, leaving, is_over=is_over)

    def _forget(self, process: _Process, leaving: set[str], *, is_over: bool) -> None:
        process.loaded -= leaving
        if process.worker is None:
            return
        if is_over:
            process.worker.stop()
            process.worker = None
            return
        for name in leaving:
            try:
                process.worker.unload(name)
            except WorkerDiedError:
                process.worker = None
                return
