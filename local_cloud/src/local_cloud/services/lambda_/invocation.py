"""Invokes a deployed function in an execution environment, under the function's role and nothing else."""

import contextlib
import hashlib
import io
import json
import signal
import time
import uuid
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.faults import functions
from local_cloud.faults.plan import Fault
from local_cloud.kernel import runtime
from local_cloud.kernel.credentials import RoleSession
from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.kernel.processes import Completed
from local_cloud.services.lambda_ import languages, sessions
from local_cloud.services.lambda_.sandboxes import Sandbox, Sandboxes

# Between lines that a runtime wants in one event of the log: what `lambda_node/console.mjs` writes.
_LINE_OF_SAME_EVENT = "\x1e"


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
        NotEmulatedError: its runtime does not run here.
        AccessDeniedError: the function's role does not trust Lambda.
        JobError: the process could not be started.
    """
    check(function)
    request_id = request_id or str(uuid.uuid4())
    fault = functions.strike(function.function_name, account_id=function.function_arn.split(":")[4])
    session = sessions.of(function)
    variables = _environment(function, session.role, code=_unpack(function.code_bytes))
    with runtime.current().of(Sandboxes).lend(variables) as sandbox:
        started = time.monotonic()
        answer = _serve(sandbox, function, event, _context(function, request_id, sandbox.log_stream), fault)
        report = f"REPORT RequestId: {request_id}\tDuration: {(time.monotonic() - started) * 1000:.2f} ms"
        outcome = _outcome(function, sandbox.output(), request_id, answer)
        start = f"START RequestId: {request_id} Version: {_version(function)}"
        logs = f"{start}\n{outcome.logs}END RequestId: {request_id}\n{report}\n"
        _write_logs(function, session.logs, sandbox, logs)
    return Outcome(payload=outcome.payload, failed=outcome.failed, logs=logs.replace(_LINE_OF_SAME_EVENT, "\n"))


def check(function: Any) -> None:
    """Look whether a function can run here at all.

    Raises:
        NotEmulatedError: its runtime does not run here.
    """
    if (reason := languages.refusal(str(function.run_time))) is not None:
        raise NotEmulatedError(f"{reason} (function {function.function_name})")


def _serve(
    sandbox: Sandbox, function: Any, event: Any, context: dict[str, Any], fault: Fault | None
) -> dict[str, Any] | Completed:
    """What the handler gave, or how its process ended; its time is real, because its work is, unless a fault idles."""
    seconds = float(function.timeout)
    if fault is None:
        return sandbox.run(event, context, seconds=seconds)
    if functions.is_after(fault):
        sandbox.run(event, context, seconds=seconds)
    if fault.kind == "function_crash":
        sandbox.process.kill()
        return sandbox.process.wait()
    limit = runtime.current().clock.countdown(seconds)
    while not fault.released.wait(limit.next_look()) and not limit.is_over():
        pass
    return sandbox.process.wait(timeout_seconds=0)


def _outcome(function: Any, logs: str, request_id: str, answer: dict[str, Any] | Completed) -> Outcome:
    if logs and not logs.endswith("\n"):
        logs += "\n"
    if not isinstance(answer, Completed):
        if "payload" in answer:
            return Outcome(payload=answer["payload"], failed=False, logs=logs)
        error = answer["error"]
    elif answer.timed_out:
        words = f"Task timed out after {float(function.timeout):.2f} seconds"
        logs += f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ} {request_id} {words}\n"
        error = {"errorType": "Sandbox.Timedout", "errorMessage": f"RequestId: {request_id} Error: {words}"}
    else:
        words = f"RequestId: {request_id} Error: {_exit_reason(answer.returncode)}"
        logs += f"{words}\n"
        error = {"errorType": "Runtime.ExitError", "errorMessage": words}
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
        # With the qualifier that was asked for; a copy that is made for the invocation has it.
        "invoked_function_arn": getattr(function, "invoked_arn", function.function_arn),
        "memory_limit_in_mb": str(function.memory_size),
        "log_group_name": _log_group(function),
        "log_stream_name": stream,
        "timeout_seconds": float(function.timeout),
    }


def _environment(function: Any, session: RoleSession, *, code: Path) -> dict[str, str]:
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
        **_log_settings(function),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
        "LAMBDA_TASK_ROOT": str(code),
        "TZ": ":UTC",
    }


def _log_settings(function: Any) -> dict[str, str]:
    """What a runtime reads of them.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html
    """
    configuration = getattr(function, "logging_config", None) or {}
    if configuration.get("LogFormat") != "JSON":
        return {}
    return {
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_LEVEL": str(configuration.get("ApplicationLogLevel") or "INFO"),
    }


def _log_group(function: Any) -> str:
    configuration = getattr(function, "logging_config", None) or {}
    return str(configuration.get("LogGroup") or f"/aws/lambda/{function.function_name}")


def _write_logs(function: Any, client: Any, sandbox: Sandbox, logs: str) -> None:
    group, now = _log_group(function), int(time.time() * 1000)
    # As on AWS a role without the grant loses its logs, and the invocation goes on.
    with contextlib.suppress(ClientError):
        if sandbox.is_cold:
            _make_stream(client, group, sandbox.log_stream)
        client.put_log_events(
            logGroupName=group,
            logStreamName=sandbox.log_stream,
            logEvents=[
                {"timestamp": now, "message": line.replace(_LINE_OF_SAME_EVENT, "\n")}
                for line in logs.split("\n")
                if line
            ],
        )


def _make_stream(client: Any, group: str, stream: str) -> None:
    # A function that has no group gets one: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
    try:
        client.create_log_stream(logGroupName=group, logStreamName=stream)
    except client.exceptions.ResourceNotFoundException:
        client.create_log_group(logGroupName=group)
        client.create_log_stream(logGroupName=group, logStreamName=stream)
