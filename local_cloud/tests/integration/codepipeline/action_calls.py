"""Runs of single actions, without a pipeline around them: what the engine would give, from this process."""

import io
import json
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local_cloud.kernel.credentials import RoleSession
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.work import Work
from local_cloud.services.codepipeline.action import ActionCall, ActionDeclaration, ActionType, Artifact, External
from local_cloud.testing.roles import ACCOUNT

REGION = "us-east-1"
CLOUDFORMATION = ActionType(category="Deploy", owner="AWS", provider="CloudFormation", version="1")
CODEBUILD = ActionType(category="Build", owner="AWS", provider="CodeBuild", version="1")


@dataclass(frozen=True, kw_only=True)
class Session(RoleSession):
    """A role's session outside of the server.

    Args:
        url: of the server.
    """

    url: str

    @property
    def endpoint_url(self) -> str:
        return self.url


@dataclass(frozen=True, kw_only=True)
class Store:
    """An artifact bucket, and what its objects are encrypted with.

    Args:
        cloud: where it is.
        bucket: its name.
        key: ARN; None for the bucket's own default.
    """

    cloud: RunningCloud
    bucket: str
    key: str | None = None

    def artifact(self, name: str) -> Artifact:
        """An artifact that lies in it."""
        return Artifact(name=name, bucket=self.bucket, key=f"pipeline/{name}/1a2b3c", encryption_key=self.key)

    def put(self, name: str, files: Mapping[str, Any]) -> Artifact:
        """Write an artifact as the account's root."""
        found, archive = self.artifact(name), io.BytesIO()
        with zipfile.ZipFile(archive, "w") as zipped:
            for path, content in files.items():
                zipped.writestr(path, content if isinstance(content, str | bytes) else json.dumps(content))
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.key} if self.key else {}
        s3 = self.cloud.client("s3", ACCOUNT)
        s3.put_object(Bucket=self.bucket, Key=found.key, Body=archive.getvalue(), **encryption)
        return found


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of an action, and what it told meanwhile."""

    call: ActionCall
    told: list[External] = field(default_factory=list)


def session(cloud: RunningCloud, role_arn: str, *, account: str = ACCOUNT) -> Session:
    """Take on a role that trusts an account, as that account's root."""
    given = cloud.client("sts", account).assume_role(RoleArn=role_arn, RoleSessionName="1a2b3c")["Credentials"]
    return Session(
        role_arn=role_arn,
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
        region=REGION,
        url=cloud.endpoint_url,
    )


def declaration(
    action_type: ActionType,
    configuration: Mapping[str, str],
    *,
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
) -> ActionDeclaration:
    """An action of a pipeline."""
    return ActionDeclaration(
        name="Action",
        type=action_type,
        configuration=configuration,
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        run_order=1,
        role_arn=None,
        region=REGION,
        namespace=None,
        timeout_minutes=None,
    )


def run(
    role: RoleSession,
    declared: ActionDeclaration,
    *,
    inputs: Sequence[Artifact] = (),
    outputs: Sequence[Artifact] = (),
) -> Run:
    """What the engine would give to an action."""
    told: list[External] = []
    call = ActionCall(
        pipeline="pipeline",
        pipeline_arn=f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:pipeline",
        account_id=ACCOUNT,
        region=REGION,
        execution_id=str(uuid.uuid4()),
        action_execution_id=str(uuid.uuid4()),
        stage="Stage",
        declaration=declared,
        session=role,
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        asked_revision=None,
        source_revision=None,
        work=Work("pipeline"),
        report=told.append,
    )
    return Run(call=call, told=told)
