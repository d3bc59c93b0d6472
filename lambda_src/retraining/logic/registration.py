"""The registry entry of a candidate that passed the gate, and who may read it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contract.calls.save_model import Saved, SaveModel
from contract.catalogue import Approvals
from contract.golden import Golden, shown
from contract.names import APP_TAG, MODEL_TAG
from contract.settings import SaveModel as Settings
from shared import versions

_LONGEST_DESCRIPTION = 1024
# Of CustomerMetadataProperties: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
_LONGEST_PROPERTY = 256
_NOT_IN_A_PROPERTY = re.compile(r"[^\w\s.:/=+@-]")


@dataclass(frozen=True, kw_only=True)
class Group:
    """A model's package group.

    Args:
        name: of the group.
        description: for people.
        tags: by name.
        policy: that lets other accounts read it, None when there are none.
    """

    name: str
    description: str
    tags: Mapping[str, str]
    policy: str | None


def group(settings: Settings, model: str) -> Group:
    """The package group of a model."""
    arn = f"{settings.group_arn_prefix}{model}"
    package_arn = f"{arn.replace(':model-package-group/', ':model-package/')}/*"
    return Group(
        name=arn.rpartition("/")[2],
        description=f"Versions of {model}",
        tags={APP_TAG: settings.app, MODEL_TAG: model},
        policy=group_policy(group_arn=arn, package_arn=package_arn, readers=settings.registry_readers),
    )


def candidate(asked: SaveModel, *, group: str, digest: str, golden: Golden) -> dict[str, Any]:
    """CreateModelPackage of a candidate that passed the gate.

    Args:
        asked: what is registered.
        group: name of its package group.
        digest: SHA-256 of its artifact, in hex.
        golden: the request that every deployment repeats, and the answer to it.
    """
    training, verdict = asked.training, asked.verdict
    return request(
        group=group,
        run_id=asked.run_id,
        approved=asked.approval.prod == "automatic",
        image=asked.image,
        environment=asked.environment,
        content_type=asked.content_type,
        accept=asked.accept,
        model_data_url=training.model_data_url,
        evaluation=asked.evaluation,
        description=verdict.reason,
        metadata={
            "algorithm": asked.algorithm,
            "metric": verdict.metric,
            "value": f"{verdict.value:.10g}",
            "threshold": f"{verdict.threshold:g}",
            "data_fingerprint": asked.fingerprint,
            "training_job": training.training_job,
            "tuning_job": training.tuning_job or "none",
            "execution": asked.execution,
            "commit": asked.commit,
            "digest": digest,
            "evaluation": asked.evaluation,
            "golden_answer": as_property(shown(golden.answer)),
        },
    )


def saved(arn: str, *, status: str, approval: Approvals) -> Saved:
    """What is told of a registered version, and whether the training account serves it now.

    Args:
        arn: of the version.
        status: its approval.
        approval: what the model's owner left to the gate.
    """
    waits = status == versions.PENDING and approval.sandbox == "automatic"
    return Saved(
        model_package_arn=arn,
        version=int(arn.rpartition("/")[2]),
        approval_status=status,
        deploy=status == versions.APPROVED or waits,
    )


def request(
    *,
    group: str,
    run_id: str,
    approved: bool,
    image: str,
    environment: Mapping[str, str],
    content_type: str,
    accept: str,
    model_data_url: str,
    evaluation: str,
    description: str,
    metadata: Mapping[str, str],
) -> dict[str, Any]:
    """CreateModelPackage.

    Args:
        group: name of the package group.
        run_id: makes a repeated call the same call.
        approved: whether the gate's decision is enough.
        image: serving image.
        environment: variables of its container.
        content_type: of requests.
        accept: content type of answers.
        model_data_url: S3 URI of model.tar.gz.
        evaluation: S3 URI of evaluation.json.
        description: why it passed.
        metadata: lineage, by name; at most 256 letters, digits, spaces and _.:/=+-@.
    """
    container: dict[str, Any] = {"Image": image, "ModelDataUrl": model_data_url}
    if environment:
        container["Environment"] = dict(environment)
    return {
        "ModelPackageGroupName": group,
        "ModelPackageDescription": description[:_LONGEST_DESCRIPTION],
        "ModelApprovalStatus": "Approved" if approved else "PendingManualApproval",
        # At most 36 characters.
        "ClientToken": run_id,
        "InferenceSpecification": {
            "Containers": [container],
            "SupportedContentTypes": [content_type],
            "SupportedResponseMIMETypes": [accept],
        },
        "ModelMetrics": {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": evaluation}}},
        "CustomerMetadataProperties": dict(metadata),
    }


def group_policy(*, group_arn: str, package_arn: str, readers: Sequence[str]) -> str | None:
    """Resource policy that lets other accounts read a group, None when there are none.

    Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy.html

    Args:
        group_arn: of the group.
        package_arn: of its versions, ``.../<group>/*``.
        readers: ARNs of the other accounts' roles.
    """
    if not readers:
        return None
    accounts = sorted({reader.split(":")[4] for reader in readers})
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "ReadVersions",
                    "Effect": "Allow",
                    # The roles may not exist yet, so the accounts are the principals and the condition names the roles.
                    "Principal": {"AWS": [f"arn:{partition(group_arn)}:iam::{account}:root" for account in accounts]},
                    "Action": [
                        "sagemaker:DescribeModelPackageGroup",
                        "sagemaker:DescribeModelPackage",
                        "sagemaker:ListModelPackages",
                    ],
                    "Resource": [group_arn, package_arn],
                    "Condition": {"ArnEquals": {"aws:PrincipalArn": sorted(readers)}},
                }
            ],
        }
    )


def partition(arn: str) -> str:
    """Partition of an ARN."""
    return arn.split(":")[1]


def as_property(text: str) -> str:
    """A text as a property may have it: an answer that is a list or an object loses its brackets and quotes."""
    return " ".join(_NOT_IN_A_PROPERTY.sub(" ", text).split())[:_LONGEST_PROPERTY] or "none"
