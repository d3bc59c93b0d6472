"""The registry entry of a candidate that passed the gate, and who may read it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

_LONGEST_DESCRIPTION = 1024


def request(
    *,
    group: str,
    run_id: str,
    approved: bool,
    image: str,
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
        model_data_url: S3 URI of model.tar.gz.
        evaluation: S3 URI of evaluation.json.
        description: why it passed.
        metadata: lineage, by name; at most 256 letters, digits, spaces and _.:/=+-@.
    """
    return {
        "ModelPackageGroupName": group,
        "ModelPackageDescription": description[:_LONGEST_DESCRIPTION],
        "ModelApprovalStatus": "Approved" if approved else "PendingManualApproval",
        # At most 36 characters.
        "ClientToken": run_id,
        "InferenceSpecification": {
            "Containers": [{"Image": image, "ModelDataUrl": model_data_url}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
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
