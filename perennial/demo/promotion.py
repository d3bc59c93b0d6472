"""How code reaches prod, on one machine: four accounts, the promotion pipeline, and three commits that end differently.

Every expectation is checked: the demo ends with a clear error when something is not as it should be.
"""

import os
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console

from perennial.account.promotion import ActionRun, Progress, Promotion
from perennial.account.promotion_approval import Answer
from perennial.demo import ready
from perennial.demo.promotion_place import MODEL, MODEL_FILE, PromotionPlace
from perennial.demo.promotion_watch import CONFIRM, Place, Watch
from perennial.demo.repository import Change, Repository
from perennial.drawing import pipeline as picture
from perennial.errors import OperatorError
from perennial.screen import wording
from perennial.screen.steps import Steps

_PROMOTE: Place = ("Prod", "Promote")
_SANDBOX_SERVES: Place = ("Sandbox", "Smoke")
_PROD_SERVES: Place = ("Prod", "Smoke")
LOOSER_GATE = Change(file=MODEL_FILE, old="threshold: 2.85", new="threshold: 2.9")
WIDER_PERMISSION = Change(
    file="stacks/serving.py",
    old="""\
        iam.Grant.add_to_principal(grantee=role, actions=["cloudformation:DescribeStacks"], resource_arns=[this])
""",
    new="""\
        more = ["cloudformation:DescribeStacks", "cloudformation:GetTemplate"]
        iam.Grant.add_to_principal(grantee=role, actions=more, resource_arns=[this])
""",
)
OTHER_MANIFEST = Change(
    file="lambda_src/contract/manifest.py", old='FILE = "manifest.json"', new='FILE = "serving.json"'
)


@dataclass(frozen=True, kw_only=True)
class _Ended:
    """A commit and where it ended, for the last lines.

    Args:
        commit: its id.
        title: of the commit.
        where: in words.
        file: of its picture.
    """

    commit: str
    title: str
    where: str
    file: Path


def run(*, root: Path, port: int, console: Console) -> None:
    """Run the demo; the local cloud stays up afterwards.

    Args:
        root: the project's folder.
        port: where the local cloud listens.
        console: where to tell the story.

    Raises:
        OperatorError: something is not as expected.
    """
    _Demo(root=root, port=port, console=console).run()


class _Demo:
    def __init__(self, *, root: Path, port: int, console: Console) -> None:
        self._console = console
        self._steps = Steps(console)
        self._out = root / "out"
        self._out.mkdir(exist_ok=True)
        self._place = PromotionPlace(root=root, port=port, out=self._out)
        self._watch = Watch(self._place.aws, self._place.pipeline, console=console)
        self._ended: list[_Ended] = []

    def run(self) -> None:
        with self._steps.step("Start an empty local cloud, prepare four accounts and a repository"):
            repository = self._place.prepare()
        with self._steps.step("Push the first commit, deploy the pipeline, which deploys the rest"):
            commit = repository.commit("Begin")
            self._place.deploy_pipeline(repository)
        version = self._begin(commit)
        with self._steps.step(f"Approve {MODEL} 1, and see QA and prod serve it"):
            self._place.approve(version)
        self._loosen_the_gate(repository)
        self._widen_a_permission(repository)
        self._break_serving(repository)
        self._close()

    def _begin(self, commit: str) -> str:
        """The first promotion, with a training beside it; gives the version that was trained."""
        trained: list[Future[str]] = []
        with ThreadPoolExecutor(max_workers=1) as pool:

            def train(stage: str, action: ActionRun) -> None:
                # An endpoint may come into being once the smoke test has seen that none is missing.
                if (stage, action.name) == _SANDBOX_SERVES:
                    trained.append(pool.submit(self._place.train))

            with self._steps.step("The first promotion: three empty accounts", shows_progress=True):
                decisions = {CONFIRM: Answer.APPROVED, _PROMOTE: Answer.APPROVED}
                _expect(self._watch.follow(commit, decisions, ended=train), "Succeeded", at=_PROD_SERVES)
            with self._steps.step(f"Train {MODEL} in the sandbox, beside the promotion"):
                return trained[0].result()

    def _loosen_the_gate(self, repository: Repository) -> None:
        title = f"Loosen the gate of {MODEL}"
        repository.make(LOOSER_GATE)
        found = self._promote(repository, title, {_PROMOTE: Answer.APPROVED})
        _expect(found, "Succeeded", at=_PROD_SERVES)
        # No permission grows, so that the check confirms by itself and nobody is asked.
        if found.action(*CONFIRM).progress is not Progress.SUCCEEDED:
            raise OperatorError(f"the check was expected to confirm by itself, it {found.action(*CONFIRM).progress}")
        self._end(title, found, "in prod, through the approval")

    def _widen_a_permission(self, repository: Repository) -> None:
        before, title = self._place.prod_changed(), "Widen a permission"
        repository.make(WIDER_PERMISSION)
        found = self._promote(repository, title, {CONFIRM: Answer.REJECTED})
        _expect(found, "Failed", at=CONFIRM)
        self._expect_untouched(before)
        self._end(title, found, "rejected at the confirmation of growing permissions; prod is untouched")

    def _break_serving(self, repository: Repository) -> None:
        before, title = self._place.prod_changed(), "Look elsewhere for what serves, which breaks serving"
        repository.revert()
        repository.make(OTHER_MANIFEST)
        found = self._promote(repository, title, {})
        _expect(found, "Failed", at=_SANDBOX_SERVES)
        self._expect_untouched(before)
        self._end(title, found, "stopped by the smoke test of the sandbox; prod is untouched")

    def _promote(self, repository: Repository, title: str, decisions: Mapping[Place, Answer]) -> Promotion:
        with self._steps.step(f"Push: {title}", shows_progress=True):
            return self._watch.follow(repository.commit(title), decisions)

    def _expect_untouched(self, before: datetime) -> None:
        if (after := self._place.prod_changed()) != before:
            raise OperatorError(f"prod was expected to stay as it was, its stack changed at {wording.moment(after)}")

    def _end(self, title: str, found: Promotion, where: str) -> None:
        file = self._out / f"promotion-{len(self._ended) + 1}.svg"
        file.write_text(picture.svg(found), encoding="utf-8")
        self._ended.append(_Ended(commit=found.revision[:8], title=title, where=where, file=file))

    def _close(self) -> None:
        account, name = self._place.account_id, self._place.pipeline
        lines = [
            "",
            "The local cloud stays up until `make stop`; the next demo begins anew.",
            f"Its repository is {os.path.relpath(self._out / 'promotion')}: change it, commit, `git push`, and look at",
            f'  eval "$(.venv/bin/python -m local_cloud env --state-dir {ready.STATE_DIR})"',
            f"  export AWS_ACCESS_KEY_ID={account}",
            f"  aws codepipeline get-pipeline-state --name {name}",
            "",
        ]
        for item in self._ended:
            lines += [
                f"{item.commit}  {item.title}",
                f"          {item.where}",
                f"          {os.path.relpath(item.file)}",
            ]
        for line in [*lines, f"total {wording.duration(self._steps.elapsed)}"]:
            self._console.print(line, soft_wrap=True)


def _expect(found: Promotion, status: str, *, at: Place) -> None:
    if (found.status, found.reached) == (status, at):
        return
    reached = "its start" if found.reached is None else "/".join(found.reached)
    said = "" if found.reached is None else found.action(*found.reached).summary
    raise OperatorError(
        f"the promotion of {found.message!r} was expected to end as {status} at {'/'.join(at)}, "
        f"it is {found.status} at {reached}: {said}"
    )
