"""What an action of a pipeline is given, what it gives back, and what every kind of action can do.

The engine takes on the action's role, resolves its variables and says where each artifact lies; the action does the
rest with that role alone.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from local_cloud.kernel.credentials import RoleSession
from local_cloud.kernel.errors import LocalCloudError
from local_cloud.kernel.work import Work


class ActionError(LocalCloudError):
    """An action failed, for a reason that CodePipeline tells.

    Args:
        code: as in ErrorDetails of GetPipelineState, for example ``JobFailed`` or ``PermissionError``.
        message: as there.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, kw_only=True)
class ActionType:
    """Who does an action.

    Args:
        category: ``Source``, ``Build``, ``Test``, ``Deploy``, ``Approval`` or ``Invoke``.
        owner: ``AWS``; other owners are not emulated.
        provider: for example ``CodeBuild``.
        version: ``1``.
    """

    category: str
    owner: str
    provider: str
    version: str


@dataclass(frozen=True, kw_only=True)
class ActionDeclaration:
    """An action as its pipeline declares it.

    Args:
        name: unique in its stage.
        type: who does it.
        configuration: of its provider; in a call its variables are resolved.
        inputs: names of its input artifacts, in their order.
        outputs: names of its output artifacts, in their order.
        run_order: actions of a stage with the same number run at the same time.
        role_arn: its role; None for the pipeline's.
        region: where it runs.
        namespace: of its output variables; None for none.
        timeout_minutes: None for its provider's own.
    """

    name: str
    type: ActionType
    configuration: Mapping[str, str]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    run_order: int
    role_arn: str | None
    region: str
    namespace: str | None
    timeout_minutes: int | None


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """An artifact of an execution: a zip archive in the pipeline's bucket.

    Args:
        name: as the pipeline calls it.
        bucket: of the artifact store.
        key: of the object.
        encryption_key: ARN, id or alias; None for the bucket's own default.
    """

    name: str
    bucket: str
    key: str
    encryption_key: str | None


@dataclass(frozen=True, kw_only=True)
class Revision:
    """What a source found, as ListPipelineExecutions and GetPipelineExecution tell it.

    Args:
        id: for example a commit.
        summary: for example the commit's message.
        url: where to see it; None for nowhere.
    """

    id: str
    summary: str
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class External:
    """The execution behind an action, as its state tells it.

    Args:
        id: for example of a build.
        url: of a console page; None for none.
        summary: in words; None for none.
    """

    id: str
    url: str | None = None
    summary: str | None = None


@dataclass(frozen=True, kw_only=True)
class ActionResult:
    """What an action that succeeded gives back.

    Args:
        variables: output variables, of its namespace.
        external: the execution behind it; None for none.
        revision: of a source; None for others.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    external: External | None = None
    revision: Revision | None = None


@dataclass(frozen=True, kw_only=True)
class ActionCall:
    """One run of an action.

    Args:
        pipeline: its name.
        pipeline_arn: its ARN.
        account_id: of the pipeline.
        region: of the pipeline.
        execution_id: of the pipeline's execution.
        action_execution_id: of this run.
        stage: its stage's name.
        declaration: with variables resolved.
        session: its role, taken on.
        inputs: its input artifacts, in their order.
        outputs: where its output artifacts go, in their order.
        asked_revision: of a source: which revision to take; None for the newest.
        source_revision: what the execution's first source found; None while there is none.
        work: tells whether somebody asked to stop; holds a process that is to be stopped then.
        report: tells the execution behind it as soon as it is known.
    """

    pipeline: str
    pipeline_arn: str
    account_id: str
    region: str
    execution_id: str
    action_execution_id: str
    stage: str
    declaration: ActionDeclaration
    session: RoleSession
    inputs: tuple[Artifact, ...]
    outputs: tuple[Artifact, ...]
    asked_revision: str | None
    source_revision: Revision | None
    work: Work
    report: Callable[[External], None]


class Action(Protocol):
    """What every kind of action can do."""

    def check(self, declaration: ActionDeclaration) -> None:
        """Look at a declaration when the pipeline is made.

        Raises:
            NotEmulatedError: it is right on AWS, and not covered here.
            InvalidActionDeclarationError: it is wrong on AWS too (`declarations.py`).
        """

    def run(self, call: ActionCall) -> ActionResult:
        """Do it.

        Raises:
            ActionError: it failed.
            botocore.exceptions.ClientError: a call was refused; the engine makes an ActionError of it.
        """
