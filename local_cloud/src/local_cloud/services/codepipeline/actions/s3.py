"""Source actions that take an object of a versioned bucket, which is a zip archive.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-S3.html
"""

from typing import Any

from botocore.exceptions import ClientError

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.codepipeline import artifacts, client_errors, configuration
from local_cloud.services.codepipeline.action import (
    ActionCall,
    ActionDeclaration,
    ActionError,
    ActionResult,
    External,
    Revision,
)
from local_cloud.services.codepipeline.actions import git_sources

_REQUIRED = ("S3Bucket", "S3ObjectKey")
POLLS = "PollForSourceChanges"
_OTHER_KEY = "AllowOverrideForS3ObjectKey"
_MISSING = {"NoSuchKey", "NoSuchBucket", "NoSuchVersion", "404"}


class S3Source:
    """``S3``."""

    def check(self, declaration: ActionDeclaration) -> None:
        """See `Action.check`."""
        known = (*_REQUIRED, POLLS, _OTHER_KEY)
        configuration.check_names(declaration, known=known, required=_REQUIRED)
        for name in (POLLS, _OTHER_KEY):
            git_sources.check_switch(declaration, name)
        if declaration.configuration.get(_OTHER_KEY, "").lower() == "true":
            raise NotEmulatedError(
                f"the local cloud does not emulate {_OTHER_KEY} of action '{declaration.name}'; an execution can ask"
                " for a version of the object by S3_OBJECT_VERSION_ID"
            )

    def run(self, call: ActionCall) -> ActionResult:
        """See `Action.run`.

        The object becomes the artifact as it is, so that permissions of files in it stay.
        """
        bucket, key = (call.declaration.configuration[each] for each in _REQUIRED)
        client = call.session.client("s3")
        try:
            found = _object(client, bucket, key, call.asked_revision)
            version, tag = found["VersionId"], found["ETag"].strip('"')
            external = External(id=version, summary=f"Amazon S3 version id: {version}")
            call.report(external)
            artifacts.put(call, call.outputs[0], found["Body"].read())
        except ClientError as error:
            code = client_errors.code_of(error)
            if code in _MISSING:
                raise ActionError(
                    "ConfigurationError",
                    f"The object with key '{key}' does not exist in the bucket '{bucket}', or has no version "
                    f"{call.asked_revision or 'at all'}.",
                ) from error
            raise client_errors.failure(error, "s3", doing="Error: Amazon S3:") from error
        return ActionResult(
            variables={"BucketName": bucket, "ETag": tag, "ObjectKey": key, "VersionId": version},
            external=external,
            revision=Revision(id=version, summary=f"Amazon S3 version id: {version}"),
        )


def _object(client: Any, bucket: str, key: str, version: str | None) -> Any:
    if client.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
        raise ActionError(
            "ConfigurationError",
            f"Object versioning is not enabled for the S3 bucket '{bucket}'. "
            "Enable versioning for this bucket, and try again.",
        )
    return client.get_object(Bucket=bucket, Key=key, **({"VersionId": version} if version else {}))


ACTION = S3Source()
