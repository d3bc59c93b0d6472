"""Pipelines that the tests of a file share a server for."""

import pytest

from integration.codepipeline.small_pipelines import Yard
from local_cloud.kernel.lifecycle import RunningCloud


@pytest.fixture(scope="module")
def yard(cloud: RunningCloud) -> Yard:
    return Yard(cloud)
