"""The last tests of this session's stacks."""

import pytest
from botocore.exceptions import ClientError

from tests.e2e.cloud import Fleet


def test_destroy_keeps_data_and_versions(promoted: Fleet) -> None:
    sandbox = promoted.sandbox
    versions = sandbox.client("sagemaker").list_model_packages(ModelPackageGroupName="perennial-flight-delay")

    sandbox.cdk.run("destroy", "PerennialSandbox", "--force", "--app", str(sandbox.assembly))

    with pytest.raises(ClientError, match="does not exist"):
        sandbox.client("cloudformation").describe_stacks(StackName="PerennialSandbox")
    assert sandbox.client("stepfunctions").list_state_machines()["stateMachines"] == []
    assert sandbox.client("glue").list_jobs()["JobNames"] == []
    assert sandbox.client("s3").list_objects_v2(Bucket=sandbox.outputs["ArtifactBucketName"])["KeyCount"] > 0
    kept = sandbox.client("sagemaker").list_model_packages(ModelPackageGroupName="perennial-flight-delay")
    assert len(kept["ModelPackageSummaryList"]) == len(versions["ModelPackageSummaryList"]) > 0
