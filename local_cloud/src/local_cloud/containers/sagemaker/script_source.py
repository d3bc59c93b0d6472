"""Brings a user's code to where an image looks for it: from S3, a folder or an archive.

As ``files.download_and_extract`` of https://github.com/aws/sagemaker-training-toolkit does it, and of
https://github.com/aws/sagemaker-containers for images that serve.
"""

import shutil
import tarfile
import tempfile
from pathlib import Path
from urllib.parse import urlparse

import boto3


class SourceError(ValueError):
    """The code is not where it was said to be, or is no archive."""


def fetch(address: str, target: Path) -> None:
    """Fill a folder with code, unless there is some in it.

    Args:
        address: ``s3://bucket/key`` of an archive, read with the credentials of the environment, or a path of a folder,
            of an archive or of one file; with ``file://`` before it or without.
        target: made when it is not there.

    Raises:
        SourceError: there is no such code.
    """
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        return
    if address.startswith("s3://"):
        _from_s3(address, target)
        return
    path = Path(address.removeprefix("file://"))
    if path.is_dir():
        if not (target.exists() and path.samefile(target)):
            shutil.copytree(path, target, dirs_exist_ok=True)
    elif path.is_file() and tarfile.is_tarfile(path):
        _unpack(path, target, address)
    elif path.is_file():
        shutil.copy2(path, target)
    else:
        raise SourceError(
            f"sagemaker_submit_directory is {address!r}, and nothing lies there; name an archive in S3 (s3://...) or a"
            " folder of the container that one of its channels fills"
        )


def _from_s3(address: str, target: Path) -> None:
    place = urlparse(address)
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "source.tar.gz"
        try:
            boto3.client("s3").download_file(place.netloc, place.path.lstrip("/"), str(archive))
        except Exception as error:
            # What botocore raises names no object.
            raise SourceError(f"cannot download the code from {address}: {error}") from error
        _unpack(archive, target, address)


def _unpack(archive: Path, target: Path, address: str) -> None:
    try:
        with tarfile.open(archive, "r:gz") as content:
            content.extractall(target)  # noqa: S202  # what lies in it is run next, with all that the job may do
    except (tarfile.TarError, OSError, EOFError) as error:
        raise SourceError(f"the code at {address} is no gzipped tar archive: {error}") from error
