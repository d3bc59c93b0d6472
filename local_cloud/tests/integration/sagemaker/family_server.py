"""A server of this package that has a family of images more."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_cloud.kernel import lifecycle, source
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.spawning import NURSERY


@contextmanager
def running(root: Path, family: Path) -> Iterator[RunningCloud]:
    """Start the server.

    Args:
        root: an empty folder for it.
        family: of the images' folder.
    """
    original = source.ROOT / "local_cloud"
    containers = _link_all_but("containers", original, root / "local_cloud")
    sagemaker = _link_all_but("sagemaker", original / "containers", containers)
    shutil.copytree(family, _link_all_but(family.name, original / "containers" / "sagemaker", sagemaker))
    port = str(lifecycle.free_port())
    # What is forked in these tests has the package as it is.
    environment = {name: value for name, value in os.environ.items() if name != NURSERY}
    subprocess.run(
        [sys.executable, "-m", "local_cloud", "start", "--port", port],
        cwd=root,
        env=environment | {"PYTHONPATH": str(root)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    found = lifecycle.find(root / ".local-cloud")
    assert found is not None
    with found:
        yield found


def _link_all_but(name: str, original: Path, copy: Path) -> Path:
    """A folder whose content is the original's; returns the place of the one part that is left out."""
    copy.mkdir()
    for path in original.iterdir():
        if path.name != name:
            (copy / path.name).symlink_to(path)
    return copy / name
