"""Which container of a model is served."""

from types import SimpleNamespace
from typing import Any

import pytest

from local_cloud.kernel.errors import LocalCloudError
from local_cloud.services.sagemaker import fleet_start

CONTAINER = {"Image": "image", "Mode": "MultiModel", "ModelDataUrl": "s3://b/p/"}


@pytest.mark.parametrize(
    ("primary", "containers", "served"),
    [(CONTAINER, [], CONTAINER), ({}, [CONTAINER], CONTAINER), (None, None, {})],
)
def test_a_list_of_one_container_means_the_primary_one(primary: Any, containers: Any, served: Any) -> None:
    model = SimpleNamespace(primary_container=primary, containers=containers)
    assert fleet_start.container_of(model) == served


def test_a_pipeline_of_containers_is_refused_by_their_number() -> None:
    with pytest.raises(LocalCloudError, match="models of one container, got 2"):
        fleet_start.container_of(SimpleNamespace(primary_container={}, containers=[CONTAINER, CONTAINER]))
