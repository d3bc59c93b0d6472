"""What every account has: the artifact store and the multi-model endpoint. QA and prod have nothing else yet."""

from typing import Any

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from config.schema import Serving
from mlops_constructs.artifact_store import ArtifactStore
from mlops_constructs.execution_roles import sagemaker_role
from mlops_constructs.multi_model_endpoint import MultiModelEndpoint
from stacks.names import Names


class ServingStack(Stack):
    """Define the serving side of one account.

    Args:
        scope: parent.
        construct_id: id, also the stack's name.
        names: physical names.
        serving: size of the endpoint.
        kwargs: passed to Stack (env, description, tags).
    """

    def __init__(self, scope: Construct, construct_id: str, *, names: Names, serving: Serving, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self.names = names
        self.artifacts = ArtifactStore(self, "Artifacts", bucket_name=names.bucket, expire_runs_after=Duration.days(30))
        self.sagemaker_role: iam.IRole = sagemaker_role(self, "SageMakerRole")
        self.endpoint = MultiModelEndpoint(
            self,
            "Endpoint",
            endpoint_name=names.endpoint,
            instance_type=serving.instance_type,
            instance_count=serving.instance_count,
            role=self.sagemaker_role,
            artifacts=self.artifacts,
        )
        CfnOutput(self, "ArtifactBucketName", value=self.artifacts.bucket.bucket_name)
        CfnOutput(self, "EndpointName", value=names.endpoint)
