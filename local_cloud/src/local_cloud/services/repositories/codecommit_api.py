"""CodeCommit's API on repositories that git pushes to and clones from.

Reference: https://docs.aws.amazon.com/codecommit/latest/APIReference/Welcome.html
"""

from typing import Any

from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.sts.models import sts_backends

from local_cloud.services.repositories import codecommit_commits as commits
from local_cloud.services.repositories import codecommit_store as store
from local_cloud.services.repositories import codecommit_views as views
from local_cloud.services.repositories import pushes
from local_cloud.services.repositories.codecommit_store import CodeCommitError, Repository
from local_cloud.services.repositories.git import BRANCHES, Change, GitError, UnknownRevisionError


class CodeCommitApi(BaseResponse):  # type: ignore[misc]  # moto is not typed for us
    """One request; the method of the operation's name answers it."""

    def __init__(self) -> None:
        super().__init__(service_name="codecommit")

    def create_repository(self) -> ActionResult:
        """CreateRepository."""
        made = store.create(
            self._place("repositoryName"),
            description=self.params.get("repositoryDescription") or "",
            tags=dict(self.params.get("tags") or {}),
        )
        return ActionResult({"repositoryMetadata": views.metadata(made)})

    def get_repository(self) -> ActionResult:
        """GetRepository."""
        return ActionResult({"repositoryMetadata": views.metadata(self._repository())})

    def batch_get_repositories(self) -> ActionResult:
        """BatchGetRepositories."""
        found, missing = [], []
        for name in self.params["repositoryNames"]:
            try:
                found.append(views.metadata(store.get(store.place(self.current_account, self.region, name))))
            except CodeCommitError:
                missing.append(name)
        return ActionResult({"repositories": found, "repositoriesNotFound": missing})

    def list_repositories(self) -> ActionResult:
        """ListRepositories: all in one page."""
        found = store.every(self.current_account, self.region)
        if self.params.get("sortBy") == "lastModifiedDate":
            found.sort(key=lambda each: each.modified)
        if self.params.get("order") == "descending":
            found.reverse()
        return ActionResult(
            {"repositories": [{"repositoryName": each.place.name, "repositoryId": each.id} for each in found]}
        )

    def delete_repository(self) -> ActionResult:
        """DeleteRepository, with all that was pushed to it."""
        gone = store.delete(self._place("repositoryName"))
        return ActionResult({"repositoryId": gone.id} if gone else {})

    def update_repository_description(self) -> ActionResult:
        """UpdateRepositoryDescription."""
        store.change(self._place("repositoryName"), description=self.params.get("repositoryDescription") or "")
        return EmptyResult()

    def update_default_branch(self) -> ActionResult:
        """UpdateDefaultBranch."""
        repository, name = self._repository(), self.params["defaultBranchName"]
        self._tip(repository, name)
        repository.bare.set_head(name)
        return EmptyResult()

    def get_branch(self) -> ActionResult:
        """GetBranch."""
        name = self.params.get("branchName") or ""
        return ActionResult({"branch": {"branchName": name, "commitId": self._tip(self._repository(), name)}})

    def list_branches(self) -> ActionResult:
        """ListBranches: all in one page."""
        refs = self._repository().bare.refs()
        return ActionResult({"branches": [ref.removeprefix(BRANCHES) for ref in refs if ref.startswith(BRANCHES)]})

    def create_branch(self) -> ActionResult:
        """CreateBranch."""
        repository, name = self._repository(), self.params["branchName"]
        if not repository.bare.is_branch_name(name):
            raise CodeCommitError("InvalidBranchNameException", f"The branch name {name!r} is not valid.")
        if f"{BRANCHES}{name}" in repository.bare.refs():
            raise CodeCommitError("BranchNameExistsException", f"The branch {name} already exists.")
        commit = self._commit(repository, self.params["commitId"])
        try:
            self._move(repository, name, commit, old=None)
        except GitError as error:
            if f"{BRANCHES}{name}" in repository.bare.refs():
                # Of two at once one is the first.
                raise CodeCommitError("BranchNameExistsException", f"The branch {name} already exists.") from error
            raise CodeCommitError(
                "InvalidBranchNameException", f"The branch name {name!r} cannot be used: {error}"
            ) from error
        return EmptyResult()

    def delete_branch(self) -> ActionResult:
        """DeleteBranch."""
        repository, name = self._repository(), self.params["branchName"]
        if name == repository.bare.head():
            raise CodeCommitError(
                "DefaultBranchCannotBeDeletedException", f"The branch {name} is the default, it cannot be deleted."
            )
        while (old := repository.bare.refs().get(f"{BRANCHES}{name}")) is not None:
            try:
                self._move(repository, name, None, old=old)
            except GitError:
                if repository.bare.refs().get(f"{BRANCHES}{name}") == old:
                    raise
                # Somebody moved it meanwhile.
                continue
            return ActionResult({"deletedBranch": {"branchName": name, "commitId": old}})
        return ActionResult({})

    def create_commit(self) -> ActionResult:
        """CreateCommit."""
        repository = self._repository()
        parent = self.params.get("parentCommitId") or None
        changes = views.changes(repository, self.params, parent)
        if not changes:
            raise CodeCommitError("FileEntryRequiredException", "At least one file must be put, deleted or changed.")
        if commits.is_nothing(repository, changes, parent):
            raise CodeCommitError("NoChangeException", "The commit would change nothing.")
        made = commits.make(
            repository, self._order(changes, parent=parent, message="commitMessage", author=("authorName", "email"))
        )
        return ActionResult(views.made(repository, made, changes, parent))

    def put_file(self) -> ActionResult:
        """PutFile."""
        repository, path = self._repository(), self.params["filePath"]
        parent = self.params.get("parentCommitId") or None
        mode = commits.MODES[self.params.get("fileMode") or "NORMAL"]
        change = Change(path=path, content=views.content(self.params["fileContent"]), mode=mode)
        if parent and commits.is_nothing(repository, [change], parent):
            raise CodeCommitError("SameFileContentException", f"The file {path} has this content and mode already.")
        made = commits.make(
            repository, self._order([change], parent=parent, message="commitMessage", author=("name", "email"))
        )
        blob = repository.bare.entry(made, path)
        return ActionResult(
            {"commitId": made, "treeId": repository.bare.commit(made).tree, "blobId": blob.id if blob else ""}
        )

    def delete_file(self) -> ActionResult:
        """DeleteFile."""
        repository, path, parent = self._repository(), self.params["filePath"], self.params["parentCommitId"]
        before = repository.bare.entry(self._commit(repository, parent), path)
        if before is None:
            raise CodeCommitError("FileDoesNotExistException", f"The file {path} does not exist.")
        change = Change(path=path, content=None)
        made = commits.make(
            repository, self._order([change], parent=parent, message="commitMessage", author=("name", "email"))
        )
        tree = repository.bare.commit(made).tree
        return ActionResult({"commitId": made, "treeId": tree, "blobId": before.id, "filePath": path})

    def get_commit(self) -> ActionResult:
        """GetCommit."""
        repository = self._repository()
        found = repository.bare.commit(self._commit(repository, self.params["commitId"], code="CommitIdDoesNotExist"))
        return ActionResult({"commit": views.commit(found)})

    def get_file(self) -> ActionResult:
        """GetFile."""
        repository, path = self._repository(), self.params["filePath"].strip("/")
        commit = self._specified(repository)
        found = repository.bare.entry(commit, path)
        if found is None or found.kind != "blob":
            raise CodeCommitError("FileDoesNotExistException", f"The file {path} does not exist.")
        return ActionResult(views.file(repository, commit, found))

    def get_folder(self) -> ActionResult:
        """GetFolder."""
        repository, path = self._repository(), self.params["folderPath"].strip("/")
        commit = self._specified(repository)
        found = repository.bare.entry(commit, path) if path else None
        if path and (found is None or found.kind != "tree"):
            raise CodeCommitError("FolderDoesNotExistException", f"The folder {path} does not exist.")
        return ActionResult(views.folder(repository, commit, found, path))

    def get_blob(self) -> ActionResult:
        """GetBlob."""
        return ActionResult({"content": views.blob(self._repository(), self.params["blobId"])})

    def tag_resource(self) -> ActionResult:
        """TagResource."""
        found = self._of_arn()
        store.change(found.place, tags={**found.tags, **self.params["tags"]})
        return EmptyResult()

    def untag_resource(self) -> ActionResult:
        """UntagResource."""
        found, gone = self._of_arn(), self.params["tagKeys"]
        store.change(found.place, tags={key: value for key, value in found.tags.items() if key not in gone})
        return EmptyResult()

    def list_tags_for_resource(self) -> ActionResult:
        """ListTagsForResource."""
        return ActionResult({"tags": self._of_arn().tags})

    def _place(self, member: str) -> Any:
        return store.place(self.current_account, self.region, self.params.get(member) or "")

    def _repository(self) -> Repository:
        return store.get(self._place("repositoryName"))

    def _of_arn(self) -> Repository:
        arn = self.params["resourceArn"]
        parts = arn.split(":")
        if len(parts) != 6 or parts[2] != "codecommit":  # noqa: PLR2004  # an ARN without a colon in its resource
            raise CodeCommitError("InvalidResourceArnException", f"{arn} is not the ARN of a repository.")
        return store.get(store.place(self.current_account, parts[3], parts[5]))

    def _tip(self, repository: Repository, branch: str) -> str:
        if not branch:
            raise CodeCommitError("BranchNameRequiredException", "A branch name is required.")
        found = repository.bare.refs().get(f"{BRANCHES}{branch}")
        if found is None:
            raise CodeCommitError("BranchDoesNotExistException", f"The branch {branch} does not exist.")
        return found

    def _commit(self, repository: Repository, given: str, code: str = "CommitDoesNotExist") -> str:
        try:
            return repository.bare.resolve(given)
        except UnknownRevisionError as error:
            raise CodeCommitError(f"{code}Exception", f"The commit {given} does not exist.") from error

    def _specified(self, repository: Repository) -> str:
        return self._commit(repository, self.params.get("commitSpecifier") or repository.bare.head())

    def _order(
        self, changes: list[Change], *, parent: str | None, message: str, author: tuple[str, str]
    ) -> commits.Order:
        name, email = author
        return commits.Order(
            branch=self.params["branchName"],
            parent=parent,
            changes=changes,
            message=self.params.get(message) or "",
            author=self.params.get(name) or "",
            email=self.params.get(email) or "",
            caller=self._caller(),
        )

    def _move(self, repository: Repository, branch: str, commit: str | None, *, old: str | None) -> None:
        ref = f"{BRANCHES}{branch}"
        repository.bare.move(ref, commit, old=old)
        pushes.tell(repository.place, ref, caller=self._caller())

    def _caller(self) -> str:
        """ARN of who asks."""
        backend = sts_backends[self.current_account]["aws"]
        return str(backend.get_caller_identity(self.get_access_key(), self.region)[1])
