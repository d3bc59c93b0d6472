"""What processes of models are forked from, once for all tests."""

import os
import sys
from collections.abc import Iterator
from multiprocessing import forkserver
from pathlib import Path

import pytest

from local_cloud.containers.sagemaker import model_process
from local_cloud.kernel import source


@pytest.fixture(scope="session")
def warm() -> Iterator[None]:
    """They are forked from one that finds our code and has imported what they need, as the container's does."""
    with pytest.MonkeyPatch.context() as patch:
        family = Path(__file__).parent / "family"
        patch.syspath_prepend(family)
        patch.setenv("PYTHONPATH", f"{source.ROOT}{os.pathsep}{family}")
        patch.setenv("OMP_NUM_THREADS", "1")
        # As in the containers of multi-model endpoints.
        patch.setenv("SAGEMAKER_MULTI_MODEL", "true")
        # The program is pytest, which each of them would import.
        patch.delattr(sys.modules["__main__"], "__file__", raising=False)
        # One that other tests of this process have started imported nothing of this.
        forkserver._forkserver._stop()  # type: ignore[attr-defined]  # there is no other way to start it anew
        model_process.warm_up("every_family")
        yield
