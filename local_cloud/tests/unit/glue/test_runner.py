"""How runs end that do not end by themselves."""

import io
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from local_cloud.kernel import runtime
from local_cloud.kernel.clock import VirtualClock
from local_cloud.kernel.processes import ProcessSupervisor
from local_cloud.kernel.runtime import Runtime
from local_cloud.kernel.settings import Settings
from local_cloud.services.glue import runner as runner_module
from local_cloud.services.glue.coverage import Plan
from local_cloud.services.glue.error_message import last_exception
from local_cloud.services.glue.runner import RunnableJobRun

ENDLESS = b"import time\nprint('up', flush=True)\nwhile True: time.sleep(0.05)\n"


class Session:
    """A role session whose S3 holds one script and whose logs are denied."""

    class exceptions:  # noqa: N801  # boto3's name
        class ResourceAlreadyExistsException(Exception):  # noqa: N818  # AWS's name
            pass

    def __init__(self, script: bytes) -> None:
        self._script = script

    def client(self, _: str) -> "Session":
        return self

    def environment(self) -> dict[str, str]:
        return {"PATH": "/usr/bin:/bin"}

    def get_object(self, **_: str) -> dict[str, Any]:
        return {"Body": StreamingBody(io.BytesIO(self._script), len(self._script))}

    def create_log_group(self, **_: str) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "CreateLogGroup")


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    settings = Settings(state_dir=tmp_path)
    found = Runtime(settings=settings, clock=VirtualClock(), processes=ProcessSupervisor(settings.run_dir))
    monkeypatch.setattr(runtime, "_current", found)
    return found


def make(script: bytes, monkeypatch: pytest.MonkeyPatch, *, timeout_seconds: float = 60) -> RunnableJobRun:
    monkeypatch.setattr(runner_module, "assume_service_role", lambda *_, **__: Session(script))
    return RunnableJobRun(
        job_run_id="jr_1",
        job_name="etl",
        arguments={},
        timeout=1,
        glue_version="5.1",
        worker_type=None,
        number_of_workers=None,
        execution_class="STANDARD",
        plan=Plan(script="s3://scripts/s.py", extra_python=(), arguments={}),
        role_arn="r",
        job_arn="arn:aws:glue:us-east-1:111111111111:job/etl",
        region="us-east-1",
        timeout_seconds=timeout_seconds,
    )


def run_to_the_end(found: RunnableJobRun) -> None:
    found.start()
    work = runtime.current().background.find(found.key)
    assert work is None or work.wait(600)


@pytest.mark.usefixtures("running")
def test_a_script_whose_time_is_up_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    found = make(ENDLESS, monkeypatch, timeout_seconds=0.5)
    run_to_the_end(found)
    assert found.describe()["JobRunState"] == "TIMEOUT"
    assert "timeout of 1 minutes" in found.describe()["ErrorMessage"]
    assert not found.scratch.exists()


def test_a_stop_of_the_server_fails_the_run(running: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    found = make(ENDLESS, monkeypatch)
    found.start()
    work = running.background.find(found.key)
    assert work is not None
    while found.status == "STARTING" and not work.wait(0.05):
        pass
    running.stop()
    assert work.wait(600)
    assert found.status == "FAILED"
    assert found.error_message == "the local cloud was stopped during the run"


@pytest.mark.usefixtures("running")
def test_the_last_exception_line_is_the_error_and_denied_logs_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    found = make(b"raise ValueError('column x: 2 values')\n", monkeypatch)
    run_to_the_end(found)
    assert (found.status, found.error_message) == ("FAILED", "ValueError: column x: 2 values")
    assert "AccessDenied" in found.stderr.read_text()


def test_without_a_traceback_the_exit_code_is_the_error() -> None:
    assert last_exception("warning: x\n", returncode=-9) == "Command failed with exit code -9"
