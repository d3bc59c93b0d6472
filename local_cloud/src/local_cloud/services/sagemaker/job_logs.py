"""A job's log: a file for the operator, and a stream in CloudWatch Logs."""

import contextlib
import time

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.kernel import runtime
from local_cloud.kernel.credentials import RoleSession


def write(session: RoleSession, text: str, *, kind: str, group: str, job_name: str) -> None:
    """Keep a log.

    Args:
        session: the job's role, which may lack the grant: as on AWS its logs are lost then, and the job goes on.
        text: the whole log.
        kind: begins the file's name.
        group: log group.
        job_name: ends the file's name and begins the stream's.
    """
    keep = runtime.current().settings.log_dir / f"{kind}-{job_name}.log"
    keep.parent.mkdir(parents=True, exist_ok=True)
    keep.write_text(text, encoding="utf-8")
    client = session.client("logs")
    stream = f"{job_name}/algo-1-{int(time.time())}"
    # Nor does it matter to a job that a server which is busy does not take them.
    with contextlib.suppress(ClientError, BotoCoreError):
        with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
            client.create_log_group(logGroupName=group)
        client.create_log_stream(logGroupName=group, logStreamName=stream)
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line} for line in text.splitlines() if line]
        if events:
            client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
