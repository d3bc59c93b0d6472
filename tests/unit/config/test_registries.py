"""Every image in every region against what SageMaker's own SDK says."""

from collections.abc import Iterator
from typing import Any

import pytest
from sagemaker.core import image_uris  # type: ignore[import-untyped]  # ships no types

from config import algorithms, registries
from config.algorithm import Image

_GPU = "ml.p3.2xlarge"
# What the SDK is asked for each image that a family has.
ASKED: dict[str, dict[str, Any]] = {
    "sagemaker-xgboost:1.7-1": {"framework": "xgboost", "version": "1.7-1"},
    "sagemaker-xgboost:3.0-5": {"framework": "xgboost", "version": "3.0-5"},
    "sagemaker-xgboost:3.2-0": {"framework": "xgboost", "version": "3.2-0"},
    "linear-learner:1": {"framework": "linear-learner", "version": "1"},
    **{
        f"sagemaker-scikit-learn:{version}-cpu-py3": {
            "framework": "sklearn",
            "version": version,
            "image_scope": "training",
        }
        for version in ("1.2-1", "1.4-2")
    },
    **{
        f"huggingface-pytorch-inference:2.6.0-transformers5.5.3-{tag}": {
            "framework": "huggingface",
            "version": "5.5.3",
            "base_framework_version": "pytorch2.6.0",
            "py_version": "py312",
            "image_scope": "inference",
            "instance_type": instance_type,
        }
        for tag, instance_type in (
            ("cpu-py312-ubuntu22.04", "ml.m5.large"),
            ("gpu-py312-cu124-ubuntu22.04", _GPU),
        )
    },
    "huggingface-pytorch-training:2.9.0-transformers5.3.0-gpu-py312-cu130-ubuntu22.04": {
        "framework": "huggingface",
        "version": "5.3.0",
        "base_framework_version": "pytorch2.9.0",
        "py_version": "py312",
        "image_scope": "training",
        "instance_type": _GPU,
    },
    **{
        f"pytorch-{use}:{version}-{processor}-{python}": {
            "framework": "pytorch",
            "version": version,
            "py_version": python,
            "image_scope": use,
            "instance_type": _GPU if processor == "gpu" else "ml.m5.large",
        }
        for use in ("training", "inference")
        for version, python in (("2.5.1", "py311"), ("2.6.0", "py312"))
        for processor in ("cpu", "gpu")
    },
}
# Of other partitions, which the app is not for.
_OTHERS = ("cn-", "us-gov-", "us-iso", "eu-iso", "eusc-")


def _images() -> dict[str, Image]:
    from tests.support.families import EVERY_SETTING

    found = {}
    for said in EVERY_SETTING.values():
        images = algorithms.resolve(said).images
        for image in vars(images).values():
            if image is not None:
                found[f"{image.repository}:{image.tag}"] = image
    return found


IMAGES = _images()


def test_the_sdk_is_asked_for_all_of_them() -> None:
    assert set(IMAGES) == set(ASKED)


def _said(asked: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Region and URI, of every region that the SDK knows."""
    for region in sorted({*registries.XGBOOST, *registries.LINEAR_LEARNER, *registries.DEEP_LEARNING}):
        try:
            yield region, image_uris.retrieve(**{"instance_type": "ml.m5.large", **asked, "region": region})
        except ValueError:
            # An image that is not published there.
            continue


@pytest.mark.parametrize("name", sorted(ASKED))
def test_an_image_is_where_the_sdk_says(name: str) -> None:
    said = dict(_said(ASKED[name]))
    assert said
    assert {region: IMAGES[name].uri(region) for region in IMAGES[name].registries} == said
    assert not [region for region in IMAGES[name].registries if region.startswith(_OTHERS)]
