"""What goes into a build and what comes out of it: variables, sources, artifacts, the local cache."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.codebuild.conftest import (
    LOGS,
    STANDARD,
    TRUST,
    commands,
    context,
    create,
    ended,
    log,
    look,
    output,
    run,
    start,
)
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.services.codebuild import artifacts, buildspec, sources
from local_cloud.services.codebuild.errors import PhaseError
from local_cloud.services.codebuild.order import BuildOrder, PipelineArtifact
from local_cloud.testing.roles import ACCOUNT, as_role, make_role

S3_SOURCE = {"type": "S3", "location": "builds/in/source.zip"}


def _archive(files: Mapping[str, str], *, executable: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in files.items():
            item = zipfile.ZipInfo(name)
            item.external_attr = (0o100755 if name == executable else 0o100644) << 16
            file.writestr(item, content)
    return buffer.getvalue()


def _names(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


def _read(cloud: RunningCloud, key: str) -> bytes:
    return bytes(cloud.client("s3", ACCOUNT).get_object(Bucket="builds", Key=key)["Body"].read())


def _put(cloud: RunningCloud, key: str, content: bytes) -> None:
    cloud.client("s3", ACCOUNT).put_object(Bucket="builds", Key=key, Body=content)


def test_variables_of_every_kind_with_the_start_before_the_project_before_the_specification(
    cloud: RunningCloud, role: str
) -> None:
    cloud.client("ssm", ACCOUNT).put_parameter(Name="/build/word", Value="from-parameter", Type="SecureString")
    secret = cloud.client("secretsmanager", ACCOUNT).create_secret(Name="build", SecretString='{"key": "from-secret"}')
    spec = commands(build=["printenv A B C P S T"])
    spec["env"] = {
        "variables": {"A": "spec", "B": "spec", "C": "spec", "CODEBUILD_BUILD_NUMBER": "0"},
        "parameter-store": {"P": "/build/word"},
        "secrets-manager": {"S": "build:key", "T": f"{secret['ARN']}:key:AWSCURRENT"},
    }
    declared = [{"name": name, "value": "project"} for name in ("B", "C")]
    environment = {"type": "LINUX_CONTAINER", "image": STANDARD, "computeType": "BUILD_GENERAL1_SMALL"}
    create(cloud, "variables", spec, role, environment={**environment, "environmentVariables": declared})
    given = [{"name": "C", "value": "/build/word", "type": "PARAMETER_STORE"}]

    build = ended(cloud, start(cloud, "variables", environmentVariablesOverride=given))

    assert output(cloud, build) == ["spec", "project", "from-parameter", "from-parameter", "from-secret", "from-secret"]
    assert build["environment"]["environmentVariables"] == [
        {"name": "B", "value": "project"},
        {"name": "C", "value": "/build/word", "type": "PARAMETER_STORE"},
    ]


def test_what_the_role_may_not_read_fails_the_build_by_name(cloud: RunningCloud) -> None:
    narrow = make_role(cloud, "narrow", [LOGS], trust=TRUST)
    parameters, secrets = commands(build=["true"]), commands(build=["true"])
    parameters["env"] = {"parameter-store": {"P": "nope"}}
    secrets["env"] = {"secrets-manager": {"S": "nope"}}
    _put(cloud, "in/source.zip", _archive({"a": "b"}))

    of_parameter = context(run(cloud, "no-parameter", parameters, narrow), "DOWNLOAD_SOURCE")
    of_secret = context(run(cloud, "no-secret", secrets, narrow), "DOWNLOAD_SOURCE")
    of_source = context(run(cloud, "no-source", commands(build=["true"]), narrow, source=S3_SOURCE), "DOWNLOAD_SOURCE")

    assert of_parameter[0] == "Decrypted Variables Error"
    assert "is not authorized to perform: ssm:GetParameters" in of_parameter[1]
    assert of_secret[0] == "Secrets Manager Error Message"
    assert "is not authorized to perform: secretsmanager:GetSecretValue" in of_secret[1]
    assert of_source[0] == "CLIENT_ERROR"
    assert of_source[1].startswith("AccessDenied: ")
    assert of_source[1].endswith("for primary source and source version arn:aws:s3:::builds/in/source.zip")


def test_an_archive_becomes_artifacts(cloud: RunningCloud, role: str) -> None:
    spec = commands(build=["./run.sh out", "touch out/sub/skip.txt", "cp $CODEBUILD_SRC_DIR_more/b.txt out/"])
    spec["artifacts"] = {
        "files": ["**/*"],
        "base-directory": "out",
        "exclude-paths": ["**/skip.txt"],
        "name": "named-$(echo $CODEBUILD_BUILD_NUMBER).zip",
        "secondary-artifacts": {"flat": {"files": ["out/**/*.txt"], "discard-paths": "yes"}},
    }
    script = "#!/bin/sh\nmkdir -p $1/sub && echo deep > $1/sub/deep.txt && echo hidden > $1/.hidden\n"
    files = {"run.sh": script, "ci/build.json": json.dumps(spec)}
    _put(cloud, "in/source.zip", _archive(files, executable="run.sh"))
    _put(cloud, "in/more/b.txt", b"b")
    target = {"type": "S3", "location": "builds"}

    build = run(
        cloud,
        "packed",
        "ci/build.json",
        role,
        source=S3_SOURCE,
        secondarySources=[{"type": "S3", "location": "builds/in/more/", "sourceIdentifier": "more"}],
        artifacts={**target, "path": "out", "packaging": "ZIP", "overrideArtifactName": True, "name": "other"},
        secondaryArtifacts=[{**target, "artifactIdentifier": "flat", "packaging": "NONE", "name": "flat"}],
    )

    assert build["buildStatus"] == "SUCCEEDED", log(cloud, build)
    assert build["artifacts"]["location"] == "arn:aws:s3:::builds/out/named-1.zip"
    assert _names(_read(cloud, "out/named-1.zip")) == {".hidden": "hidden\n", "b.txt": "b", "sub/deep.txt": "deep\n"}
    assert _read(cloud, "flat/deep.txt") == b"deep\n"
    assert build["secondaryArtifacts"][0]["artifactIdentifier"] == "flat"
    assert cloud.client("s3", ACCOUNT).head_object(Bucket="builds", Key="out/named-1.zip")["ServerSideEncryption"] == (
        "aws:kms"
    )


@pytest.mark.parametrize(
    ("artifact", "message"),
    [
        ({"files": ["nope/*"]}, "no matching artifact paths found"),
        ({"files": ["*"], "base-directory": "nope"}, "no matching base directory path found for nope"),
    ],
)
def test_artifacts_that_are_not_there_fail_the_build(
    cloud: RunningCloud, role: str, artifact: dict[str, Any], message: str
) -> None:
    spec = {**commands(build=["true"]), "artifacts": artifact}

    build = run(cloud, f"nothing-{len(message)}", spec, role, artifacts={"type": "S3", "location": "builds"})

    assert build["buildStatus"] == "FAILED"
    assert context(build, "UPLOAD_ARTIFACTS") == ("CLIENT_ERROR", message)


def test_a_name_that_the_shell_cannot_read_fails_the_build(cloud: RunningCloud, role: str) -> None:
    spec = {**commands(build=["touch a"]), "artifacts": {"files": ["*"], "name": "$(date"}}
    target = {"type": "S3", "location": "builds", "overrideArtifactName": True}

    code, message = context(run(cloud, "unreadable", spec, role, artifacts=target), "UPLOAD_ARTIFACTS")

    assert code == "CLIENT_ERROR"
    assert message.startswith("the shell cannot tell the name $(date: ")


def test_variables_are_exported_from_a_folder_that_is_gone(cloud: RunningCloud, role: str) -> None:
    spec = commands(build=["export WORD=told; mkdir gone; cd gone; rmdir ../gone"])
    spec["env"] = {"exported-variables": ["WORD"]}

    assert run(cloud, "gone", spec, role)["exportedEnvironmentVariables"] == [{"name": "WORD", "value": "told"}]


def test_a_specification_that_is_not_there_fails_the_build(cloud: RunningCloud, role: str) -> None:
    _put(cloud, "in/empty.zip", _archive({"a": "b"}))

    build = run(cloud, "nowhere", None, role, source={"type": "S3", "location": "builds/in/empty.zip"})

    code, message = context(build, "DOWNLOAD_SOURCE")
    assert code == "YAML_FILE_ERROR"
    assert message.startswith("stat /")
    assert message.endswith("/src/buildspec.yml: no such file or directory")


def test_a_local_cache_lives_from_build_to_build_until_it_is_invalidated(cloud: RunningCloud, role: str) -> None:
    spec = commands(build=["cat kept/n ~/.own/n || true", "mkdir -p kept ~/.own; echo 1 > kept/n; echo 2 > ~/.own/n"])
    # As packages leave some behind.
    spec["phases"]["build"]["commands"].append("ln -sf gone kept/nowhere")
    spec["cache"] = {"paths": ["kept/**/*", "/root/.own/**/*"]}
    create(cloud, "cached", spec, role, cache={"type": "LOCAL", "modes": ["LOCAL_CUSTOM_CACHE"]})

    first, second = (ended(cloud, start(cloud, "cached")) for _ in range(2))
    cloud.client("codebuild", ACCOUNT).invalidate_project_cache(projectName="cached")
    third = ended(cloud, start(cloud, "cached"))

    assert first["buildStatus"] == "SUCCEEDED", first["phases"]
    assert output(cloud, second) == ["1", "2"]
    assert all("No such file" in line for build in (first, third) for line in output(cloud, build))


class _Session:
    """A role's session, as artifacts and sources use it."""

    def __init__(self, cloud: RunningCloud, role_arn: str) -> None:
        self._cloud, self._role_arn = cloud, role_arn

    def client(self, service: str) -> Any:
        return as_role(self._cloud, self._role_arn, service)


def test_what_a_pipeline_hands_in_is_the_source_and_goes_back_with_its_key(cloud: RunningCloud, tmp_path: Path) -> None:
    key = cloud.client("kms", ACCOUNT).create_key()["KeyMetadata"]["Arn"]
    made = {"source": {"type": "NO_SOURCE"}, "name": "p", "artifacts": {"type": "CODEPIPELINE"}}
    pipeline = {"bucket": "builds", "encryption_key": key}
    order = BuildOrder(
        account_id=ACCOUNT,
        region="us-east-1",
        project="p",
        initiator="codepipeline/p",
        inputs=tuple(PipelineArtifact(name=name, key=f"in/{name}.zip", **pipeline) for name in ("Code", "More")),
        outputs=(PipelineArtifact(name="Out", key="out/code.zip", **pipeline),),
    )
    _put(cloud, "in/Code.zip", _archive({"a.txt": "a"}))
    grants = [{"Effect": "Allow", "Action": ["s3:*", "kms:*"], "Resource": "*"}]
    keyless = [{"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"}]
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    allowed, denied = (
        _Session(cloud, make_role(cloud, name, given, trust=root))
        for name, given in (("pipeline-build", grants), ("pipeline-keyless", keyless))
    )
    spec = buildspec.parse('{"version": "0.2", "phases": {}, "artifacts": {"files": "**/*"}}')

    primary, more = sources.of_build(made, order)
    sources.download(primary, tmp_path / "src", allowed)  # type: ignore[arg-type]  # it makes clients, which is all
    (target,) = artifacts.targets(made, order, "id")

    def upload(session: _Session) -> artifacts.Uploaded:
        return artifacts.upload(
            spec,
            target,
            folder=tmp_path / "src",
            scratch=tmp_path,
            session=session,  # type: ignore[arg-type]  # as above
            evaluate=str,
        )

    with pytest.raises(PhaseError, match="kms:GenerateDataKey"):
        upload(denied)
    assert upload(allowed).location == "arn:aws:s3:::builds/out/code.zip"
    assert (primary.variable, more.variable) == ("CODEBUILD_SRC_DIR", "CODEBUILD_SRC_DIR_More")
    head = cloud.client("s3", ACCOUNT).get_object(Bucket="builds", Key="out/code.zip")
    assert (head["SSEKMSKeyId"], _names(head["Body"].read())) == (key, {"a.txt": "a"})


def test_a_pipelines_project_is_not_started_by_hand(cloud: RunningCloud, role: str) -> None:
    both = {"source": {"type": "CODEPIPELINE"}, "artifacts": {"type": "CODEPIPELINE"}}
    create(cloud, "by-pipeline", commands(build=["echo done"]), role, **both)

    with pytest.raises(ClientError, match="a pipeline starts its builds"):
        start(cloud, "by-pipeline")
    build = ended(
        cloud,
        start(cloud, "by-pipeline", sourceTypeOverride="NO_SOURCE", artifactsOverride={"type": "NO_ARTIFACTS"}),
    )
    assert output(cloud, build) == ["done"]
    assert look(cloud, build["id"])["source"]["type"] == "NO_SOURCE"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"source": {"type": "GITHUB", "location": "https://github.com/a/b"}}, "source.type"),
        ({"cache": {"type": "S3", "location": "builds/cache"}}, "cache.type"),
        ({"cache": {"type": "LOCAL", "modes": ["LOCAL_DOCKER_LAYER_CACHE"]}}, "cache.modes"),
        ({"environment": {"image": "public.ecr.aws/a/b:1"}}, "the image public.ecr.aws/a/b:1"),
        ({"environment": {"privilegedMode": True}}, "environment.privilegedMode"),
        ({"environment": {"type": "WINDOWS_SERVER_2022_CONTAINER"}}, "WINDOWS_SERVER_2022_CONTAINER"),
        ({"logsConfig": {"s3Logs": {"status": "ENABLED", "location": "builds/logs"}}}, "logsConfig.s3Logs.status"),
        ({"source": {"type": "NO_SOURCE", "buildspec": '{"version": 0.2, "batch": {}}'}}, "batch builds"),
        ({"autoRetryLimit": 2}, "autoRetryLimit"),
    ],
)
def test_what_is_not_covered_is_refused_when_the_project_is_made(
    cloud: RunningCloud, role: str, changes: dict[str, Any], named: str
) -> None:
    environment = {"type": "LINUX_CONTAINER", "image": STANDARD, "computeType": "BUILD_GENERAL1_SMALL"}
    environment |= changes.pop("environment", {})

    with pytest.raises(ClientError) as refused:
        create(cloud, "refused", None, role, environment=environment, **changes)

    assert refused.value.response["Error"]["Code"] == "NotEmulated"
    assert named in refused.value.response["Error"]["Message"]
