"""What the pipelines of `promotion` stand on: roles that can lose a grant each, buckets, a topic, and faults."""

import json
from pathlib import Path
from typing import Any

from integration.codepipeline.small_pipelines import Yard
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, OTHER, make_role

BUILDS = ("Build", "Check", "Smoke")
BOOTSTRAP = "/bootstrap/version"
_CODEBUILD = ["codebuild:StartBuild", "codebuild:BatchGetBuilds"]
_SERVICE_ROLE = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]
_LOGS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
_DEPLOY = [
    *(
        f"cloudformation:{name}"
        for name in ("CreateChangeSet", "DeleteChangeSet", "ExecuteChangeSet", "DescribeChangeSet")
    ),
    "cloudformation:DescribeStacks",
    "cloudformation:DescribeStackEvents",
    "s3:GetObject",
    "iam:PassRole",
]
_GRANTS: dict[str, list[str]] = {
    "act-source": ["s3:GetBucketVersioning", "s3:ListBucket", *_SERVICE_ROLE],
    **{f"act-{name.lower()}": _CODEBUILD for name in BUILDS},
    **{f"svc-{name.lower()}": [*_SERVICE_ROLE, *_LOGS] for name in BUILDS},
    "act-confirm": ["sns:Publish"],
    "deploy": _DEPLOY,
}


class Ground:
    """Roles, buckets and a topic in the pipeline's account, and roles in that of production.

    Args:
        cloud: where they are made.
        folder: on this machine, for what builds wait for.
    """

    def __init__(self, cloud: RunningCloud, folder: Path) -> None:
        self.cloud, self.folder = cloud, folder
        self.yard = Yard(cloud)
        pipeline = {"AWS": self.yard.role}
        self.roles: dict[str, str] = {}
        for name in _GRANTS:
            trust = {"Service": "codebuild.amazonaws.com"} if name.startswith("svc-") else pipeline
            self.roles[name] = make_role(cloud, name, [], account=_owner(name), trust=trust)
            self.grant(name)
        everything = {"Effect": "Allow", "Action": ["ssm:*", "sqs:*"], "Resource": "*"}
        service = {"Service": "cloudformation.amazonaws.com"}
        self.roles["stack"] = make_role(cloud, "stack", [everything], account=OTHER, trust=service)
        assumed = [arn for name, arn in self.roles.items() if name.startswith("act-") or name == "deploy"]
        may = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": assumed}
        cloud.client("iam", ACCOUNT).put_role_policy(
            RoleName="pipeline", PolicyName="actions", PolicyDocument=_policy(may)
        )
        self.topic = cloud.client("sns", ACCOUNT).create_topic(Name="approvals")["TopicArn"]
        read = {"Effect": "Allow", "Principal": {"AWS": self.roles["deploy"]}, "Action": "s3:GetObject"}
        cloud.client("s3", ACCOUNT).put_bucket_policy(
            Bucket="artifacts", Policy=_policy(read | {"Resource": "arn:aws:s3:::artifacts/*"})
        )
        self.bootstrap()

    def move(self, cloud: RunningCloud) -> None:
        """The server is another one now."""
        self.cloud = self.yard.cloud = cloud
        self.yard.client = cloud.client("codepipeline", ACCOUNT)

    def grant(self, role: str, *, without: str | None = None) -> None:
        """Give a role what it needs, but for one action."""
        # A statement allows something.
        given = ["sts:GetCallerIdentity", *(name for name in _GRANTS[role] if name != without)]
        statement = {"Effect": "Allow", "Action": given, "Resource": "*"}
        self.cloud.client("iam", _owner(role)).put_role_policy(
            RoleName=role, PolicyName="inline", PolicyDocument=_policy(statement)
        )

    def bootstrap(self) -> None:
        """Make the parameter that every template of the CDK asks for."""
        self.cloud.client("ssm", OTHER).put_parameter(Name=BOOTSTRAP, Value="30", Type="String", Overwrite=True)

    def add_fault(self, kind: str, **fields: Any) -> str:
        """Put a fault into the plan; returns its id."""
        return str(self.cloud.control("faults", {"add": {"kind": kind, **fields}})["id"])

    def hits(self, fault: str) -> int:
        """How often a fault struck."""
        listed = self.cloud.control("faults", {"list": True})["faults"]
        return int(next(item["hits"] for item in listed if item["id"] == fault))


def _owner(role: str) -> str:
    return OTHER if role == "deploy" else ACCOUNT


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
