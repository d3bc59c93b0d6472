"""Keeps everything across a restart: a snapshot of moto's backends, and object bodies in files of their own."""

import copyreg
import functools
import gc
import hashlib
import io
import logging
import os
import pickle
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from local_cloud.kernel.errors import ServerError
from local_cloud.kernel.services import Services, backends, used_backends
from local_cloud.kernel.work import Background

_log = logging.getLogger(__name__)
_QUIET_SECONDS = 1.0
# A large state takes seconds to write, in which nobody else gets far; a thirtieth of the time may go into it.
_PAUSES_A_SNAPSHOT = 29.0
# Nobody holds or waits for these after a restart.
_SYNCHRONISATION: dict[type, Callable[[], Any]] = {
    type(threading.Lock()): threading.Lock,
    type(threading.RLock()): threading.RLock,
    threading.Event: threading.Event,
    threading.Condition: threading.Condition,
    threading.Semaphore: threading.Semaphore,
}
_ATTEMPTS = 5


class Store:
    """Writes and reads snapshots.

    Args:
        state_dir: of the local cloud.
        services: say what is kept of each.
        clock_offset: gives how far virtual time is ahead, which is kept too.
    """

    def __init__(self, state_dir: Path, services: Services, *, clock_offset: Callable[[], float]) -> None:
        self._services = services
        self._file = state_dir / "snapshot.pickle"
        self._objects = state_dir / "objects"
        self._clock_offset = clock_offset
        self._changed = threading.Event()
        self._writing = threading.Lock()
        self._restored = False
        self.error: str | None = None

    def touch(self) -> None:
        """Something changed; a snapshot follows soon."""
        self._changed.set()

    def start(self, background: Background) -> None:
        """Write snapshots in the background, at most one a second."""
        took = 0.0

        def look() -> None:
            nonlocal took
            started = time.monotonic()
            try:
                self.save()
            except ServerError as error:
                self.error = str(error)
                _log.error("%s", error)  # its cause was logged where it happened
            finally:
                took = time.monotonic() - started

        def pause() -> None:
            self._changed.wait()
            time.sleep(max(_QUIET_SECONDS, _PAUSES_A_SNAPSHOT * took))
            self._changed.clear()

        background.repeat("state", look, pause=pause)

    def save(self) -> None:
        """Write a snapshot.

        Raises:
            ServerError: something cannot be written.
        """
        with self._writing:
            problem: Exception | None = None
            for _ in range(_ATTEMPTS):
                try:
                    data = self._dump()
                    break
                except (RuntimeError, ValueError) as error:
                    # A dictionary changed or a body was closed while it was read: look again.
                    problem = error
                    time.sleep(0.05)
                except (pickle.PicklingError, TypeError, AttributeError) as error:
                    raise ServerError(f"the state cannot be saved: {error}") from error
            else:
                raise ServerError(f"the state changes too fast to be saved: {problem}")
            with tempfile.NamedTemporaryFile(dir=self._file.parent, delete=False) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(file.name).replace(self._file)
            self.error = None

    def restore(self) -> float:
        """Load the snapshot if there is one; returns the clock's offset in seconds."""
        if not self._file.exists():
            return 0.0
        global _reading  # noqa: PLW0603  # unpickling has no other way to tell the folder
        _reading = self._objects
        with self._file.open("rb") as file:
            content = pickle.load(file)  # noqa: S301  # our own file, in a folder of the user's
        for name, accounts in content["moto"].items():
            for account_id, regions in accounts.items():
                for region, backend in regions.items():
                    dict.__setitem__(backends(name)[account_id], region, backend)
            if name == "s3" and accounts:
                _find_buckets_again()
        for service in self._services:
            for name in content["parts"].keys() & service.parts.keys():
                self._services.load(service.name)
                service.parts[name].load(content["parts"][name])
        self._restored = True
        return float(content["clock_offset"])

    def resume(self) -> None:
        """End what was under way when a snapshot that was restored was written; what tells of it needs the clock."""
        if self._restored:
            for service in self._services.loaded():
                service.resume()
            for service in self._services.loaded():
                service.resumed()

    def _dump(self) -> bytes:
        content = {
            "moto": {
                name: {
                    account_id: dict(regions.items()) for account_id, regions in list(dict.items(used_backends(name)))
                }
                for service in self._services
                for name in service.keeps
            },
            "parts": {name: part.dump() for service in self._services.loaded() for name, part in service.parts.items()},
            "clock_offset": self._clock_offset(),
        }
        buffer = io.BytesIO()
        # Pickling makes so many objects that collections in between take most of the time.
        gc.disable()
        try:
            _Pickler(buffer, self._objects).dump(content)
        finally:
            gc.enable()
        return buffer.getvalue()


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle is not typed
    """Pickles moto's objects: locks anew at load, object bodies by reference to a file."""

    def __init__(self, file: io.BytesIO, objects: Path) -> None:
        super().__init__(file)
        self._objects = objects

    def reducer_override(self, item: Any) -> Any:  # noqa: PLR0911  # one return a kind
        """How one object is written; NotImplemented leaves it to pickle."""
        kind = type(item)
        if kind in _SYNCHRONISATION:
            return _SYNCHRONISATION[kind], ()
        if kind is weakref.ReferenceType:
            return weakref.ref, (item(),)
        if kind is weakref.WeakValueDictionary:
            return weakref.WeakValueDictionary, (dict(item.items()),)
        if kind.__name__ == "ParameterDict":
            # A dictionary whose constructor wants more than its content.
            return copyreg.__newobj__, (kind,), item.__dict__, None, iter(dict.items(item))  # type: ignore[attr-defined]  # the pickle protocol's own
        if isinstance(item, RSAPrivateKey | EllipticCurvePrivateKey):
            return _private_key, (item.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),)
        if kind.__name__ == "IAMBackend":
            # Without the thousand policies that come with moto.
            own = {arn: policy for arn, policy in item.managed_policies.items() if ":iam::aws:" not in arn}
            kept = item.__dict__ | {"managed_policies": own, "aws_managed_policies": []}
            return copyreg.__newobj__, (kind,), kept, None, None, _with_aws_policies  # type: ignore[attr-defined]  # the pickle protocol's own
        if kind.__name__ == "AWSManagedPolicy":
            return _aws_managed_policy, (item.arn, item.account_id, item.partition)
        if kind.__name__ == "ExecutionWorker":
            # Before its first state a worker has no environment yet.
            env = item.env
            return SavedWorker, (
                env.event_manager.get_event_history() if env else [],
                env.callback_pool_manager if env else None,
                env.map_run_record_pool_manager if env else None,
            )
        if kind.__name__ == "FakeKey":
            digest = self._body_of(item)
            kept = {name: value for name, value in item.__dict__.items() if name not in {"_value_buffer", "lock"}}
            return copyreg.__newobj__, (kind,), (kept, digest), None, None, _with_body  # type: ignore[attr-defined]  # the pickle protocol's own
        return super().reducer_override(item)

    def _body_of(self, key: Any) -> str:
        """The digest of an object's body, which is written under it; a body never changes, so it is read once."""
        known: str | None = getattr(key, "lc_digest", None)
        if known is None or not _body(self._objects, known).exists():
            # Taken under its lock, for requests read it from the same file; what moto closed has none.
            known = key.lc_digest = self._keep(key.__getstate__()["value"] or b"")
        return known

    def _keep(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        path = _body(self._objects, digest)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(f".{threading.get_ident()}")
            partial.write_bytes(data)
            partial.replace(path)
        return digest


class SavedWorker:
    """What is left of an execution's worker, where moto looks for it (worker, env, managers).

    Args:
        events: its history.
        callbacks: moto's pool of the tasks that waited for an answer; None if it had not begun.
        map_runs: moto's pool of what Distributed Maps counted; None if it had not begun.
    """

    def __init__(self, events: list[Any], callbacks: Any = None, map_runs: Any = None) -> None:
        self._events = events
        self.env = self
        self.event_manager = self
        self.callback_pool_manager = callbacks or _EmptyPool()
        self.map_run_record_pool_manager = map_runs or _EmptyPool()

    def get_event_history(self) -> list[Any]:
        """All events."""
        return self._events

    def __reduce__(self) -> tuple[Any, ...]:
        return SavedWorker, (self._events, self.callback_pool_manager, self.map_run_record_pool_manager)


class _EmptyPool:
    """In the place of a pool of an execution that had not begun."""

    def get(self, _key: str) -> None:
        """Nothing."""

    def get_all(self) -> list[Any]:
        """Nothing, either."""
        return []


def _private_key(pem: bytes) -> Any:
    # Whether the numbers are those of a key was known when it was made; to prove it takes a tenth of a second.
    return load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)


@functools.cache
def _aws_managed_policies(account_id: str, partition: str) -> dict[str, Any]:
    from moto.iam.models import IAMBackend

    return dict(IAMBackend(partition, account_id)._init_managed_policies())  # noqa: SLF001  # moto has no public way


def _with_aws_policies(backend: Any, kept: dict[str, Any]) -> None:
    backend.__dict__.update(kept)
    policies = _aws_managed_policies(backend.account_id, backend.partition)
    backend.aws_managed_policies = list(policies.values())
    backend.managed_policies = policies | backend.managed_policies


def _aws_managed_policy(arn: str, account_id: str, partition: str) -> Any:
    return _aws_managed_policies(account_id, partition)[arn]


_reading = Path()


def _body(objects: Path, digest: str) -> Path:
    return objects / digest[:2] / digest


def _with_body(key: Any, state: tuple[dict[str, Any], str]) -> None:
    kept, digest = state
    key.__setstate__({**kept, "value": _body(_reading, digest).read_bytes()})


def _find_buckets_again() -> None:
    """Fill moto's list of whose each bucket is, which belongs to no account and so to no snapshot."""
    found = backends("s3")
    for account_id, partitions in list(dict.items(found)):
        for partition, backend in partitions.items():
            found.bucket_accounts |= dict.fromkeys(backend.buckets, (partition, account_id))
