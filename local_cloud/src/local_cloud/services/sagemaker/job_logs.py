"""A job's log: a file for the operator, and a stream in CloudWatch Logs."""

import contextlib
import itertools
import time
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.kernel import runtime
from local_cloud.kernel.credentials import RoleSession

_FIRST_HOST = "algo-1"

def write(session: RoleSession, text: str, *, kind: str, group: str, job_name: str, stream: str | None = None) -> None:
    """Keep a log.

    Args:
        session: the job's role, which may lack the grant: as on AWS its logs are lost then, and the job goes on.
        text: the whole log.
        kind: begins the file's name.
        group: log group.
        job_name: ends the file's name and begins the stream's.
        stream: the stream's whole name; None for that of a job with one container.
    """
    keep = runtime.current().settings.log_dir / place.file
    keep.parent.mkdir(parents=True, exist_ok=True)
    with keep.open("w" if attempt == 1 else "a", encoding="utf-8") as file:
        file.write(text)
    client = session.client("logs")
    stream = stream or f"{job_name}/algo-1-{int(time.time())}"
    # Nor does it matter to a job that a server which is busy does not take them.
    with contextlib.suppress(ClientError, BotoCoreError):
        with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
            client.create_log_group(logGroupName=place.group)
        for second in itertools.count(int(time.time())):
            stream = f"{place.job_name}/{place.host}-{second}"
            # An interrupted job's containers may start within one second.
            with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
                client.create_log_stream(logGroupName=place.group, logStreamName=stream)
                break
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line} for line in text.splitlines() if line]
        if events:
            client.put_log_events(logGroupName=place.group, logStreamName=stream, logEvents=events)
