"""Errors of CodePipeline's calls, each with the code that AWS gives it."""

from typing import ClassVar

from local_cloud.kernel.errors import LocalCloudError


class PipelineError(LocalCloudError):
    """A call is wrong on AWS too.

    Reference: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_Operations.html
    """

    CODE: ClassVar[str] = "ValidationException"


class InvalidStructureError(PipelineError):
    """The stages do not make a pipeline."""

    CODE = "InvalidStructureException"


class InvalidStageDeclarationError(PipelineError):
    """A stage is declared wrongly."""

    CODE = "InvalidStageDeclarationException"


class InvalidActionDeclarationError(PipelineError):
    """An action is declared wrongly."""

    CODE = "InvalidActionDeclarationException"


class InvalidBlockerDeclarationError(PipelineError):
    """A gate is declared, which is for AWS's own use."""

    CODE = "InvalidBlockerDeclarationException"


class PipelineNameInUseError(PipelineError):
    """There is a pipeline of this name."""

    CODE = "PipelineNameInUseException"


class PipelineNotFoundError(PipelineError):
    """There is no pipeline of this name."""

    CODE = "PipelineNotFoundException"


class ExecutionNotFoundError(PipelineError):
    """The pipeline has no execution of this id."""

    CODE = "PipelineExecutionNotFoundException"


class StageNotFoundError(PipelineError):
    """The pipeline has no stage of this name."""

    CODE = "StageNotFoundException"


class ActionNotFoundError(PipelineError):
    """The stage has no action of this name."""

    CODE = "ActionNotFoundException"


class ConflictError(PipelineError):
    """Another request is in the way."""

    CODE = "ConflictException"


class TooManyExecutionsError(PipelineError):
    """As many executions as are allowed are under way."""

    CODE = "ConcurrentPipelineExecutionsLimitExceededException"


class NotStoppableError(PipelineError):
    """The execution is over."""

    CODE = "PipelineExecutionNotStoppableException"


class DuplicatedStopRequestError(PipelineError):
    """The execution is being stopped this way already."""

    CODE = "DuplicatedStopRequestException"


class StageNotRetryableError(PipelineError):
    """The stage has no failed actions, or the pipeline was changed."""

    CODE = "StageNotRetryableException"


class NotLatestExecutionError(PipelineError):
    """A newer execution entered the stage."""

    CODE = "NotLatestPipelineExecutionException"


class UnableToRollbackError(PipelineError):
    """The stage cannot go back to this execution."""

    CODE = "UnableToRollbackStageException"


class ExecutionOutdatedError(PipelineError):
    """The pipeline's structure was changed since the execution."""

    CODE = "PipelineExecutionOutdatedException"


class InvalidApprovalTokenError(PipelineError):
    """The approval does not wait under this token."""

    CODE = "InvalidApprovalTokenException"


class ApprovalCompletedError(PipelineError):
    """Somebody approved or rejected it before."""

    CODE = "ApprovalAlreadyCompletedException"


class InvalidNextTokenError(PipelineError):
    """There is no such page."""

    CODE = "InvalidNextTokenException"
