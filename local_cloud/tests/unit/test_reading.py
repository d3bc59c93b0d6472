"""What the server reads about AWS is read late and kept small; moto's own ways are looked at in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from local_cloud.kernel import reading, sdk


def _said(code: str, *, patched: bool) -> list[str]:
    """What a piece of Python prints, line by line, with our patches or without them."""
    install = "from local_cloud.kernel import reading\nreading.install()\n" if patched else ""
    finished = subprocess.run(
        [sys.executable, "-c", install + dedent(code)], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.splitlines()


_FILES = """
    import gzip, json
    unzip, read = gzip.decompress, []
    gzip.decompress = lambda data: read.append(1) or unzip(data)
"""
# m5.large has 2 virtual CPUs: https://aws.amazon.com/ec2/instance-types/m5/
_INSTANCES = f"""{_FILES}
    from moto.ec2.models import instances, instance_types
    print(len(read))
    print(instance_types.INSTANCE_TYPES["m5.large"]["VCpuInfo"]["DefaultVCpus"])
    offers = instances.INSTANCE_TYPE_OFFERINGS["region"]["us-east-1"]
    print(next(offer for offer in offers if offer["InstanceType"] == "m5.large"))
    print("m5" in instance_types.INSTANCE_FAMILIES, "no such family" in instance_types.INSTANCE_FAMILIES)
"""


def test_instance_types_are_read_when_somebody_asks() -> None:
    files, *answers = _said(_INSTANCES, patched=True)
    files_of_moto, *answers_of_moto = _said(_INSTANCES, patched=False)

    assert answers == answers_of_moto
    assert answers[0] == "2"
    # The images, which are few.
    assert int(files) <= 1
    assert int(files_of_moto) > 1, "moto reads them late by itself: drop the patch"


_MODEL = """
    from moto.core.utils import get_service_model
    model = get_service_model("sqs")
    print(type(model._service_description).__name__)
    print(model.operation_model("SendMessage").input_shape.members["QueueUrl"].type_name)
    print(bool(model.operation_model("SendMessage").documentation))
"""


def test_models_of_services_are_kept_small() -> None:
    assert _said(_MODEL, patched=True) == ["dict", "string", "False"]
    assert _said(_MODEL, patched=False)[0] == "OrderedDict", "moto keeps them small by itself: drop the patch"


def test_the_servers_own_clients_read_the_same_small_models() -> None:
    assert isinstance(sdk.session().get_component("data_loader").file_loader, reading.SmallModels)


def test_only_the_words_of_documentation_are_left_out(tmp_path: Path) -> None:
    # A member may have that name.
    members = {"documentation": {"shape": "Text", "documentation": "of the member"}}
    file = tmp_path / "service-2.json"
    file.write_text(json.dumps({"shapes": {"Item": {"documentation": "of the shape", "members": members}}}))

    found = reading.SmallModels().load_file(str(file.with_suffix("")))

    left = {"documentation": {"shape": "Text", "documentation": ""}}
    assert found == {"shapes": {"Item": {"documentation": "", "members": left}}}


@pytest.mark.parametrize("service", ["dynamodb", "ec2", "iam", "lambda", "s3", "sagemaker", "stepfunctions"])
def test_the_servers_own_clients_are_made_of_small_models(service: str) -> None:
    session = sdk.session()
    session.set_credentials("111111111111", "local")

    assert session.create_client(service, region_name="us-east-1").meta.service_model.operation_names
