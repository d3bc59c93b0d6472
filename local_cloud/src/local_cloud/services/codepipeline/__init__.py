"""CodePipeline: pipelines."""

from local_cloud.kernel.services import Service

SERVICE = Service(name="codepipeline", backends=("codepipeline",), keeps=("codepipeline",))
