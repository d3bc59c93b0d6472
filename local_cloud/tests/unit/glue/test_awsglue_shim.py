"""The awsglue stand-in, against AWS's description of getResolvedOptions."""

import importlib.util
from types import ModuleType

import pytest

from local_cloud.services.glue.spark import SHIM


@pytest.fixture(scope="module")
def utils() -> ModuleType:
    spec = importlib.util.spec_from_file_location("shim_utils", SHIM / "awsglue" / "utils.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_named_arguments_are_resolved_and_others_ignored(utils: ModuleType) -> None:
    argv = ["script.py", "--JOB_NAME", "etl", "--source", "s3://b/raw/", "--other", "1"]
    assert utils.getResolvedOptions(argv, ["JOB_NAME", "source"]) == {"JOB_NAME": "etl", "source": "s3://b/raw/"}


def test_missing_argument_is_an_error(utils: ModuleType) -> None:
    with pytest.raises(utils.GlueArgumentError, match="--source"):
        utils.getResolvedOptions(["script.py", "--JOB_NAME", "etl"], ["JOB_NAME", "source"])


def test_a_prefix_of_a_name_is_not_the_name(utils: ModuleType) -> None:
    with pytest.raises(utils.GlueArgumentError):
        utils.getResolvedOptions(["script.py", "--sour", "x"], ["source"])


def test_reserved_name_is_an_error(utils: ModuleType) -> None:
    with pytest.raises(utils.GlueArgumentError, match="reserved"):
        utils.getResolvedOptions(["script.py", "--TempDir", "x"], ["TempDir"])
