"""AWS::CodeCommit::Repository."""

import io
import zipfile
from typing import Any

from local_cloud.cloudformation.errors import ResourceFailure
from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_map

# What the first commit has, whose author is CloudFormation as on AWS.
_CODE = "Code"
_BRANCH = "main"
_MOST_FILES = 100


def _create(context: Context, properties: Properties) -> Made:
    client, name = context.client("codecommit"), str(properties["RepositoryName"])
    files = _files(context, properties[_CODE]) if _CODE in properties else []
    description = properties.get("RepositoryDescription", "")
    made = client.create_repository(repositoryName=name, repositoryDescription=description, tags=tag_map(properties))[
        "repositoryMetadata"
    ]
    # By its id, which the other calls do not take: what follows knows it by its name.
    context.initiate(made["repositoryId"])
    if files:
        branch = properties[_CODE].get("BranchName") or _BRANCH
        client.create_commit(
            repositoryName=name,
            branchName=branch,
            authorName="AWS CloudFormation",
            commitMessage="Initial commit by AWS CloudFormation",
            putFiles=files,
        )
    return Made(physical_id=made["repositoryId"], attributes=_attributes(made))


def _files(context: Context, code: dict[str, Any]) -> list[dict[str, Any]]:
    """The files of the archive that a new repository begins with."""
    place = code["S3"]
    version = {"VersionId": place["ObjectVersion"]} if place.get("ObjectVersion") else {}
    content = context.client("s3").get_object(Bucket=place["Bucket"], Key=place["Key"], **version)["Body"].read()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            files = [(entry, archive.read(entry)) for entry in entries]
    except zipfile.BadZipFile as error:
        raise ResourceFailure(f"Code of the repository is no zip archive: {error}") from error
    if len(files) > _MOST_FILES:
        raise ResourceFailure(
            f"the local cloud makes repositories of at most {_MOST_FILES} files, Code has {len(files)}; push them with"
            " git"
        )
    return [
        {
            "filePath": entry.filename,
            "fileContent": data,
            "fileMode": "EXECUTABLE" if entry.external_attr >> 16 & 0o100 else "NORMAL",
        }
        for entry, data in files
    ]


def _update(context: Context, _physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    client, name = context.client("codecommit"), str(new["RepositoryName"])
    if old["RepositoryName"] != name:
        raise ResourceFailure("the local cloud does not rename repositories; change the logical id to replace it")
    if old.get("RepositoryDescription") != new.get("RepositoryDescription"):
        client.update_repository_description(
            repositoryName=name, repositoryDescription=new.get("RepositoryDescription", "")
        )
    found = client.get_repository(repositoryName=name)["repositoryMetadata"]
    retag(
        old,
        new,
        put=lambda tags: client.tag_resource(resourceArn=found["Arn"], tags=tag_map(tags)),
        drop=lambda keys: client.untag_resource(resourceArn=found["Arn"], tagKeys=keys),
    )
    return _attributes(found)


def _attributes(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "Arn": found["Arn"],
        "Name": found["repositoryName"],
        "CloneUrlHttp": found["cloneUrlHttp"],
        "CloneUrlSsh": found["cloneUrlSsh"],
    }


def _delete(context: Context, _physical_id: str, properties: Properties) -> None:
    context.client("codecommit").delete_repository(repositoryName=properties["RepositoryName"])


register(
    ResourceType(
        name="AWS::CodeCommit::Repository",
        # Code counts only when one is made, as on AWS.
        properties=frozenset({"RepositoryName", "RepositoryDescription", "Tags", _CODE}),
        named="RepositoryName",
        create=_create,
        update=_update,
        delete=_delete,
    )
)
