"""Invokes a deployed function in a subprocess, under the function's role and nothing else."""

import contextlib
import hashlib
import io
import json
import shutil
import sys
import time
import uuid
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local_cloud import runtime
from local_cloud.credentials import RoleSession, assume_service_role
from local_cloud.errors import NotEmulatedError

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


def invoke(function: Any, event: Any) -> Outcome:
    """Run one invocation of a function that moto keeps.

    Raises:
        NotEmulatedError: the runtime is not Python.
    """
    if not str(function.run_time).startswith("python"):
        raise NotEmulatedError(f"the local cloud runs python functions, got runtime {function.run_time!r}")
    running = runtime.current()
    request_id = str(uuid.uuid4())
    session = assume_service_role(
        function.role,
        service="lambda.amazonaws.com",
        session_name=function.function_name,
        region=function.region,
        source_arn=function.function_arn,
    )
    scratch = running.settings.scratch_dir / f"lambda-{request_id}"
    scratch.mkdir(parents=True)
    code = _unpack(function.code_bytes)
    (scratch / "event.json").write_text(json.dumps(event), encoding="utf-8")
    started = time.monotonic()
    process = running.processes.start(
        [
            sys.executable,
            str(_RUNNER),
            str(code),
            function.handler,
            str(scratch / "event.json"),
            str(scratch / "result.json"),
            json.dumps(_context(function, request_id)),
        ],
        environment=_environment(function, session, code),
        cwd=code,
        log=scratch / "log.txt",
    )
    completed = process.wait(timeout_seconds=float(function.timeout))
    outcome = _outcome(function, scratch, request_id, timed_out=completed.timed_out, returncode=completed.returncode)
    report = f"REPORT RequestId: {request_id}\tDuration: {(time.monotonic() - started) * 1000:.2f} ms"
    logs = f"START RequestId: {request_id}\n{outcome.logs}END RequestId: {request_id}\n{report}\n"
    _write_logs(function, session, request_id, logs)
    shutil.rmtree(scratch, ignore_errors=True)
    return Outcome(payload=outcome.payload, failed=outcome.failed, logs=logs)


def _outcome(function: Any, scratch: Path, request_id: str, *, timed_out: bool, returncode: int) -> Outcome:
    logs = (scratch / "log.txt").read_text(encoding="utf-8", errors="replace")
    result_file = scratch / "result.json"
    seconds = float(function.timeout)
    if timed_out:
        error = {
            "errorType": "Sandbox.Timedout",
            "errorMessage": f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds",
        }
    elif not result_file.exists():
        error = {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"RequestId: {request_id} Error: Runtime exited with error: exit status {returncode}",
        }
    else:
        result = json.loads(result_file.read_text(encoding="utf-8"))
        if "payload" in result:
            return Outcome(payload=result["payload"], failed=False, logs=logs)
        error = {**result["error"], "requestId": request_id}
    return Outcome(payload=json.dumps(error), failed=True, logs=logs)


def _unpack(archive: bytes) -> Path:
    folder = runtime.current().settings.state_dir / "functions" / hashlib.sha256(archive).hexdigest()[:32]
    if not folder.exists():
        partial = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}")
        with zipfile.ZipFile(io.BytesIO(archive)) as content:
            content.extractall(partial)
        with contextlib.suppress(OSError):
            partial.rename(folder)
    return folder


def _context(function: Any, request_id: str) -> dict[str, Any]:
    return {
        "aws_request_id": request_id,
        "function_name": function.function_name,
        "function_version": "$LATEST",
        "invoked_function_arn": function.function_arn,
        "memory_limit_in_mb": str(function.memory_size),
        "log_group_name": _log_group(function),
        "log_stream_name": request_id,
        "timeout_seconds": float(function.timeout),
    }


def _environment(function: Any, session: RoleSession, code: Path) -> dict[str, str]:
    return {
        **session.environment(),
        **{str(key): str(value) for key, value in (function.environment_vars or {}).items()},
        "AWS_LAMBDA_FUNCTION_NAME": str(function.function_name),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
        "LAMBDA_TASK_ROOT": str(code),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _log_group(function: Any) -> str:
    configuration = getattr(function, "logging_config", None) or {}
    return str(configuration.get("LogGroup") or f"/aws/lambda/{function.function_name}")


def _write_logs(function: Any, session: RoleSession, request_id: str, logs: str) -> None:
    client = session.client("logs")
    group, now = _log_group(function), int(time.time() * 1000)
    # As on AWS a role without the grant loses its logs, and the invocation goes on.
    with contextlib.suppress(ClientError):
        client.create_log_stream(logGroupName=group, logStreamName=request_id)
        client.put_log_events(
            logGroupName=group,
            logStreamName=request_id,
            logEvents=[{"timestamp": now, "message": line} for line in logs.splitlines() if line],
        )
