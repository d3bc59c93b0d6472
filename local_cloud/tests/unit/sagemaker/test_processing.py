from pathlib import Path

import pytest

from local_cloud.services.sagemaker import processing
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
    assert processing.command(specification, python="/image/python") == [
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
