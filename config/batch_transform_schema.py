"""The schema of a model's ``batch_transform``: files that its approved version answers by a schedule."""

from pathlib import PurePosixPath
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from config import schedules
from config.problems import refuse
from config.strict import Strict
from config.training_schema import InstanceType
from contract.prefixes import TRANSFORMS_PREFIX

_SEGMENT = r"[A-Za-z0-9][A-Za-z0-9._=-]*"
_LONGEST_FOLDER = 512


def _is_below_the_prefix(value: str) -> str:
    if value.startswith("s3://"):
        raise ValueError(
            f"write a folder below {TRANSFORMS_PREFIX} of the training account's artifact bucket, without the bucket, "
            f"got {value!r}; `perennial transform` takes any place that the jobs' role is let in to"
        )
    return value.removesuffix("/")


# Without its last slash.
Folder = Annotated[
    str,
    AfterValidator(_is_below_the_prefix),
    StringConstraints(pattern=rf"^(s3://.*|{_SEGMENT}(/{_SEGMENT})*/?)$", max_length=_LONGEST_FOLDER),
]
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DataProcessing.html
Filter = Annotated[str, StringConstraints(pattern=r"^\$", max_length=63)]
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformInput.html
MediaType = Annotated[str, StringConstraints(pattern=r"^[^/\s]+/[^/\s]+$", max_length=256)]


class BatchTransform(Strict):
    """Files that the approved version of a model answers, in a batch transform job of the training account.

    Args:
        schedule: rate or cron expression, in UTC.
        enabled: whether by the schedule.
        input: folder of the files below ``transforms/`` of the artifact bucket.
        output: folder of the results, likewise.
        content_type: of the files, line by line; None for what the version takes first.
        accept: of the results; None for what the version answers first.
        input_filter: JSONPath of what is sent of a record; None for all.
        join: whether the records stand before their answers.
        output_filter: JSONPath of what is kept of a result; None for all.
        instance_type: of the job.
        instance_count: of the job.
        max_runtime_minutes: after which the job is stopped.
    """

    # The longest that EventBridge Scheduler takes:
    # https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
    schedule: str = Field(max_length=256)
    enabled: bool = True
    input: Folder
    output: Folder
    content_type: MediaType | None = None
    accept: MediaType | None = None
    input_filter: Filter | None = None
    join: bool = False
    output_filter: Filter | None = None
    instance_type: InstanceType = "ml.m5.large"
    instance_count: int = Field(default=1, ge=1, le=100)
    max_runtime_minutes: int = Field(default=120, ge=1, le=1200)

    @field_validator("schedule")
    @classmethod
    def _can_be_compiled(cls, value: str) -> str:
        schedules.compile_expression(value)
        return value

    @model_validator(mode="after")
    def _results_are_no_files_to_answer(self) -> Self:
        if overlap(self.input, self.output):
            told = f"results must lie beside the files of {self.input!r}, or the next job answers them too"
            raise refuse((("output",), f"{told}, got {self.output!r}"))
        return self


def overlap(one: str, other: str) -> bool:
    """Whether one of two folders is the other, or lies in it."""
    first, second = PurePosixPath(one), PurePosixPath(other)
    return first.is_relative_to(second) or second.is_relative_to(first)
