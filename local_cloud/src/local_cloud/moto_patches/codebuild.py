"""Faults of moto's CodeBuild."""

from typing import Any

from local_cloud.kernel import patching

# Their source and their artifacts have no location of their own.
# https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectSource.html
_WITHOUT_LOCATION = frozenset({"CODEPIPELINE", "NO_SOURCE"})


def install() -> None:
    """Correct all of them."""
    locations()
    encryption_keys()
    compute_types()


@patching.owner
def locations() -> None:
    """CreateProject wants a location of a source or artifact that a pipeline brings, and of no source at all."""
    from moto.codebuild import responses

    def check(moto_check: Any) -> Any:
        def checked(part: dict[str, Any]) -> None:
            located = {**part, "location": "pipeline"} if part["type"] in _WITHOUT_LOCATION else part
            moto_check(located)

        return checked

    # moto has no public hook
    patching.replace(responses, "_validate_required_params_source", check(responses._validate_required_params_source))
    patching.replace(
        responses, "_validate_required_params_artifacts", check(responses._validate_required_params_artifacts)
    )


@patching.owner
def encryption_keys() -> None:
    """CreateProject forgets the encryption key and answers with the account's own one."""
    from moto.codebuild.responses import CodeBuildResponse

    create = CodeBuildResponse.create_project

    def create_project(self: Any) -> Any:
        answer = create(self)
        if key := self._get_param("encryptionKey"):
            self.codebuild_backend.codebuild_projects[self._get_param("name")].project_metadata["encryptionKey"] = key
        return answer

    patching.replace(CodeBuildResponse, "create_project", create_project)


@patching.owner
def compute_types() -> None:
    """CreateProject refuses BUILD_GENERAL1_XLARGE.

    Reference: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectEnvironment.html
    """
    from moto.codebuild import responses

    # moto has no public hook
    moto_check = responses._validate_required_params_environment

    def check(environment: dict[str, Any]) -> None:
        known = environment["computeType"] != "BUILD_GENERAL1_XLARGE"
        moto_check(environment if known else {**environment, "computeType": "BUILD_GENERAL1_2XLARGE"})

    patching.replace(responses, "_validate_required_params_environment", check)
