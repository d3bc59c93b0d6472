"""CodeCommit's API and git see the same repository, and EventBridge is told what changed.

https://docs.aws.amazon.com/codecommit/latest/APIReference/Welcome.html
"""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.repositories import users
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, as_role, make_role
from local_cloud.testing.waiting import until


@pytest.fixture(scope="module")
def codecommit(cloud: RunningCloud) -> Any:
    return cloud.client("codecommit", ACCOUNT)


def refused(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as told:
        call(**request)
    return str(told.value.response["Error"]["Code"])


def test_what_git_pushes_the_api_reads(codecommit: Any, tmp_path: Path) -> None:
    made = codecommit.create_repository(repositoryName="pushed", repositoryDescription="of Ada", tags={"a": "b"})
    shown = made["repositoryMetadata"]
    assert shown["Arn"] == f"arn:aws:codecommit:us-east-1:{ACCOUNT}:pushed"
    assert "defaultBranch" not in shown
    assert refused(codecommit.get_branch, repositoryName="pushed", branchName="main") == "BranchDoesNotExistException"

    commit = users.commit(tmp_path / "clone", {"a.txt": "one\n", "sub/b.txt": "two\n"}, "First\n\nand more")
    users.push(tmp_path / "clone", shown["cloneUrlHttp"])

    branch = codecommit.get_branch(repositoryName="pushed", branchName="main")["branch"]
    assert branch == {"branchName": "main", "commitId": commit}
    told = codecommit.get_commit(repositoryName="pushed", commitId=commit)["commit"]
    assert told["message"] == "First\n\nand more"
    assert told["author"] == {"name": "Ada", "email": "ada@example.com", "date": "1700000000 +0100"}
    assert codecommit.get_repository(repositoryName="pushed")["repositoryMetadata"]["defaultBranch"] == "main"
    file = codecommit.get_file(repositoryName="pushed", filePath="sub/b.txt")
    assert (file["fileContent"], file["fileMode"], file["commitId"]) == (b"two\n", "NORMAL", commit)
    folder = codecommit.get_folder(repositoryName="pushed", folderPath="/")
    assert [each["absolutePath"] for each in folder["files"]] == ["a.txt"]
    assert [each["absolutePath"] for each in folder["subFolders"]] == ["sub"]
    assert codecommit.get_blob(repositoryName="pushed", blobId=file["blobId"])["content"] == b"two\n"
    assert codecommit.list_tags_for_resource(resourceArn=shown["Arn"])["tags"] == {"a": "b"}


def test_what_the_api_commits_git_clones(codecommit: Any, tmp_path: Path) -> None:
    url = codecommit.create_repository(repositoryName="written")["repositoryMetadata"]["cloneUrlHttp"]
    first = codecommit.create_commit(
        repositoryName="written",
        branchName="trunk",
        authorName="Grace",
        email="grace@example.com",
        commitMessage="Begin",
        putFiles=[
            {"filePath": "run.sh", "fileMode": "EXECUTABLE", "fileContent": b"echo\n"},
            {"filePath": "a/b.txt", "fileContent": b"one"},
        ],
    )
    assert [each["absolutePath"] for each in first["filesAdded"]] == ["run.sh", "a/b.txt"]
    second = codecommit.put_file(
        repositoryName="written",
        branchName="trunk",
        fileContent=b"two",
        filePath="a/b.txt",
        parentCommitId=first["commitId"],
    )
    last = codecommit.delete_file(
        repositoryName="written", branchName="trunk", filePath="run.sh", parentCommitId=second["commitId"]
    )

    users.git(tmp_path, "clone", "--quiet", url, "clone")

    clone = tmp_path / "clone"
    assert (clone / "a" / "b.txt").read_text() == "two"
    assert not (clone / "run.sh").exists()
    assert users.git(clone, "rev-parse", "HEAD") == last["commitId"]
    assert users.git(clone, "log", "--reverse", "--format=%an %s", "--max-count=1", first["commitId"]) == "Grace Begin"
    assert codecommit.get_repository(repositoryName="written")["repositoryMetadata"]["defaultBranch"] == "trunk"


def test_a_commit_that_cannot_be_is_refused(codecommit: Any) -> None:
    codecommit.create_repository(repositoryName="strict")
    put = {"repositoryName": "strict", "branchName": "main"}
    one = [{"filePath": "a", "fileContent": b"1"}]
    first = codecommit.create_commit(**put, putFiles=one)["commitId"]
    second = codecommit.create_commit(**put, parentCommitId=first, putFiles=[{"filePath": "a", "fileContent": b"2"}])[
        "commitId"
    ]

    def code(**request: Any) -> str:
        return refused(codecommit.create_commit, **put | request)

    assert code(putFiles=one) == "ParentCommitIdRequiredException"
    assert code(parentCommitId=first, putFiles=one) == "NoChangeException"
    assert (
        code(parentCommitId=first, putFiles=[{"filePath": "b", "fileContent": b""}])
        == "ParentCommitIdOutdatedException"
    )
    assert code(parentCommitId="f" * 40, putFiles=one) == "ParentCommitDoesNotExistException"
    assert code(branchName="other", parentCommitId=second, putFiles=one) == "BranchDoesNotExistException"
    assert code(branchName="a..b", parentCommitId=second, putFiles=one) == "InvalidBranchNameException"
    assert code(parentCommitId=second) == "FileEntryRequiredException"
    assert code(parentCommitId=second, deleteFiles=[{"filePath": "x"}]) == "FileDoesNotExistException"
    assert code(parentCommitId=second, putFiles=[{"filePath": "../x", "fileContent": b"1"}]) == "InvalidPathException"
    assert code(parentCommitId=second, putFiles=[{"filePath": ".git/x", "fileContent": b""}]) == "InvalidPathException"
    same = {"fileContent": b"2", "filePath": "a", "parentCommitId": second}
    assert refused(codecommit.put_file, **put, **same) == "SameFileContentException"
    assert codecommit.get_branch(**put)["branch"]["commitId"] == second


def test_a_folder_is_no_file_that_can_be_deleted(codecommit: Any) -> None:
    codecommit.create_repository(repositoryName="folders")
    put = {"repositoryName": "folders", "branchName": "main"}
    first = codecommit.put_file(**put, fileContent=b"1", filePath="sub/a")["commitId"]
    gone = {"parentCommitId": first, "deleteFiles": [{"filePath": "sub"}]}

    assert refused(codecommit.create_commit, **put, **gone) == "FileDoesNotExistException"
    assert codecommit.get_branch(**put)["branch"]["commitId"] == first


def test_names_and_deletion(codecommit: Any) -> None:
    assert refused(codecommit.create_repository, repositoryName="a.git") == "InvalidRepositoryNameException"
    assert refused(codecommit.create_repository, repositoryName="../x") == "InvalidRepositoryNameException"
    made = codecommit.create_repository(repositoryName="gone")["repositoryMetadata"]
    assert refused(codecommit.create_repository, repositoryName="gone") == "RepositoryNameExistsException"

    assert codecommit.delete_repository(repositoryName="gone")["repositoryId"] == made["repositoryId"]

    assert "repositoryId" not in codecommit.delete_repository(repositoryName="gone")
    assert refused(codecommit.get_repository, repositoryName="gone") == "RepositoryDoesNotExistException"
    assert not Path(made["cloneUrlHttp"].removeprefix("file://")).exists()
    found = codecommit.batch_get_repositories(repositoryNames=["gone"])
    assert (found["repositories"], found["repositoriesNotFound"]) == ([], ["gone"])


def test_branches(codecommit: Any) -> None:
    codecommit.create_repository(repositoryName="branches")
    where = {"repositoryName": "branches"}
    first = codecommit.put_file(**where, branchName="main", fileContent=b"1", filePath="a")["commitId"]
    codecommit.create_branch(**where, branchName="feature/x", commitId=first)
    assert sorted(codecommit.list_branches(**where)["branches"]) == ["feature/x", "main"]
    again = {"branchName": "feature/x", "commitId": first}
    assert refused(codecommit.create_branch, **where, **again) == "BranchNameExistsException"
    assert refused(codecommit.delete_branch, **where, branchName="main") == "DefaultBranchCannotBeDeletedException"

    assert codecommit.delete_branch(**where, branchName="feature/x")["deletedBranch"] == again

    assert codecommit.list_branches(**where)["branches"] == ["main"]


def test_of_several_who_make_a_branch_at_once_one_does(codecommit: Any) -> None:
    codecommit.create_repository(repositoryName="raced")
    where = {"repositoryName": "raced"}
    first = codecommit.put_file(**where, branchName="main", fileContent=b"1", filePath="a")["commitId"]

    def make(_: int) -> str:
        try:
            codecommit.create_branch(**where, branchName="feature/x", commitId=first)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "made"

    with ThreadPoolExecutor(6) as at_once:
        told = list(at_once.map(make, range(6)))

    assert sorted(told) == ["BranchNameExistsException"] * 5 + ["made"]
    # Git keeps a branch in a file, and its name's folder cannot be one too.
    taken = {"branchName": "feature", "commitId": first}
    assert refused(codecommit.create_branch, **where, **taken) == "InvalidBranchNameException"


def test_a_mode_of_old_versions_of_git_is_one_of_codecommits(codecommit: Any, tmp_path: Path) -> None:
    url = codecommit.create_repository(repositoryName="old")["repositoryMetadata"]["cloneUrlHttp"]
    users.commit(tmp_path / "clone", {"a.txt": "one\n"})
    blob = users.git(tmp_path / "clone", "rev-parse", "HEAD:a.txt")
    (tmp_path / "tree").write_bytes(b"100664 a.txt\0" + bytes.fromhex(blob))
    tree = users.git(tmp_path / "clone", "hash-object", "-w", "-t", "tree", "--literally", str(tmp_path / "tree"))
    users.git(tmp_path / "clone", "reset", "--quiet", users.git(tmp_path / "clone", "commit-tree", tree, "-m", "Old"))
    users.push(tmp_path / "clone", url)

    assert codecommit.get_file(repositoryName="old", filePath="a.txt")["fileMode"] == "NORMAL"
    (file,) = codecommit.get_folder(repositoryName="old", folderPath="/")["files"]
    assert file["fileMode"] == "NORMAL"


def test_changes_are_events(cloud: RunningCloud, codecommit: Any, tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html"""
    url = codecommit.create_repository(repositoryName="events")["repositoryMetadata"]["cloneUrlHttp"]
    arn = f"arn:aws:codecommit:us-east-1:{ACCOUNT}:events"
    sqs, events = cloud.client("sqs", ACCOUNT), cloud.client("events", ACCOUNT)
    queue = sqs.create_queue(QueueName="events")["QueueUrl"]
    queue_arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:events"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    # As CDK's `onCommit` makes it.
    pattern = {
        "source": ["aws.codecommit"],
        "resources": [arn],
        "detail-type": ["CodeCommit Repository State Change"],
        "detail": {"event": ["referenceCreated", "referenceUpdated"], "referenceName": ["main"]},
    }
    events.put_rule(Name="events", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="events", Targets=[{"Id": "1", "Arn": queue_arn}])

    def next_event() -> Any:
        def look() -> Any:
            found = sqs.receive_message(QueueUrl=queue).get("Messages", [])
            for message in found:
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            return json.loads(found[0]["Body"]) if found else None

        return until(look)

    first = users.commit(tmp_path / "clone", {"a": "1"})
    users.push(tmp_path / "clone", url)
    told = next_event()
    assert told["resources"] == [arn]
    assert told["detail"] == {
        "callerUserArn": f"arn:aws:iam::{ACCOUNT}:root",
        "event": "referenceCreated",
        "repositoryName": "events",
        "repositoryId": codecommit.get_repository(repositoryName="events")["repositoryMetadata"]["repositoryId"],
        "referenceType": "branch",
        "referenceName": "main",
        "referenceFullName": "refs/heads/main",
        "commitId": first,
    }

    role = make_role(cloud, "writer", [{"Effect": "Allow", "Action": "codecommit:PutFile", "Resource": arn}])
    writer = as_role(cloud, role, "codecommit")
    second = writer.put_file(
        repositoryName="events", branchName="main", fileContent=b"2", filePath="a", parentCommitId=first
    )["commitId"]
    detail = next_event()["detail"]
    assert (detail["event"], detail["oldCommitId"], detail["commitId"]) == ("referenceUpdated", first, second)
    assert detail["callerUserArn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/writer/test"
    assert refused(writer.get_branch, repositoryName="events", branchName="main") == "AccessDeniedException"
