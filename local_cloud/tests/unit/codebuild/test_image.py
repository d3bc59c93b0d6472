"""Which images the machine stands in for."""

import pytest

from local_cloud.services.codebuild import image


@pytest.mark.parametrize(
    "name",
    [
        "aws/codebuild/standard:5.0",
        "aws/codebuild/standard:8.0",
        "aws/codebuild/amazonlinux2-x86_64-standard:5.0",
        "aws/codebuild/amazonlinux-x86_64-standard:5.0",
        "aws/codebuild/amazonlinux2-aarch64-standard:3.0",
    ],
)
def test_the_standard_images_are_stood_in_for(name: str) -> None:
    assert image.refusal(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "aws/codebuild/windows-base:2019-1.0",
        "aws/codebuild/standard:4.0",
        "python:3.11",
        "111111111111.dkr.ecr.us-east-1.amazonaws.com/a:b",
    ],
)
def test_other_images_are_refused_by_name(name: str) -> None:
    assert name in str(image.refusal(name))
