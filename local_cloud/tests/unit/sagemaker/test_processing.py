from pathlib import Path

import pytest

from local_cloud.services.sagemaker import processing

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
    assert processing.command(specification, ROOT, python="/image/python") == [
        "/image/python",
        "/private/ml/processing/a.py",
        "python3",
    ]
