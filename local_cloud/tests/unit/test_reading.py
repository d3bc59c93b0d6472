"""What the server reads about AWS is read late and kept small; moto's own ways are looked at in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from local_cloud.kernel import sdk


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


_COPIES = """
    import gc
    import boto3
    from local_cloud.kernel import sdk
    from moto.core.base_backend import AccountSpecificBackend
    from moto.core.utils import get_service_model

    assert "us-east-1" in AccountSpecificBackend.get_session().get_available_regions("glue")
    assert get_service_model("glue").operation_model("GetJobRun").input_shape.members["RunId"].type_name == "string"
    boto3.Session("1", "2", region_name="us-east-1", botocore_session=sdk.session()).client("glue")
    models = [item for item in gc.get_objects() if isinstance(item, dict) and {"operations", "shapes"} <= item.keys()]
    print(len(models), *{type(model).__name__ for model in models})
"""


def test_a_model_of_a_service_is_there_once() -> None:
    assert _said(_COPIES, patched=True) == ["1 dict"]
    (found,) = _said(_COPIES, patched=False)
    assert int(found.split()[0]) > 1, "moto shares its models now: drop the patch"


def test_what_moto_adds_to_a_model_stays_its_own() -> None:
    code = """
        from local_cloud.kernel import sdk
        from moto.core.utils import get_service_model
        ours, moto = sdk.loader().load_service_model("sqs", "service-2"), get_service_model("sqs")._service_description
        print(ours == moto, ours["metadata"]["serviceId"] == moto["metadata"]["serviceId"])
    """

    assert _said(code, patched=True) == ["False True"]


def test_the_servers_own_clients_read_the_same_small_models() -> None:
    assert isinstance(sdk.session().get_component("data_loader").file_loader, sdk.SmallModels)


def test_only_the_words_of_documentation_are_left_out(tmp_path: Path) -> None:
    # A member may have that name.
    members = {"documentation": {"shape": "Text", "documentation": "of the member"}}
    file = tmp_path / "service-2.json"
    file.write_text(json.dumps({"shapes": {"Item": {"documentation": "of the shape", "members": members}}}))

    found = sdk.SmallModels().load_file(str(file.with_suffix("")))

    left = {"documentation": {"shape": "Text", "documentation": ""}}
    assert found == {"shapes": {"Item": {"documentation": "", "members": left}}}


@pytest.mark.parametrize("service", ["dynamodb", "ec2", "iam", "lambda", "s3", "sagemaker", "stepfunctions"])
def test_the_servers_own_clients_are_made_of_small_models(service: str) -> None:
    session = sdk.session()
    session.set_credentials("111111111111", "local")

    assert session.create_client(service, region_name="us-east-1").meta.service_model.operation_names


def test_addresses_are_made_one_by_one() -> None:
    code = """
        import threading
        from werkzeug.routing import Map, Rule
        from local_cloud.kernel import reading
        made = threading.Event()
        thread = threading.Thread(target=lambda: (Map([Rule("/<name>")]), made.set()))
        with reading.COMPILING:
            thread.start()
            print(made.wait(0.1))
        thread.join()
        print(made.is_set())
    """

    assert _said(code, patched=True) == ["False", "True"]
