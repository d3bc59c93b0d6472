"""A pytest plugin, ``-p local_cloud.testing.plugin``: servers that the tests start are forks of one kept ready."""

import contextlib

import pytest

from local_cloud.testing.nursery import open_nursery


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep servers ready where tests are run that start some; those in a folder ``unit`` start none."""
    config = session.config
    runs_here = not getattr(config.option, "numprocesses", None) and not config.option.collectonly
    if runs_here and any("unit" not in item.path.relative_to(config.rootpath).parts for item in session.items):
        nursery = contextlib.ExitStack()
        nursery.enter_context(open_nursery())
        config.add_cleanup(nursery.close)
