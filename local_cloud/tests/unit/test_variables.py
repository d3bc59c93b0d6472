"""Variables that lead an AWS client to a local cloud."""

from pathlib import Path

import pytest

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.settings import Settings

ROOT_OF_ONE = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:5600",
    "AWS_ACCESS_KEY_ID": "111111111111",
    "AWS_SECRET_ACCESS_KEY": "local",
}


@pytest.mark.parametrize(
    ("started_with", "asked_for", "named"),
    [
        ("eu-west-1", None, "eu-west-1"),
        ("eu-west-1", "eu-north-1", "eu-north-1"),
        (None, "eu-north-1", "eu-north-1"),
        # The client's own configuration says it then, as on AWS.
        (None, None, None),
    ],
)
def test_they_name_a_region_when_somebody_said_one(
    started_with: str | None, asked_for: str | None, named: str | None, tmp_path: Path
) -> None:
    cloud = RunningCloud(Settings(state_dir=tmp_path, region=started_with), pid=0)

    found = cloud.environment("111111111111", asked_for)

    region = {"AWS_REGION": named, "AWS_DEFAULT_REGION": named} if named else {}
    assert found == ROOT_OF_ONE | region
