"""Snapshots that are written while objects are read."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.s3.models import s3_backends

from local_cloud.kernel.services import Service, Services
from local_cloud.kernel.state import Store

ACCOUNT = "111111111111"
SERVICES = Services([Service(name="s3", backends=("s3",), keeps=("s3",))])
# Longer than what stays in memory, so that it is read from a file.
BODY = bytes(range(256)) * 40_000


@pytest.fixture
def key() -> Iterator[Any]:
    backend = s3_backends[ACCOUNT]["aws"]
    backend.create_bucket("objects", "us-east-1")
    yield backend.put_object("objects", "k", BODY)
    s3_backends[ACCOUNT]["aws"].buckets.clear()
    s3_backends.bucket_accounts.pop("objects")


@pytest.mark.usefixtures("key")
def test_a_body_is_whole_after_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path, SERVICES, clock_offset=lambda: 0.0)
    store.save()
    s3_backends[ACCOUNT]["aws"].buckets.clear()
    store.restore()
    assert s3_backends[ACCOUNT]["aws"].get_object("objects", "k").value == BODY


def test_a_body_is_read_for_the_first_snapshot_only(key: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path, SERVICES, clock_offset=lambda: 0.0)
    store.save()
    monkeypatch.setattr(type(key), "__getstate__", lambda _: pytest.fail("read again"))
    store.save()
    monkeypatch.undo()

    # Somebody emptied the folder: it is not lost while it is held.
    (file,) = tmp_path.glob("objects/*/*")
    file.unlink()
    store.save()
    assert file.read_bytes() == BODY


def test_a_body_is_whole_for_who_reads_it_while_it_is_saved(key: Any, tmp_path: Path) -> None:
    store, saved = Store(tmp_path, SERVICES, clock_offset=lambda: 0.0), threading.Event()
    sizes: set[int] = set()

    def read() -> None:
        while not saved.is_set():
            sizes.add(len(key.value))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(20):
        store.save()
    saved.set()
    for reader in readers:
        reader.join()

    assert sizes == {len(BODY)}
    # A body that was read in parts would be kept as another one.
    assert [file.stat().st_size for file in tmp_path.glob("objects/*/*")] == [len(BODY)]
