"""Rules, policies of buses and groups, and the count of versions outlive the server."""

import json
from pathlib import Path

from integration.events.conftest import EVENTS, Queue, put_rule
from local_cloud.kernel import lifecycle
from local_cloud.kernel.settings import Settings
from local_cloud.testing.roles import ACCOUNT, OTHER, as_role, make_role

SPECIFICATION = {
    "Containers": [{"Image": "image", "ModelDataUrl": "s3://bucket/model.tar.gz"}],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}


def test_an_approval_is_forwarded_after_a_restart(tmp_path: Path) -> None:
    bus = f"arn:aws:events:us-east-1:{OTHER}:event-bus/default"
    pattern = {"source": ["aws.sagemaker"], "detail": {"ModelApprovalStatus": ["Approved"]}}
    with lifecycle.start(Settings(state_dir=tmp_path, port=0)) as cloud:
        forwarding = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": bus}
        role = make_role(cloud, "forwarder", [forwarding], trust=EVENTS)
        cloud.client("events", OTHER).put_permission(
            Action="events:PutEvents", Principal=ACCOUNT, StatementId="training"
        )
        put_rule(cloud, "out", pattern, {"Arn": bus, "RoleArn": role})
        put_rule(cloud, "in", pattern, {"Arn": Queue(cloud, "approvals", account=OTHER).arn}, account=OTHER)
        owner = cloud.client("sagemaker", ACCOUNT)
        group = owner.create_model_package_group(ModelPackageGroupName="g")["ModelPackageGroupArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": OTHER},
            "Action": "sagemaker:DescribeModelPackageGroup",
            "Resource": group,
        }
        owner.put_model_package_group_policy(
            ModelPackageGroupName="g", ResourcePolicy=json.dumps({"Statement": [statement]})
        )
        request = {"ModelPackageGroupName": "g", "InferenceSpecification": SPECIFICATION}
        owner.delete_model_package(ModelPackageName=owner.create_model_package(**request)["ModelPackageArn"])
        reading = {"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}
        reader = make_role(cloud, "reader", [reading], account=OTHER)

        with cloud.restart() as again:
            package = again.client("sagemaker", ACCOUNT).create_model_package(
                **request, ModelApprovalStatus="Approved"
            )["ModelPackageArn"]

            assert package.endswith("/2")
            event = Queue(again, "approvals", account=OTHER).next()["body"]
            assert (event["account"], event["detail"]["ModelPackageArn"]) == (ACCOUNT, package)
            described = as_role(again, reader, "sagemaker", account=OTHER).describe_model_package_group(
                ModelPackageGroupName=group
            )
            assert described["ModelPackageGroupArn"] == group
