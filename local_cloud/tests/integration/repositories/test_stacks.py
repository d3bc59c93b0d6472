"""Repositories and connections that a template makes.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codecommit-repository.html
"""

import io
import zipfile
from typing import Any

from integration.server import stacks
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT


def test_a_repository_begins_with_its_code(cloud: RunningCloud) -> None:
    s3, codecommit = cloud.client("s3", ACCOUNT), cloud.client("codecommit", ACCOUNT)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app/a.txt", "one")
    s3.create_bucket(Bucket="assets")
    s3.put_object(Bucket="assets", Key="code.zip", Body=content.getvalue())

    def resources(**more: Any) -> dict[str, Any]:
        code = {"S3": {"Bucket": "assets", "Key": "code.zip"}, "BranchName": "trunk"}
        properties = {"RepositoryName": "stacked", "Code": code} | more
        connection = {"ConnectionName": "stacked", "ProviderType": "GitHub"}
        return {
            "Code": {"Type": "AWS::CodeCommit::Repository", "Properties": properties},
            "Connection": {"Type": "AWS::CodeConnections::Connection", "Properties": connection},
        }

    shown = {
        name: {"Value": {"Fn::GetAtt": [of, name]}}
        for of, names in {"Code": ("Arn", "Name", "CloneUrlHttp"), "Connection": ("ConnectionStatus",)}.items()
        for name in names
    }
    assert stacks.deploy(cloud, "code", resources(), create=True, Outputs=shown) == "CREATE_COMPLETE"

    told = stacks.outputs(cloud, "code")
    assert told["Arn"] == f"arn:aws:codecommit:us-east-1:{ACCOUNT}:stacked"
    assert told["ConnectionStatus"] == "PENDING"
    file = codecommit.get_file(repositoryName="stacked", commitSpecifier="trunk", filePath="app/a.txt")
    assert file["fileContent"] == b"one"
    metadata = codecommit.get_repository(repositoryName="stacked")["repositoryMetadata"]
    assert (metadata["defaultBranch"], metadata["cloneUrlHttp"]) == ("trunk", told["CloneUrlHttp"])

    tagged = resources(RepositoryDescription="of a stack", Tags=[{"Key": "a", "Value": "b"}])
    assert stacks.deploy(cloud, "code", tagged, create=False, Outputs=shown) == "UPDATE_COMPLETE"
    metadata = codecommit.get_repository(repositoryName="stacked")["repositoryMetadata"]
    assert metadata["repositoryDescription"] == "of a stack"
    assert codecommit.list_tags_for_resource(resourceArn=told["Arn"])["tags"] == {"a": "b"}
    renamed = resources(RepositoryName="other")
    assert stacks.deploy(cloud, "code", renamed, create=False, Outputs=shown) == "UPDATE_ROLLBACK_COMPLETE"
    assert "does not rename repositories" in stacks.reasons(cloud, "code")

    assert stacks.delete(cloud, "code") == "DELETE_COMPLETE"
    assert codecommit.list_repositories()["repositories"] == []
    assert cloud.client("codeconnections", ACCOUNT).list_connections()["Connections"] == []
