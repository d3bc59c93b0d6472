"""A pytest plugin, ``-p local_cloud.testing.plugin``: tests never reach AWS, and start servers that are kept ready.

They fail where one of these servers did what nobody foresaw.
"""

import contextlib
import functools
import os
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader

from local_cloud.kernel.spawning import NURSERY
from local_cloud.testing import unforeseen
from local_cloud.testing.nursery import open_nursery

# Without an endpoint of their own they have no credentials either.
for _name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
    os.environ.pop(_name, None)
# Before a library reads it: threads that wait for each other must not keep the cores from other workers.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Folders of tests that start no server.
_UNIT = "unit"
# The SDK reads the models of services for each session anew; tests make hundreds of sessions, and change no model.
_read, _load = functools.cache(JSONFileLoader().load_file), JSONFileLoader.load_file


def _load_once(loader: JSONFileLoader, file_path: str) -> Any:
    return _read(file_path) if type(loader) is JSONFileLoader else _load(loader, file_path)


JSONFileLoader.load_file = _load_once  # type: ignore[assignment,method-assign]  # for all loaders


def pytest_configure(config: pytest.Config) -> None:
    """Fail where a server answers with a page of HTML, or in a way that nobody foresaw."""
    unforeseen.watch(config)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Names of bytes: archives hold the time they were made at, and workers must agree on every test's name."""
    return argname if isinstance(val, bytes) else None


def pytest_sessionstart(session: pytest.Session) -> None:
    """Keep servers ready for all workers, before these are started and inherit where; one of each is enough."""
    config = session.config
    asked = [Path(argument.partition("::")[0]) for argument in config.args]
    if getattr(config.option, "numprocesses", None) and not all(_UNIT in path.parts for path in asked):
        _keep_ready(config)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep servers ready where tests are run that start some; those in a folder ``unit`` start none."""
    config = session.config
    runs_here = not getattr(config.option, "numprocesses", None) and NURSERY not in os.environ
    if runs_here and any(_UNIT not in item.path.relative_to(config.rootpath).parts for item in session.items):
        _keep_ready(config)


def _keep_ready(config: pytest.Config) -> None:
    if not config.option.collectonly:
        nursery = contextlib.ExitStack()
        nursery.enter_context(open_nursery())
        config.add_cleanup(nursery.close)
