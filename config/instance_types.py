"""Which instance types have local storage, an Arm processor or an accelerator, told by their family's name.

The local cloud has a copy of this file, equal to the byte (decision 41); standard library only.

Sources:
    https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html (what the letters mean)
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/InstanceStorage.html (families with instance store)
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html (no KMS key with local storage)
"""

import re
from dataclasses import dataclass
from typing import Literal

# General, compute and memory optimised, and burstable families are named by AWS's convention, without exceptions since
# the fourth generation: processor (a AMD, g Graviton, i Intel), then b block storage, d instance store,
# e extra, n network, z high frequency.
_BY_LETTERS = re.compile(r"(m|c|r|t)([0-9]+)([abdeginz]*)(-flex)?")
_FIRST_BY_LETTERS = {"m": 4, "c": 4, "r": 4, "t": 2}
# The letters of all other families say too little, for example g5 and p5 have local storage and p3 and inf2 have not.
_LOCAL_STORAGE = frozenset(
    {
        "dl1",
        *("g4ad", "g4dn", "g5", "g6", "g6e", "g6f", "g7", "g7e", "gr6", "gr6f"),
        *("p3dn", "p4d", "p4de", "p5", "p5e", "p5en", "p6-b200", "p6-b300", "p6e-gb200"),
        *("trn1", "trn1n", "trn2", "trn2u"),
    }
)
_EBS_ONLY = frozenset(["g5g", "inf1", "inf2", "p2", "p3"])
_ARM = frozenset(["g5g", "p6e-gb200"])
# No GPUs of NVIDIA: AMD's, and AWS's and Intel's own accelerators.
_OTHER_ACCELERATORS = frozenset(["dl1", "g4ad", "inf1", "inf2", "trn1", "trn1n", "trn2", "trn2u"])


@dataclass(frozen=True, kw_only=True)
class Family:
    """What a family's instances have.

    Args:
        local_storage: NVMe disks of the host, which no KMS key can encrypt.
        arm: an Arm processor, such as Graviton.
        accelerator: GPUs of NVIDIA, or another one, which images for GPUs cannot use.
    """

    local_storage: bool
    arm: bool
    accelerator: Literal["gpu", "other"] | None


def family(instance_type: str) -> Family | None:
    """What the instances of a type have, for example of ``ml.m5d.large``; None when it is not known here."""
    name = instance_type.removeprefix("ml.").split(".")[0]
    if name in _LOCAL_STORAGE | _EBS_ONLY:
        accelerator: Literal["gpu", "other"] = "other" if name in _OTHER_ACCELERATORS else "gpu"
        return Family(local_storage=name in _LOCAL_STORAGE, arm=name in _ARM, accelerator=accelerator)
    found = _BY_LETTERS.fullmatch(name)
    if found is None or int(found[2]) < _FIRST_BY_LETTERS[found[1]]:
        return None
    return Family(local_storage="d" in found[3], arm="g" in found[3], accelerator=None)


def takes_no_key(instance_type: str) -> str | None:
    """Why a KMS key cannot encrypt the volumes of a type; None when it can. A family that is not known has none."""
    found = family(instance_type)
    if found is None:
        return (
            f"{instance_type} is of a family that is not known here, and volumes of types with local storage take no"
            " KMS key: add the family to config/instance_types.py, or choose another, for example ml.m5.xlarge"
        )
    if found.local_storage:
        return (
            f"{instance_type} has local NVMe storage, which the instance encrypts itself and which takes no KMS key:"
            " choose a type without it, for example ml.m5.xlarge"
        )
    return None


def runs_no_x86(instance_type: str) -> str | None:
    """Why a type cannot run an image built for x86_64; None when it can."""
    found = family(instance_type)
    if found is not None and found.arm:
        return (
            f"{instance_type} has an Arm processor, and the images of models are built for x86_64:"
            " choose an Intel or AMD type, for example ml.m5.xlarge"
        )
    return None
