"""Why an execution of a pipeline started.

Reference: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ExecutionTrigger.html
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """What started an execution.

    Args:
        type: ``StartPipelineExecution``, ``CreatePipeline``, ``UpdatePipeline``, ``Webhook``, ``CloudWatchEvent``,
            ``PutActionRevision``, ``WebhookV2``, ``ManualRollback`` or ``AutomatedRollback``.
        detail: of it, for example the ARN of the user who called.
    """

    type: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class SourceOverride:
    """A revision that an execution is to take instead of the newest.

    Reference: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_SourceRevisionOverride.html

    Args:
        action: name of the source action.
        type: ``COMMIT_ID``, ``S3_OBJECT_VERSION_ID``, ``S3_OBJECT_KEY`` or ``IMAGE_DIGEST``.
        value: of the revision.
    """

    action: str
    type: str
    value: str
