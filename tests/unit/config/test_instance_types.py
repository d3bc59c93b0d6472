"""Families against what EC2 itself tells of them: its answer to DescribeInstanceTypes, which moto carries."""

import gzip
import importlib.resources
import json
from typing import Any

import botocore.session
import pytest

from config import instance_types
from config.instance_types import Family

# Trainium, of which EC2's answer says nothing.
NOT_TOLD = "trn2u.48xlarge"
MEMBERS = ("TrainingInstanceType", "ProcessingInstanceType", "ProductionVariantInstanceType")


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    data = importlib.resources.files("moto").joinpath("ec2/resources/instance_types.json.gz").read_bytes()
    return dict(json.loads(gzip.decompress(data)))


def test_families_have_what_ec2_tells(described: dict[str, Any]) -> None:
    known = {name: found for name in described if (found := instance_types.family(name))}
    # Most are of families whose name says it.
    assert len(known) > 1000
    for name, found in known.items():
        told = described[name]
        arm = "arm64" in told["ProcessorInfo"]["SupportedArchitectures"]
        accelerator: Any = "gpu" if "GpuInfo" in told else "other" if "NeuronInfo" in told or name == NOT_TOLD else None
        expected = Family(local_storage=told["InstanceStorageSupported"], arm=arm, accelerator=accelerator)
        assert found == expected, name


def test_every_type_that_sagemaker_takes_is_known() -> None:
    model = botocore.session.get_session().get_service_model("sagemaker")
    for member in MEMBERS:
        shape: Any = model.shape_for(member)
        assert not [name for name in shape.enum if instance_types.family(name) is None]


@pytest.mark.parametrize(
    "name",
    # Each has NVMe disks: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/InstanceStorage.html
    [
        "ml.m5d.large",
        "ml.c5d.xlarge",
        "ml.r5d.large",
        "ml.m6id.large",
        "ml.g4dn.xlarge",
        "ml.g5.xlarge",
        "ml.g6.xlarge",
        "ml.p3dn.24xlarge",
        "ml.p4d.24xlarge",
        "ml.p5.48xlarge",
        "ml.trn1.2xlarge",
        "ml.dl1.24xlarge",
        "ml.m6gd.large",
    ],
)
def test_local_storage_takes_no_key(name: str) -> None:
    reason = instance_types.takes_no_key(name)
    assert reason is not None
    assert reason.startswith(f"{name} has local NVMe storage")


@pytest.mark.parametrize("name", ["ml.m6g.large", "ml.m7g.large", "ml.c6g.large", "ml.c7g.large", "ml.r7gd.large"])
def test_graviton_runs_no_image_for_x86(name: str) -> None:
    reason = instance_types.runs_no_x86(name)
    assert reason is not None
    assert reason.startswith(f"{name} has an Arm processor")


@pytest.mark.parametrize("name", ["ml.m5.large", "ml.m7i-flex.large", "ml.c6i.large", "ml.t3.medium", "ml.p3.2xlarge"])
def test_the_others_are_fine(name: str) -> None:
    assert instance_types.takes_no_key(name) is None
    assert instance_types.runs_no_x86(name) is None


@pytest.mark.parametrize(
    "name", ["ml.g99.large", "ml.q1.large", "ml.m3.large", "ml.m9x.large", "ml.p9-x1.large", "ml.x.y"]
)
def test_a_family_that_is_not_known_takes_no_key(name: str) -> None:
    reason = instance_types.takes_no_key(name)
    assert reason is not None
    assert "is not known here" in reason
