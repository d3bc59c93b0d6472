"""Where a build finds its specification.

Reference: https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#build-spec-ref-name-storage
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.kernel.credentials import RoleSession
from local_cloud.services.codebuild import buildspec, variables
from local_cloud.services.codebuild.buildspec import BuildSpec
from local_cloud.services.codebuild.errors import PhaseError

_DEFAULT_FILE = "buildspec.yml"
_BUCKET_ARN = "arn:aws:s3:::"


def read(definition: Mapping[str, Any], folder: Path, session: RoleSession, *, say: Callable[[str], None]) -> BuildSpec:
    """A build's specification: the project's own text, an object of S3, or a file of the primary source.

    Args:
        definition: of the build.
        folder: of its primary source.
        session: its role.
        say: takes where it was found.

    Raises:
        PhaseError: there is none, or it is wrong.
        NotEmulatedError: it asks for something that is not covered.
    """
    given = str(definition["source"].get("buildspec") or "").strip() or _DEFAULT_FILE
    if buildspec.is_inline(given):
        say("YAML location is /codebuild/readonly/buildspec.yml")
        return buildspec.parse(given)
    if given.startswith(_BUCKET_ARN):
        bucket, _, key = given.removeprefix(_BUCKET_ARN).partition("/")
        say(f"YAML location is {given}")
        try:
            text = session.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        except ClientError as error:
            raise PhaseError("YAML_FILE_ERROR", variables.told(error)) from error
        return buildspec.parse(text)
    file = folder / given
    if not file.is_file():
        raise PhaseError("YAML_FILE_ERROR", f"stat {file}: no such file or directory")
    say(f"YAML location is {file}")
    return buildspec.parse(file.read_text(encoding="utf-8"))
