"""Repositories, commits and files in the shapes of CodeCommit's API.

A repository's clone URLs are those that git can use on this machine: the ``file://`` URL of its folder. On AWS they are
``https://git-codecommit.<region>.amazonaws.com/v1/repos/<name>`` and the same for SSH.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from local_cloud.services.repositories import codecommit_commits as commits
from local_cloud.services.repositories.codecommit_store import CodeCommitError, Repository
from local_cloud.services.repositories.git import (
    BRANCHES,
    Change,
    Commit,
    Entry,
    GitError,
    Person,
    UnknownRevisionError,
)


def metadata(found: Repository) -> dict[str, Any]:
    """RepositoryMetadata."""
    url, head = found.bare.path.as_uri(), found.bare.head()
    return {
        "accountId": found.place.account,
        "repositoryId": found.id,
        "repositoryName": found.place.name,
        **({"repositoryDescription": found.description} if found.description else {}),
        # One that nothing was pushed to has none.
        **({"defaultBranch": head} if f"{BRANCHES}{head}" in found.bare.refs() else {}),
        "lastModifiedDate": found.modified,
        "creationDate": found.created,
        "cloneUrlHttp": url,
        "cloneUrlSsh": url,
        "Arn": found.arn,
    }


def commit(found: Commit) -> dict[str, Any]:
    """Commit."""
    return {
        "commitId": found.id,
        "treeId": found.tree,
        "parents": list(found.parents),
        "message": found.message,
        "author": _person(found.author),
        "committer": _person(found.committer),
        "additionalData": "",
    }


def file(repository: Repository, of: str, found: Entry) -> dict[str, Any]:
    """What GetFile answers."""
    read = repository.bare.content(found.id)
    return {
        "commitId": of,
        "blobId": found.id,
        "filePath": found.path,
        "fileMode": commits.MODE_NAMES[found.mode],
        "fileSize": len(read),
        "fileContent": read,
    }


def folder(repository: Repository, of: str, found: Entry | None, path: str) -> dict[str, Any]:
    """What GetFolder answers.

    Args:
        repository: of the folder.
        of: commit.
        found: the folder; None for the root.
        path: of the folder.
    """
    inside = repository.bare.entries(of, path)

    def names(entry: Entry) -> dict[str, str]:
        return {"absolutePath": entry.path, "relativePath": entry.path.rpartition("/")[2]}

    def blobs(*, links: bool) -> list[dict[str, str]]:
        return [
            {"blobId": each.id, **names(each), "fileMode": commits.MODE_NAMES[each.mode]}
            for each in inside
            if each.kind == "blob" and (each.mode == commits.MODES["SYMLINK"]) == links
        ]

    return {
        "commitId": of,
        "folderPath": path,
        "treeId": found.id if found else repository.bare.commit(of).tree,
        "subFolders": [{"treeId": each.id, **names(each)} for each in inside if each.kind == "tree"],
        "files": blobs(links=False),
        "symbolicLinks": blobs(links=True),
        "subModules": [{"commitId": each.id, **names(each)} for each in inside if each.kind == "commit"],
    }


def blob(repository: Repository, name: str) -> bytes:
    """Content of a blob.

    Raises:
        CodeCommitError: there is none.
    """
    try:
        return repository.bare.content(name)
    except GitError as error:
        raise CodeCommitError("BlobIdDoesNotExistException", f"The blob {name} does not exist.") from error


def content(given: bytes | str) -> bytes:
    """Of a file in a request."""
    return given if isinstance(given, bytes) else base64.b64decode(given)


def changes(repository: Repository, params: Mapping[str, Any], parent: str | None) -> list[Change]:
    """The files that CreateCommit names.

    Raises:
        CodeCommitError: one of them is not there, or has no content.
    """
    found = []
    for put in params.get("putFiles") or []:
        if put.get("fileContent") is None:
            raise CodeCommitError("FileContentRequiredException", f"The content of {put['filePath']} is required.")
        mode = commits.MODES[put.get("fileMode") or "NORMAL"]
        found.append(Change(path=put["filePath"], content=content(put["fileContent"]), mode=mode))
    found += [Change(path=gone["filePath"], content=None) for gone in params.get("deleteFiles") or []]
    for change in params.get("setFileModes") or []:
        before = _entry(repository, parent, change["filePath"])
        if before is None or before.kind != "blob":
            raise CodeCommitError("FileDoesNotExistException", f"The file {change['filePath']} does not exist.")
        mode = commits.MODES[change["fileMode"]]
        found.append(Change(path=before.path, content=repository.bare.content(before.id), mode=mode))
    return found


def made(repository: Repository, name: str, done: Sequence[Change], parent: str | None) -> dict[str, Any]:
    """What CreateCommit answers."""
    added: list[dict[str, str]] = []
    updated: list[dict[str, str]] = []
    deleted: list[dict[str, str]] = []
    for change in done:
        before, after = _entry(repository, parent, change.path), repository.bare.entry(name, change.path)
        shown = after or before
        if shown is None:
            continue
        told = {
            "absolutePath": change.path,
            "blobId": shown.id,
            "fileMode": commits.MODE_NAMES[shown.mode],
        }
        (deleted if after is None else added if before is None else updated).append(told)
    return {
        "commitId": name,
        "treeId": repository.bare.commit(name).tree,
        "filesAdded": added,
        "filesUpdated": updated,
        "filesDeleted": deleted,
    }


def _entry(repository: Repository, of: str | None, path: str) -> Entry | None:
    try:
        return repository.bare.entry(repository.bare.resolve(of), path) if of else None
    except UnknownRevisionError:
        # Whoever makes the commit says so.
        return None


def _person(who: Person) -> dict[str, str]:
    return {"name": who.name, "email": who.email, "date": who.date}
