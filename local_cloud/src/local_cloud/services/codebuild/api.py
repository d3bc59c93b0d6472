"""CodeBuild's calls: projects that can be built, and builds.

Reference: https://docs.aws.amazon.com/codebuild/latest/APIReference/Welcome.html
"""

from collections.abc import Callable
from typing import Any

from moto.codebuild.exceptions import InvalidInputException, ResourceNotFoundException
from moto.codebuild.responses import CodeBuildResponse
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.core.utils import unix_time

from local_cloud.kernel import patching
from local_cloud.services.codebuild import builds, cache, definitions
from local_cloud.services.codebuild.build import Build
from local_cloud.services.codebuild.errors import InvalidRequestError, MissingProjectError, TooManyBuildsError
from local_cloud.services.codebuild.order import BuildOrder
from local_cloud.services.iam import enforcement

# Members that moto does not keep.
_FORGOTTEN = ("secondarySources", "secondarySourceVersions", "secondaryArtifacts", "concurrentBuildLimit")
# Takes a project's limit of concurrent builds away.
_NO_LIMIT = -1
_PAGE = 100
_MOST_IDS = 100


class _LimitError(JsonRESTError):  # type: ignore[misc]  # moto is not typed for us
    code = 400

    def __init__(self, message: str) -> None:
        super().__init__("AccountLimitExceededException", message)


@patching.owner
def install() -> None:
    """Builds never run: they succeed at once, when somebody asks about them; and half of what there is is missing."""
    create = CodeBuildResponse.create_project
    patching.replace(
        CodeBuildResponse,
        "create_project",
        _checked(create),
        after="moto_patches.codebuild.encryption_keys",
    )
    for name, call in _CALLS.items():
        patching.replace(CodeBuildResponse, name, _told(call))


def _told(call: Callable[[Any], dict[str, Any]]) -> Callable[[Any], ActionResult]:
    """A call with its errors in AWS's names."""

    def answer(self: Any) -> ActionResult:
        try:
            return ActionResult(call(self))
        except InvalidRequestError as error:
            raise InvalidInputException(str(error)) from error
        except MissingProjectError as error:
            raise ResourceNotFoundException(str(error)) from error
        except TooManyBuildsError as error:
            raise _LimitError(str(error)) from error

    return answer


def _checked(create: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    def create_project(self: Any) -> dict[str, Any]:
        definitions.check(self.params)
        create(self)
        project = self.codebuild_backend.codebuild_projects[self.params["name"]].project_metadata
        project |= {name: self.params[name] for name in _FORGOTTEN if self.params.get(name) is not None}
        _complete(project)
        return {"project": project}

    return _told(create_project)


def _complete(project: dict[str, Any]) -> None:
    """Give a project the limits that it has unless it names them."""
    project["timeoutInMinutes"] = project.get("timeoutInMinutes") or definitions.DEFAULT_TIMEOUT_MINUTES
    project["queuedTimeoutInMinutes"] = project.get("queuedTimeoutInMinutes") or definitions.DEFAULT_QUEUED_MINUTES


def _update_project(self: Any) -> dict[str, Any]:
    changes = {name: value for name, value in self.params.items() if name != "name" and value is not None}
    project = _project(self, self.params["name"])
    definitions.check({**project.project_metadata, **changes})
    project.project_metadata.update({**changes, "lastModifiedDate": unix_time()})
    if changes.get("concurrentBuildLimit") == _NO_LIMIT:
        del project.project_metadata["concurrentBuildLimit"]
    project.service_role = project.project_metadata["serviceRole"]
    return {"project": project.project_metadata}


def _delete_project(self: Any) -> dict[str, Any]:
    # Its builds stay: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_DeleteProject.html
    self.codebuild_backend.codebuild_projects.pop(self.params["name"], None)
    return {}


def _start_build(self: Any) -> dict[str, Any]:
    given = {name: value for name, value in self.params.items() if value is not None}
    order = BuildOrder(
        account_id=self.current_account,
        region=self.region,
        project=given.pop("projectName"),
        initiator=_initiator(self),
        overrides=given,
    )
    token = given.pop("idempotencyToken", None)
    return {"build": builds.once(token, order).describe()}


def _initiator(self: Any) -> str:
    """Who called: a user by its name, a role with its session."""
    principal = enforcement.principal_of(self)
    session = principal.session_arn if principal is not None else None
    return session.partition(":assumed-role/")[2] if session else "root"


def _retry_build(self: Any) -> dict[str, Any]:
    build = _build(self, self.params["id"])
    return {"build": builds.retry(build).describe()}


def _stop_build(self: Any) -> dict[str, Any]:
    build = _build(self, self.params["id"])
    builds.stop(build)
    return {"build": build.describe()}


def _batch_get_builds(self: Any) -> dict[str, Any]:
    ids = _ids(self)
    found = {given: builds.find(self.current_account, self.region, given) for given in ids}
    missing = [given for given, build in found.items() if build is None]
    return {
        "builds": [build.describe() for build in found.values() if build is not None],
        "buildsNotFound": missing,
    }


def _batch_delete_builds(self: Any) -> dict[str, Any]:
    deleted, kept = [], []
    for given in _ids(self):
        build = builds.find(self.current_account, self.region, given)
        if build is None:
            kept.append({"id": given, "statusCode": "BUILD_NOT_FOUND"})
        elif build.is_under_way:
            kept.append({"id": given, "statusCode": "BUILD_IN_PROGRESS"})
        else:
            builds.forget(build)
            deleted.append(build.arn)
    return {"buildsDeleted": deleted, "buildsNotDeleted": kept}


def _list_builds(self: Any) -> dict[str, Any]:
    return _listed(self, builds.of_region(self.current_account, self.region))


def _list_builds_for_project(self: Any) -> dict[str, Any]:
    name = self.params["projectName"]
    found = builds.of_project(self.current_account, self.region, name)
    if not found:
        _project(self, name)
    return _listed(self, found)


def _invalidate_project_cache(self: Any) -> dict[str, Any]:
    project = _project(self, self.params["projectName"])
    cache.forget(cache.folder(project.arn))
    return {}


def _listed(self: Any, found: list[Build]) -> dict[str, Any]:
    ids = [build.build_id for build in found]
    if self.params.get("sortOrder") != "ASCENDING":
        ids.reverse()
    start = int(self.params.get("nextToken") or 0)
    answer: dict[str, Any] = {"ids": ids[start : start + _PAGE]}
    if len(ids) > start + _PAGE:
        answer["nextToken"] = str(start + _PAGE)
    return answer


def _ids(self: Any) -> list[str]:
    ids: list[str] = self.params["ids"]
    if len(ids) > _MOST_IDS:
        raise InvalidRequestError(f"Invalid number of ids: at most {_MOST_IDS} are allowed, got {len(ids)}")
    wrong = [given for given in ids if ":" not in given]
    if wrong:
        raise InvalidRequestError(f"Invalid build ID provided: {wrong[0]}")
    return ids


def _build(self: Any, given: str) -> Build:
    if ":" not in given:
        raise InvalidRequestError(f"Invalid build ID provided: {given}")
    found = builds.find(self.current_account, self.region, given)
    if found is None:
        raise MissingProjectError(f"Build {given} does not exist")
    return found


def _project(self: Any, name: str) -> Any:
    found = self.codebuild_backend.codebuild_projects.get(name)
    if found is None:
        arn = f"arn:aws:codebuild:{self.region}:{self.current_account}:project/{name}"
        raise MissingProjectError(f"Project cannot be found: {arn}")
    return found


_CALLS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "update_project": _update_project,
    "delete_project": _delete_project,
    "start_build": _start_build,
    "retry_build": _retry_build,
    "stop_build": _stop_build,
    "batch_get_builds": _batch_get_builds,
    "batch_delete_builds": _batch_delete_builds,
    "list_builds": _list_builds,
    "list_builds_for_project": _list_builds_for_project,
    "invalidate_project_cache": _invalidate_project_cache,
}
