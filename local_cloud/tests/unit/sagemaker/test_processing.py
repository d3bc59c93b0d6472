from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from local_cloud.kernel import opt_ml
from local_cloud.kernel.credentials import RoleSession
from local_cloud.services.sagemaker import entrypoint, images, processing
from local_cloud.services.sagemaker.hosts import Host
from local_cloud.services.sagemaker.job import JobFailedError

ROOT = Path("/private/ml")


@pytest.mark.parametrize(
    ("text", "mapped"),
    [
        ("/opt/ml/processing/input", "/private/ml/processing/input"),
        ("--input=/opt/ml/processing/input", "--input=/private/ml/processing/input"),
        ("/opt/ml/a:/opt/ml/b", "/private/ml/a:/private/ml/b"),
        ("/opt/ml", "/private/ml"),
        ("/opt/mlops/x", "/opt/mlops/x"),
        ("s3://bucket/opt/ml/x", "s3://bucket/opt/ml/x"),
        ("/mnt/opt/ml/x", "/mnt/opt/ml/x"),
    ],
)
def test_only_the_containers_own_paths_are_mapped(text: str, mapped: str) -> None:
    assert processing.map_path(text, ROOT) == mapped


@pytest.mark.parametrize("python", ["python", "python3"])
def test_python_is_the_images(python: str) -> None:
    specification = {"ContainerEntrypoint": [python, "/opt/ml/processing/a.py"], "ContainerArguments": ["python3"]}
    assert entrypoint.command(specification, python="/image/python") == [
        "/image/python",
        "/opt/ml/processing/a.py",
        "python3",
    ]


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("a.py", "open('/opt/ml/processing/output/x', 'w')", "/opt/ml/processing/output/x"),
        ("a.py", "open(f'/opt/ml/processing/{name}', 'w')", "/opt/ml/processing/"),
        ("a.py", "not python: '/opt/ml/processing/input'", "/opt/ml/processing/input"),
        ("a.sh", "cp x /opt/ml/processing/output\n", "/opt/ml/processing/output"),
        ("a.py", '"""Reads /opt/ml/processing/input."""\n# and /opt/ml/processing/input/code\nprint("/opt/ml")', None),
        ("a.py", "print('/mnt/opt/ml/processing/input')", None),
        ("a.csv", "1,2\n", None),
    ],
)
def test_without_an_own_opt_ml_a_script_that_names_it_is_refused(
    tmp_path: Path, name: str, text: str, named: str | None
) -> None:
    script = tmp_path / name
    script.write_text(text, encoding="utf-8")
    argv = ["/image/python", str(script), "--input", "/opt/ml/processing/input"]
    if named is None:
        processing.check_scripts(argv, tmp_path)
        return
    with pytest.raises(JobFailedError, match=f"{name} names {named} in its text, and this system does not let"):
        processing.check_scripts(argv, tmp_path)


@pytest.mark.parametrize(("is_own", "seen"), [(True, "/opt/ml"), (False, "/private/ml")])
def test_paths_are_the_callers_where_the_system_allows_it(
    monkeypatch: pytest.MonkeyPatch, is_own: bool, seen: str
) -> None:
    interpreter = SimpleNamespace(python="/image/python", environment=dict)
    monkeypatch.setattr(images, "find", lambda _: SimpleNamespace(interpreter=interpreter))
    monkeypatch.setattr(opt_ml, "is_own", lambda: is_own)
    job = processing.ProcessingJob(
        arn="arn",
        tags=[],
        request={
            "ProcessingJobName": "n",
            "AppSpecification": {
                "ImageUri": "i",
                "ContainerEntrypoint": ["python3", "/opt/ml/processing/a.py"],
                "ContainerArguments": ["--input=/opt/ml/processing/input"],
            },
            "Environment": {"MESSAGES": "/opt/ml/output"},
        },
    )
    found = job.container(
        cast("RoleSession", SimpleNamespace(environment=dict)), Host(name="algo-1", folder=Path(ROOT).parent)
    )
    assert list(found.argv) == ["/image/python", f"{seen}/processing/a.py", f"--input={seen}/processing/input"]
    assert found.environment["MESSAGES"] == f"{seen}/output"
