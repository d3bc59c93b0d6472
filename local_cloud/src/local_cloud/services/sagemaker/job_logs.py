"""A job's log: a file for the operator, and a stream in CloudWatch Logs."""

import contextlib
import itertools
import time
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.kernel import runtime
from local_cloud.kernel.credentials import RoleSession

_FIRST_HOST = "algo-1"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Whose log it is.

    Args:
        kind: begins the file's name.
        group: log group.
        job_name: follows in the file's name and begins the stream's.
        host: of the job; the first one's file has no name of it.
        stream: the stream's whole name; empty for one after the job and the host.
    """

    kind: str
    group: str
    job_name: str
    host: str = _FIRST_HOST
    stream: str = ""

    @property
    def file(self) -> str:
        """The name of the operator's file."""
        return "-".join([self.kind, self.job_name, *([] if self.host == _FIRST_HOST else [self.host])]) + ".log"


def write(session: RoleSession, text: str, place: Place, *, attempt: int) -> None:
    """Keep a log.

    Args:
        session: the job's role, which may lack the grant: as on AWS its logs are lost then, and the job goes on.
        text: the whole log of one container.
        place: whose it is.
        attempt: 1, or more after an interruption; the file has the logs of all, and each has a stream of its own.
    """
    keep = runtime.current().settings.log_dir / place.file
    keep.parent.mkdir(parents=True, exist_ok=True)
    with keep.open("w" if attempt == 1 else "a", encoding="utf-8") as file:
        file.write(text)
    client = session.client("logs")
    # Nor does it matter to a job that a server which is busy does not take them.
    with contextlib.suppress(ClientError, BotoCoreError):
        with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
            client.create_log_group(logGroupName=place.group)
        for second in itertools.count(int(time.time())):
            stream = place.stream or f"{place.job_name}/{place.host}-{second}"
            # An interrupted job's containers may start within one second.
            with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
                client.create_log_stream(logGroupName=place.group, logStreamName=stream)
                break
            if place.stream:
                break
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line} for line in text.splitlines() if line]
        if events:
            client.put_log_events(logGroupName=place.group, logStreamName=stream, logEvents=events)
