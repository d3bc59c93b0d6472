"""CodePipeline and CodeBuild: pipelines and projects."""

from typing import Any

from local_cloud.kernel import patching
from local_cloud.kernel.services import Service


@patching.owner
def _calls() -> None:
    """UpdateProject is missing."""
    from moto.codebuild.exceptions import ResourceNotFoundException
    from moto.codebuild.responses import CodeBuildResponse
    from moto.core.responses import ActionResult
    from moto.core.utils import unix_time

    def update_project(self: Any) -> Any:
        changes = {name: value for name, value in self.params.items() if name != "name" and value is not None}
        name = self.params["name"]
        project = self.codebuild_backend.codebuild_projects.get(name)
        if project is None:
            arn = f"arn:aws:codebuild:{self.region}:{self.current_account}:project/{name}"
            raise ResourceNotFoundException(f"Project cannot be found: {arn}")
        project.project_metadata.update({**changes, "lastModifiedDate": unix_time()})
        project.service_role = project.project_metadata["serviceRole"]
        return ActionResult({"project": project.project_metadata})

    patching.replace(CodeBuildResponse, "update_project", update_project)


def _patch() -> None:
    from local_cloud.moto_patches import codebuild as patches

    patches.install()
    _calls()


SERVICE = Service(
    name="codepipeline", backends=("codebuild", "codepipeline"), keeps=("codebuild", "codepipeline"), patch=_patch
)
