"""Where a pipeline's code comes from, and what starts it.

References:
    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeCommit.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-S3.html
"""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.codepipeline.small_pipelines import ARTIFACTS, SERVICE, Yard, action, approval, stage
from integration.repositories import users
from local_cloud.kernel import lifecycle
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.settings import Settings
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.waiting import until

ARN = f"arn:aws:codeconnections:us-east-1:{ACCOUNT}:connection/00000000-0000-0000-0000-000000000001"
STORE = {"Effect": "Allow", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{ARTIFACTS}", f"arn:aws:s3:::{ARTIFACTS}/*"]}
USE = {"Effect": "Allow", "Action": "codeconnections:UseConnection", "Resource": ARN}


def source(provider: str, configuration: dict[str, str], **more: Any) -> dict[str, Any]:
    return stage(
        "Source", action("Source", provider, "Pull", configuration, outputArtifacts=[{"name": "Code"}], **more)
    )


def by_connection(**configuration: str) -> dict[str, Any]:
    given = {"ConnectionArn": ARN, "FullRepositoryId": "ada/app", "BranchName": "main"}
    return source("CodeStarSourceConnection", given | configuration)


def made(yard: Yard, name: str, first: dict[str, Any], role: str, **more: Any) -> str:
    """A pipeline with this source; returns its first execution."""
    definition = yard.definition(name, stage("Prod", approval("Promote")), **more) | {"roleArn": role}
    definition["stages"][0] = first
    yard.client.create_pipeline(pipeline=definition)
    return yard.newest(name)


def pulled(yard: Yard, name: str, key: str) -> dict[str, Any]:
    """The source action of an execution, once it has ended."""

    def look() -> dict[str, Any] | None:
        listed = yard.client.list_action_executions(pipelineName=name, filter={"pipelineExecutionId": key})
        found = [each for each in listed["actionExecutionDetails"] if each["actionName"] == "Pull"]
        return found[0] if found and found[0]["status"] != "InProgress" else None

    return until(look)


def files(cloud: RunningCloud, run: dict[str, Any]) -> dict[str, str]:
    """What is in the output artifact of an action."""
    place = run["output"]["outputArtifacts"][0]["s3location"]
    body = cloud.client("s3", ACCOUNT).get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def failure(run: dict[str, Any]) -> str:
    details = run["output"]["executionResult"]["errorDetails"]
    return f"{details['code']}: {details['message']}"


def next_of(yard: Yard, name: str, before: str) -> str:
    """The execution after another one."""
    return until(lambda: found if (found := yard.newest(name)) != before else None)


@pytest.fixture(scope="module")
def reader(cloud: RunningCloud, yard: Yard) -> str:  # makes the buckets
    return make_role(cloud, "reader", [STORE, USE], trust=SERVICE)


def test_a_push_to_a_connections_repository_starts_the_pipeline(
    cloud: RunningCloud, yard: Yard, reader: str, tmp_path: Path
) -> None:
    first = made(yard, "connected", by_connection(), reader)
    assert failure(pulled(yard, "connected", first)) == (
        f"ConfigurationError: Connection {ARN} is not available: nobody made it; "
        f"`python -m local_cloud connection {ARN}` makes it, as the console does on AWS"
    )
    cloud.control("connection", {"arn": ARN})
    second = yard.client.start_pipeline_execution(name="connected")["pipelineExecutionId"]
    told = failure(pulled(yard, "connected", second))
    assert told.startswith("ConfigurationError: [GitHub] No Branch [main] found for FullRepositoryName [ada/app]")

    path = cloud.control("repository", {"account": ACCOUNT, "name": "ada/app"})["path"]
    clone = tmp_path / "clone"
    commit = users.commit(clone, {"app.py": "1\n", "sub/x.txt": "2\n", ".gitattributes": "sub export-ignore\n"}, "One")
    users.push(clone, path)

    third = yard.newest("connected")
    assert third != second
    run = pulled(yard, "connected", third)
    summary = '{"ProviderType":"GitHub","CommitMessage":"One"}'
    assert run["output"]["outputVariables"] == {
        "AuthorDate": "2023-11-14T22:13:20Z",
        "BranchName": "main",
        "CommitId": commit,
        "CommitMessage": "One",
        "ConnectionArn": ARN,
        "FullRepositoryName": "ada/app",
    }
    assert run["output"]["executionResult"]["externalExecutionId"] == commit
    assert files(cloud, run) == {"app.py": "1\n", "sub/x.txt": "2\n", ".gitattributes": "sub export-ignore\n"}
    told_of = yard.client.list_pipeline_executions(pipelineName="connected")["pipelineExecutionSummaries"][0]
    assert told_of["trigger"] == {"triggerType": "WebhookV2", "triggerDetail": ARN}
    (revision,) = told_of["sourceRevisions"]
    assert (revision["revisionId"], revision["revisionSummary"]) == (commit, summary)

    # Another branch is none of its.
    users.push(clone, path, "main:other")
    assert yard.newest("connected") == third
    # An older commit can be asked for.
    users.commit(clone, {"app.py": "2\n"}, "Two")
    users.push(clone, path)
    fourth = yard.newest("connected")
    assert pulled(yard, "connected", fourth)["output"]["outputVariables"]["CommitMessage"] == "Two"
    asked = {"actionName": "Pull", "revisionType": "COMMIT_ID", "revisionValue": commit}
    fifth = yard.client.start_pipeline_execution(name="connected", sourceRevisions=[asked])["pipelineExecutionId"]
    assert pulled(yard, "connected", fifth)["output"]["outputVariables"]["CommitId"] == commit


def test_triggers_decide_which_pushes_start_it(cloud: RunningCloud, yard: Yard, reader: str, tmp_path: Path) -> None:
    cloud.control("connection", {"arn": ARN})
    path = cloud.control("repository", {"account": ACCOUNT, "name": "ada/filtered"})["path"]
    clone = tmp_path / "clone"
    users.commit(clone, {"src/a": "1"})
    users.push(clone, path)
    push = [{"branches": {"includes": ["feature/**"]}, "filePaths": {"includes": ["src/**"]}}]
    git = {"sourceActionName": "Pull", "push": push}
    triggers = [{"providerType": "CodeStarSourceConnection", "gitConfiguration": git}]
    first = made(yard, "filtered", by_connection(FullRepositoryId="ada/filtered"), reader, triggers=triggers)
    users.commit(clone, {"src/a": "2"})
    users.push(clone, path)
    assert yard.newest("filtered") == first
    users.git(clone, "checkout", "--quiet", "-b", "feature/x")
    commit = users.commit(clone, {"src/a": "3"}, "Feature")
    users.push(clone, path, "feature/x")

    second = yard.newest("filtered")
    assert second != first
    variables = pulled(yard, "filtered", second)["output"]["outputVariables"]
    assert (variables["BranchName"], variables["CommitId"]) == ("feature/x", commit)
    users.commit(clone, {"docs/a": "4"})
    users.push(clone, path, "feature/x")
    assert yard.newest("filtered") == second


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (by_connection(OutputArtifactFormat="CODEBUILD_CLONE_REF"), r"NotEmulated.*CODEBUILD_CLONE_REF"),
        (by_connection(OutputArtifactFormat="TAR"), r"InvalidActionDeclaration.*CODE_ZIP or CODEBUILD_CLONE_REF"),
        (by_connection(DetectChanges="maybe"), r"InvalidActionDeclaration.*true or false"),
        (by_connection(ConnectionArn="arn:aws:x"), r"InvalidActionDeclaration.*no ARN of a connection"),
        (by_connection(FullRepositoryId="app"), r"InvalidActionDeclaration.*owner/name"),
        (by_connection(Branch="x"), r"InvalidActionDeclaration.*unknown configuration 'Branch'"),
        (source("CodeCommit", {"RepositoryName": "x"}), r"InvalidActionDeclaration.*'BranchName'"),
        (
            source("S3", {"S3Bucket": "b", "S3ObjectKey": "k", "AllowOverrideForS3ObjectKey": "true"}),
            r"NotEmulated.*AllowOverrideForS3ObjectKey",
        ),
    ],
)
def test_a_source_that_cannot_be_is_refused(yard: Yard, reader: str, first: dict[str, Any], reason: str) -> None:
    with pytest.raises(ClientError, match=reason):
        made(yard, "refused", first, reader)


def test_who_may_not_use_the_connection_is_refused(cloud: RunningCloud, yard: Yard) -> None:
    cloud.control("connection", {"arn": ARN})
    # The prefix is that of the connection's ARN.
    other = USE | {"Action": "codestar-connections:UseConnection"}
    role = make_role(cloud, "stranger", [STORE, other], trust=SERVICE)

    told = failure(pulled(yard, "stranger", made(yard, "stranger", by_connection(), role)))

    assert told.startswith(f"PermissionError: Unable to use Connection: {ARN}. The provided role does not have suffici")
    assert "codeconnections:UseConnection" in told


def test_codecommit_starts_it_by_a_rule(cloud: RunningCloud, yard: Yard, tmp_path: Path) -> None:
    """As CDK makes it: the rule's role may start the pipeline, which does not poll."""
    arn = f"arn:aws:codecommit:us-east-1:{ACCOUNT}:ruled"
    pipeline = f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:ruled"
    codecommit, events = cloud.client("codecommit", ACCOUNT), cloud.client("events", ACCOUNT)
    url = codecommit.create_repository(repositoryName="ruled")["repositoryMetadata"]["cloneUrlHttp"]
    reads = ["GetBranch", "GetCommit", "UploadArchive", "GetUploadArchiveStatus"]
    allowed = {"Effect": "Allow", "Action": [f"codecommit:{each}" for each in reads], "Resource": arn}
    role = make_role(cloud, "committer", [STORE, allowed], trust=SERVICE)
    configuration = {"RepositoryName": "ruled", "BranchName": "main", "PollForSourceChanges": "false"}
    first = made(yard, "ruled", source("CodeCommit", configuration), role)
    assert "no branch named main was found in the selected AWS CodeCommit repository ruled" in failure(
        pulled(yard, "ruled", first)
    )
    starts = {"Effect": "Allow", "Action": "codepipeline:StartPipelineExecution", "Resource": pipeline}
    starter = make_role(cloud, "starter", [starts], trust={"Service": "events.amazonaws.com"})
    pattern = {
        "source": ["aws.codecommit"],
        "resources": [arn],
        "detail-type": ["CodeCommit Repository State Change"],
        "detail": {"event": ["referenceCreated", "referenceUpdated"], "referenceName": ["main"]},
    }
    events.put_rule(Name="ruled", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="ruled", Targets=[{"Id": "Target0", "Arn": pipeline, "RoleArn": starter}])

    commit = users.commit(tmp_path / "clone", {"a": "1"}, "By rule")
    users.push(tmp_path / "clone", url)

    second = next_of(yard, "ruled", first)
    run = pulled(yard, "ruled", second)
    assert run["output"]["outputVariables"] == {
        "AuthorDate": "2023-11-14T22:13:20Z",
        "BranchName": "main",
        "CommitId": commit,
        "CommitMessage": "By rule",
        "CommitterDate": "2023-11-14T22:13:20Z",
        "RepositoryName": "ruled",
    }
    assert files(cloud, run) == {"a": "1"}
    assert yard.execution("ruled", second)["trigger"]["triggerType"] == "CloudWatchEvent"


@pytest.mark.parametrize("missing", ["GetBranch", "GetCommit", "UploadArchive", "GetUploadArchiveStatus"])
def test_each_permission_on_a_repository_is_needed(cloud: RunningCloud, yard: Yard, missing: str) -> None:
    name = f"without-{missing}"
    arn = f"arn:aws:codecommit:us-east-1:{ACCOUNT}:{name}"
    codecommit = cloud.client("codecommit", ACCOUNT)
    codecommit.create_repository(repositoryName=name)
    codecommit.put_file(repositoryName=name, branchName="main", fileContent=b"1", filePath="a")
    reads = {"GetBranch", "GetCommit", "UploadArchive", "GetUploadArchiveStatus"} - {missing}
    allowed = {"Effect": "Allow", "Action": [f"codecommit:{each}" for each in sorted(reads)], "Resource": arn}
    role = make_role(cloud, name, [STORE, allowed], trust=SERVICE)

    told = failure(pulled(yard, name, made(yard, name, source("CodeCommit", _polled(name)), role)))

    assert told.startswith("PermissionError")
    assert f"codecommit:{missing}" in told


def _polled(name: str) -> dict[str, str]:
    return {"RepositoryName": name, "BranchName": "main"}


def test_a_pipeline_that_polls_codecommit_starts_upon_changes(cloud: RunningCloud, yard: Yard) -> None:
    codecommit = cloud.client("codecommit", ACCOUNT)
    codecommit.create_repository(repositoryName="polled")
    commit = codecommit.put_file(repositoryName="polled", branchName="main", fileContent=b"1", filePath="a")["commitId"]
    everything = {"Effect": "Allow", "Action": ["codecommit:*", "s3:*"], "Resource": "*"}
    role = make_role(cloud, "poller", [everything], trust=SERVICE)
    first = made(yard, "polled", source("CodeCommit", _polled("polled")), role)
    pulled(yard, "polled", first)

    codecommit.put_file(
        repositoryName="polled", branchName="main", fileContent=b"2", filePath="a", parentCommitId=commit
    )

    second = yard.newest("polled")
    assert second != first
    assert yard.execution("polled", second)["trigger"]["triggerType"] == "PollForSourceChanges"


def test_a_pipeline_that_polls_an_object_starts_upon_a_new_version(cloud: RunningCloud, yard: Yard) -> None:
    s3 = cloud.client("s3", ACCOUNT)
    s3.create_bucket(Bucket="versions")
    key = {"Bucket": "versions", "Key": "code.zip"}
    role = make_role(cloud, "poller-s3", [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}], trust=SERVICE)
    quiet = {"S3Bucket": "versions", "S3ObjectKey": "code.zip", "PollForSourceChanges": "false"}
    s3.put_object(**key, Body=b"not versioned")
    told = failure(pulled(yard, "unversioned", made(yard, "unversioned", source("S3", quiet), role)))
    assert told.startswith("ConfigurationError: Object versioning is not enabled")
    s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(**key, Body=b"one")["VersionId"]
    first = made(yard, "versions", source("S3", {"S3Bucket": "versions", "S3ObjectKey": "code.zip"}), role)
    run = pulled(yard, "versions", first)
    assert run["output"]["outputVariables"].keys() == {"BucketName", "ETag", "ObjectKey", "VersionId"}
    assert run["output"]["outputVariables"]["VersionId"] == version

    newer = s3.put_object(**key, Body=b"two")["VersionId"]

    second = next_of(yard, "versions", first)
    assert pulled(yard, "versions", second)["output"]["outputVariables"]["VersionId"] == newer
    assert yard.execution("versions", second)["trigger"]["triggerType"] == "PollForSourceChanges"
    asked = {"actionName": "Pull", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": version}
    last = yard.client.start_pipeline_execution(name="versions", sourceRevisions=[asked])["pipelineExecutionId"]
    place = pulled(yard, "versions", last)["output"]["outputArtifacts"][0]["s3location"]
    assert s3.get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read() == b"one"


def test_a_push_while_no_server_runs_starts_the_pipeline_later(tmp_path: Path) -> None:
    with lifecycle.start(Settings(state_dir=tmp_path / "state", port=0)) as cloud:
        yard = Yard(cloud)
        role = make_role(cloud, "reader", [STORE, USE], trust=SERVICE)
        cloud.control("connection", {"arn": ARN})
        path = cloud.control("repository", {"account": ACCOUNT, "name": "ada/app"})["path"]
        clone = tmp_path / "clone"
        users.commit(clone, {"a": "1"})
        users.push(clone, path)
        first = made(yard, "later", by_connection(), role)
        pulled(yard, "later", first)
    commit = users.commit(clone, {"a": "2"})
    users.push(clone, path)

    with lifecycle.start(cloud.settings) as again:
        yard.client = again.client("codepipeline", ACCOUNT)
        second = next_of(yard, "later", first)
        assert pulled(yard, "later", second)["output"]["outputVariables"]["CommitId"] == commit
