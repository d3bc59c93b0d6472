"""Runs a Glue job on local Spark, in a process of its own under the job's role."""

import contextlib
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from botocore.exceptions import ClientError
from moto.core.utils import utcnow

from local_cloud import runtime
from local_cloud.credentials import RoleSession, assume_service_role
from local_cloud.errors import LocalCloudError
from local_cloud.glue import java, staging
from local_cloud.processes import JobProcess

_SHIM = Path(__file__).with_name("shim")
_processes: dict[str, JobProcess] = {}


class RunFailedError(LocalCloudError):
    """The script failed; the message is its last exception."""


def start(job: Any, run: Any) -> None:
    """Run in the background; the run's state follows."""
    threading.Thread(target=_run, args=(job, run), name=f"glue-{run.job_run_id}", daemon=True).start()


def stop(run: Any) -> None:
    """Stop a run that is under way."""
    run.lc_state = "STOPPING"
    process = _processes.get(run.job_run_id)
    if process is not None:
        process.stop()


def _run(job: Any, run: Any) -> None:
    scratch = runtime.current().settings.scratch_dir / run.job_run_id
    region = job.backend.region_name
    try:
        session = assume_service_role(
            job.role if job.role.startswith("arn:") else f"arn:aws:iam::{job.backend.account_id}:role/{job.role}",
            service="glue.amazonaws.com",
            session_name=f"GlueJobRunnerSession-{run.job_run_id[:24]}",
            region=region,
            source_arn=job.arn,
        )
        run.lc_state = "RUNNING"
        try:
            _execute(job, run, session, scratch)
        finally:
            _write_logs(run, session, scratch / "log.txt")
        run.lc_state = "STOPPED" if run.lc_state == "STOPPING" else "SUCCEEDED"
    except TimeoutError:
        run.lc_state = "TIMEOUT"
    except (LocalCloudError, ClientError, OSError) as error:
        run.lc_error = str(error)
        run.lc_state = "STOPPED" if run.lc_state == "STOPPING" else "FAILED"
    finally:
        run.completed_on = run.modified_on = utcnow()
        _processes.pop(run.job_run_id, None)
        shutil.rmtree(scratch, ignore_errors=True)


def _execute(job: Any, run: Any, session: RoleSession, scratch: Path) -> None:
    root = scratch / "s3"
    root.mkdir(parents=True)
    client = session.client("s3")
    arguments = {"--JOB_NAME": job.name, **(run.arguments or {})}
    script = _script(client, job.command["ScriptLocation"], scratch)
    stage = staging.download(root, staging.prefixes(str(value) for value in arguments.values()), client)
    configuration = scratch / "conf"
    configuration.mkdir()
    settings = staging.spark_configuration(stage, scratch)
    (configuration / "spark-defaults.conf").write_text(
        "".join(f"{name} {value}\n" for name, value in settings.items()), encoding="utf-8"
    )
    # Glue passes a flag without a value as its name alone.
    argv = [part for name, value in arguments.items() for part in ([name, str(value)] if value != "" else [name])]
    process = runtime.current().processes.start(
        [sys.executable, str(script), *argv],
        environment=session.environment()
        | {
            "JAVA_HOME": str(java.home()),
            "SPARK_CONF_DIR": str(configuration),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_PYTHON": sys.executable,
            "PYTHONPATH": str(_SHIM),
            "PYTHONUNBUFFERED": "1",
            "HOME": str(scratch),
        },
        cwd=scratch,
        log=scratch / "log.txt",
    )
    _processes[run.job_run_id] = process
    completed = process.wait(timeout_seconds=float(run.timeout or job.timeout or 480) * 60)
    if completed.timed_out:
        raise TimeoutError
    if completed.returncode != 0:
        raise RunFailedError(_last_error(scratch / "log.txt", completed.returncode))
    staging.upload(stage)


def _script(client: Any, location: str, scratch: Path) -> Path:
    parsed = urlparse(location)
    script = scratch / "script.py"
    script.write_bytes(client.get_object(Bucket=parsed.netloc, Key=parsed.path.lstrip("/"))["Body"].read())
    return script


def _last_error(log: Path, returncode: int) -> str:
    """The last line of the last traceback, which is what Glue shows as ErrorMessage."""
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    starts = [index for index, line in enumerate(lines) if line.startswith("Traceback (most recent call last)")]
    if starts:
        for line in lines[starts[-1] + 1 :]:
            if not line.startswith((" ", "\t")):
                return line[:1024]
    return f"the script ended with exit code {returncode}: {' | '.join(lines[-3:])}"[:1024]


def _write_logs(run: Any, session: RoleSession, log: Path) -> None:
    if not log.exists():
        return
    text = log.read_text(encoding="utf-8", errors="replace")
    keep = runtime.current().settings.log_dir / f"glue-{run.job_name}-{run.job_run_id[:16]}.log"
    keep.parent.mkdir(parents=True, exist_ok=True)
    keep.write_text(text, encoding="utf-8")
    client, group, stream = session.client("logs"), "/aws-glue/jobs/output", run.job_run_id
    # As on AWS a role without the grant loses its logs, and the run goes on.
    with contextlib.suppress(ClientError):
        with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
            client.create_log_group(logGroupName=group)
        client.create_log_stream(logGroupName=group, logStreamName=stream)
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line} for line in text.splitlines()[-500:] if line]
        if events:
            client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
