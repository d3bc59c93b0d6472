"""Invokes a deployed function in a subprocess, under the function's role and nothing else."""

import contextlib
import hashlib
import io
import json
import shutil
import signal
import sys
import time
import uuid
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local_cloud import runtime
from local_cloud.credentials import RoleSession
from local_cloud.errors import NotEmulatedError
from local_cloud.faults import functions
from local_cloud.faults.plan import Fault
from local_cloud.lambda_ import sessions
from local_cloud.processes import Completed, JobProcess

_RUNNER = Path(__file__).with_name("runner.py")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an invocation gave.

    Args:
        payload: JSON text of the result or of the error.
        failed: True for a function error.
        logs: what the function printed.
    """

    payload: str
    failed: bool
    logs: str


def invoke(function: Any, event: Any, *, request_id: str | None = None) -> Outcome:
    """Run one invocation of a function that moto keeps.

    Args:
        function: moto's.
        event: any JSON value.
        request_id: of an invocation that is repeated; a new one otherwise.

    Raises:
        NotEmulatedError: the runtime is not Python, or there are layers.
        AccessDeniedError: the function's role does not trust Lambda.
        JobError: the process could not be started.
    """
    if not str(function.run_time).startswith("python"):
        raise NotEmulatedError(f"the local cloud runs python functions, got runtime {function.run_time!r}")
    if function.layers:
        raise NotEmulatedError("the local cloud runs functions without layers; put the libraries into the zip")
    running = runtime.current()
    request_id = request_id or str(uuid.uuid4())
    fault = functions.strike(function.function_name, account_id=function.function_arn.split(":")[4])
    session = sessions.of(function)
    stream = f"{datetime.now(UTC):%Y/%m/%d}/[$LATEST]{uuid.uuid4().hex}"
    # A repeated invocation may start before the files of the first are gone.
    scratch = running.settings.scratch_dir / f"lambda-{uuid.uuid4().hex}"
    try:
        (scratch / "tmp").mkdir(parents=True)
        code = _unpack(function.code_bytes)
        (scratch / "event.json").write_text(json.dumps(event), encoding="utf-8")
        started = time.monotonic()
        process = running.processes.start(
            functions.command(
                fault,
                [
                    sys.executable,
                    "-P",
                    str(_RUNNER),
                    str(code),
                    function.handler,
                    str(scratch / "event.json"),
                    str(scratch / "result.json"),
                    json.dumps(_context(function, request_id, stream)),
                ],
            ),
            environment=_environment(function, session.role, code=code, stream=stream, temporary=scratch / "tmp"),
            cwd=code,
            log=scratch / "log.txt",
        )
        completed = _wait(process, function, fault, result=scratch / "result.json")
        outcome = _outcome(function, scratch, request_id, completed)
        report = f"REPORT RequestId: {request_id}\tDuration: {(time.monotonic() - started) * 1000:.2f} ms"
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    start = f"START RequestId: {request_id} Version: {_version(function)}"
    logs = f"{start}\n{outcome.logs}END RequestId: {request_id}\n{report}\n"
    _write_logs(function, session.logs, stream, logs)
    return Outcome(payload=outcome.payload, failed=outcome.failed, logs=logs)


def _wait(process: JobProcess, function: Any, fault: Fault | None, *, result: Path) -> Completed:
    """Until the handler is done; its time is real, because its work is, unless a fault makes it idle."""
    limit = runtime.current().clock.countdown(float(function.timeout))
    if fault is None:
        return process.wait(timeout_seconds=float(function.timeout))
    if not functions.is_after(fault):
        return process.wait(limit=limit)
    process.wait(timeout_seconds=float(function.timeout))
    result.unlink(missing_ok=True)
    if fault.kind == "function_crash":
        return Completed(returncode=-signal.SIGKILL, timed_out=False, stopped=False)
    while not fault.released.wait(limit.next_look()) and not limit.is_over():
        pass
    return Completed(returncode=-signal.SIGTERM, timed_out=True, stopped=False)


def _outcome(function: Any, scratch: Path, request_id: str, completed: Completed) -> Outcome:
    logs = (scratch / "log.txt").read_text(encoding="utf-8", errors="replace")
    if logs and not logs.endswith("\n"):
        logs += "\n"
    result_file = scratch / "result.json"
    if completed.timed_out:
        words = f"Task timed out after {float(function.timeout):.2f} seconds"
        logs += f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ} {request_id} {words}\n"
        error = {"errorType": "Sandbox.Timedout", "errorMessage": f"RequestId: {request_id} Error: {words}"}
    elif not result_file.exists():
        words = f"RequestId: {request_id} Error: {_exit_reason(completed.returncode)}"
        logs += f"{words}\n"
        error = {"errorType": "Runtime.ExitError", "errorMessage": words}
    else:
        result = json.loads(result_file.read_text(encoding="utf-8"))
        if "payload" in result:
            return Outcome(payload=result["payload"], failed=False, logs=logs)
        error = {**result["error"], "requestId": request_id}
    return Outcome(payload=json.dumps(error), failed=True, logs=logs)


def _exit_reason(returncode: int) -> str:
    if returncode == 0:
        return "Runtime exited without providing a reason"
    if returncode < 0:
        return f"Runtime exited with error: signal: {str(signal.strsignal(-returncode)).lower()}"
    return f"Runtime exited with error: exit status {returncode}"


def _unpack(archive: bytes) -> Path:
    folder = runtime.current().settings.state_dir / "functions" / hashlib.sha256(archive).hexdigest()[:32]
    if not folder.exists():
        partial = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}")
        with zipfile.ZipFile(io.BytesIO(archive)) as content:
            content.extractall(partial)
        with contextlib.suppress(OSError):
            partial.rename(folder)
    return folder


def _version(function: Any) -> str:
    return str(function.version or "$LATEST")


def _context(function: Any, request_id: str, stream: str) -> dict[str, Any]:
    return {
        "aws_request_id": request_id,
        "function_name": function.function_name,
        "function_version": _version(function),
        "invoked_function_arn": function.function_arn,
        "memory_limit_in_mb": str(function.memory_size),
        "log_group_name": _log_group(function),
        "log_stream_name": stream,
        "timeout_seconds": float(function.timeout),
    }


def _environment(function: Any, session: RoleSession, *, code: Path, stream: str, temporary: Path) -> dict[str, str]:
    """Its own variables, and those that Lambda sets whatever they say.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    """
    return {
        **{str(key): str(value) for key, value in (function.environment_vars or {}).items()},
        **session.environment(),
        "_HANDLER": str(function.handler),
        "AWS_LAMBDA_FUNCTION_NAME": str(function.function_name),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_FUNCTION_VERSION": _version(function),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": _log_group(function),
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
        "LAMBDA_TASK_ROOT": str(code),
        "LAMBDA_RUNTIME_DIR": str(_RUNNER.parent),
        "TZ": ":UTC",
        "TMPDIR": str(temporary),
        "PYTHONUNBUFFERED": "1",
    }


def _log_group(function: Any) -> str:
    configuration = getattr(function, "logging_config", None) or {}
    return str(configuration.get("LogGroup") or f"/aws/lambda/{function.function_name}")


def _write_logs(function: Any, client: Any, stream: str, logs: str) -> None:
    group, now = _log_group(function), int(time.time() * 1000)
    # As on AWS a role without the grant loses its logs, and the invocation goes on.
    with contextlib.suppress(ClientError):
        client.create_log_stream(logGroupName=group, logStreamName=stream)
        client.put_log_events(
            logGroupName=group,
            logStreamName=stream,
            logEvents=[{"timestamp": now, "message": line} for line in logs.splitlines() if line],
        )
