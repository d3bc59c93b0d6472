"""The containers of a transform job's model.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local_cloud.kernel.credentials import RoleSession
from local_cloud.kernel.work import Work
from local_cloud.services.sagemaker import fleet_start
from local_cloud.services.sagemaker.fleet import Fleet
from local_cloud.services.sagemaker.job import JobFailedError
from local_cloud.services.sagemaker.servable import Served
from local_cloud.services.sagemaker.serving_process import ServingContainer, UnhealthyError

# The beginning of what AWS says; the rest of it is not public.
_NO_PING = "AlgorithmError: Model container failed to respond to ping"


@dataclass(frozen=True, kw_only=True)
class _Starting:
    """Containers that somebody may stop before they are healthy."""

    containers: Sequence[ServingContainer]

    def stop(self) -> None:
        for container in self.containers:
            container.stop()


def start(
    model: Served,
    *,
    name: str,
    session: RoleSession,
    environment: Mapping[str, str],
    log: Path,
    seconds: int,
    work: Work,
) -> Fleet:
    """Start them; whoever starts them stops them, and who stops the work does so too.

    Args:
        model: of the job.
        name: of the job.
        session: of the model's execution role.
        environment: variables of the job.
        log: file that gets what they write.
        seconds: how long an answer may take.
        work: of the job.

    Raises:
        JobFailedError: one does not become healthy.
        LocalCloudError: an artifact cannot be had, or an image is not installed.
    """
    try:
        fleet = fleet_start.start_model(
            model,
            session=session,
            place=f"for transform job {name}",
            log=log,
            environment=environment,
            seconds=seconds,
            made=lambda containers: work.hold(_Starting(containers=containers)),
        )
    except UnhealthyError as error:
        raise JobFailedError(f"{_NO_PING}: {error.reason}") from error
    if work.is_stopping:
        # It may have been stopped before there was anything to stop.
        fleet.stop()
    return fleet
