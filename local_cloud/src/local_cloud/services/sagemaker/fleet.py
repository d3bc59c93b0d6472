"""The containers of a model that serve together."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace

from local_cloud.services.sagemaker.serving_process import RequestError, ServingContainer
from local_cloud.services.sagemaker.serving_request import Answer, Request

_CLIENT_ERROR = 400


class Fleet:
    """A started model: one container, several in a row, or several of which a request names one.

    It needs no endpoint, see `fleet_start.start_model`. ``invoke(body, content_type=..., accept=...)`` asks it, and its
    `Answer` tells the status, the body, its content type and which container answered. ``stop()`` ends it. Several
    threads may ask at once.

    Args:
        containers: that were not started yet, in the order of the model's definition.
        is_direct: whether a request names the container that answers it; otherwise each gets the answer of the one
            before it: https://docs.aws.amazon.com/sagemaker/latest/dg/inference-pipelines.html.

    Raises:
        LocalCloudError: an artifact cannot be had, or a container does not pass its health check; none runs then.
    """

    def __init__(self, containers: Sequence[ServingContainer], *, is_direct: bool = False) -> None:
        self._containers, self._is_direct = tuple(containers), is_direct
        with contextlib.ExitStack() as undo:
            undo.callback(self.stop)
            for container in self._containers:
                container.start()
            for container in self._containers:
                container.wait()
            undo.pop_all()

    def invoke(self, body: bytes, *, content_type: str = "", accept: str = "") -> Answer:
        """Ask a model that needs no more than the body.

        Args:
            body: of the request.
            content_type: of the body; empty for none.
            accept: what is wanted; empty for none.

        Raises:
            RequestError: it has many models, or containers of which one is to be named.
            OSError: a container died, or took longer than SageMaker lets it.
        """
        request = Request(body=body, content_type=content_type, accept=accept)
        self.check(request)
        return self.answer(request)

    def check(self, request: Request) -> None:
        """Refuse a request that names a model or container where none is to be named, or none where one is.

        Raises:
            RequestError: a clause of which the endpoint is the subject, in AWS's words as far as they are public.
        """
        asked = self._asked(request)
        # A pipeline has at most one container with many models, whose name the request's is.
        refusals = []
        for container in asked:
            try:
                container.check(request)
            except RequestError as error:
                refusals.append(error)
        if refusals and (not request.target_model or len(refusals) == len(asked)):
            raise refusals[0]

    def answer(self, request: Request) -> Answer:
        """Ask it, as `check` allows.

        The client's Accept is for the last container: one before it decides itself, by its variable
        SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT if its toolkit has that
        (https://docs.aws.amazon.com/sagemaker/latest/dg/inference-pipelines.html).

        Raises:
            ModelDataError: the artifact of the target model is missing, forbidden or no model.
            OSError: a container died, or took longer than SageMaker lets it.
        """
        *before, last = self._asked(request)
        seconds = 0.0
        for container in before:
            answer = container.invoke(replace(request, accept=""))
            seconds += answer.seconds
            if answer.status >= _CLIENT_ERROR:
                return replace(answer, seconds=seconds)
            request = replace(request, body=answer.body, content_type=answer.content_type)
        answer = last.invoke(request)
        return replace(answer, seconds=seconds + answer.seconds)

    @property
    def containers(self) -> tuple[ServingContainer, ...]:
        """In the order of the model's definition."""
        return self._containers

    def is_running(self) -> bool:
        """False when a container died."""
        return all(container.is_running() for container in self._containers)

    def stop(self) -> None:
        """End all containers and forget their disks."""
        for container in self._containers:
            container.stop()

    def _asked(self, request: Request) -> Sequence[ServingContainer]:
        """The containers that work on a request.

        https://docs.aws.amazon.com/sagemaker/latest/dg/multi-container-direct.html tells what is refused, not in which
        words.
        """
        target, names = request.target_container, [container.name for container in self._containers]
        if not self._is_direct:
            if target:
                raise RequestError("is not configured for direct invocation and takes no TargetContainerHostname.")
            return self._containers
        if not target:
            raise RequestError(f"is configured for direct invocation and needs a TargetContainerHostname of {names}.")
        if target not in names:
            raise RequestError(f"has no container {target}, pass a TargetContainerHostname of {names}.")
        return [container for container in self._containers if container.name == target]
