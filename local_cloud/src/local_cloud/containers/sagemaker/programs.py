"""What the two modules of a family have, which `training` and the servers of models call.

The one that trains has ``train(root: Path) -> None``, where root is the job's ``/opt/ml``: it reads what lies in
``input``, writes the model to ``model``, and raises `TrainingError`. The one that serves has ``load(folder: Path) ->
Model``, which gets the folder of an unpacked artifact and raises `NoModelError`. If several of its models may lie in
one process, because none brings code of its own, it says so by ``shares_process = True``; otherwise each has a process
for itself. What the container's Environment sets is in the environment of the process from the beginning.
"""

from dataclasses import dataclass
from typing import Protocol


class TrainingError(ValueError):
    """What the container cannot train with; its text becomes the job's FailureReason."""


class CustomerError(TrainingError):
    """What one of SageMaker's own algorithms refuses: the job's FailureReason begins with ``ClientError``.

    These algorithms share a library, which ends with a code of its own then: ``exceptions.py`` below
    https://github.com/aws/sagemaker-rl-container/tree/master/src/vw-serving/src/vw_serving/sagemaker, a copy of it.
    """


class NoModelError(ValueError):
    """What an artifact holds is no model that can be loaded."""


class RefusedError(ValueError):
    """A request that a model does not take.

    Args:
        status: HTTP status of the answer.
        text: body of the answer.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a model answers.

    Args:
        body: as whoever asked gets it.
        content_type: of the body.
    """

    body: bytes
    content_type: str


class Model(Protocol):
    """A loaded model."""

    def answer(self, body: bytes, *, content_type: str, accept: str) -> Answer:
        """Answer one request.

        Args:
            body: as it came.
            content_type: of the body; empty if the request names none.
            accept: what is wanted; empty if the request does not say.

        Raises:
            RefusedError: the request is not what the model takes.
        """
