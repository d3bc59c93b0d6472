"""The private folder of a build, and how a command runs in it.

Each command is a script of its own that begins where the last one ended: in its folder, with its variables, all of
which are exported (`set -a`). That is how CodeBuild's agent gives all commands of version 0.2 one shell, as its error
messages show (``/codebuild/output/tmp/script.sh: line 4: ...``).

References:
    https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-cmd.html
    https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#build-spec-ref-versions
"""

import json
import os
import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from local_cloud.faults import jobs
from local_cloud.faults.plan import Fault
from local_cloud.kernel import runtime
from local_cloud.kernel.clock import Countdown
from local_cloud.kernel.processes import JobProcess, exit_code
from local_cloud.kernel.work import Work
from local_cloud.services.codebuild import image
from local_cloud.services.codebuild.errors import PhaseError, StoppedError, TimedOutError
from local_cloud.services.codebuild.image import Image

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECONDS_FOR_A_QUESTION = 300.0


class Container:
    """One build's.

    Args:
        root: a new folder.
        image: what it is made of.
        log: takes what commands write.
        work: of the build.
        limit: of the build's time.
        fault: that befalls its commands; None for none.
    """

    def __init__(
        self, root: Path, image_: Image, *, log: Path, work: Work, limit: Countdown, fault: Fault | None = None
    ) -> None:
        self._fault = fault
        self.root, self._image, self._log, self._work, self._limit = root, image_, log, work, limit
        self._output = root / "codebuild" / "output"
        self._tmp = self._output / "tmp"
        self.home = root / "root"
        self._shell, self._keeps = "sh", True
        self._outside: dict[str, str] = {}
        self._processes: list[JobProcess] = []

    def make(self) -> None:
        """Make its folders, its Python and its npm."""
        for folder in (self._tmp, self.home, self.root / "tmp", self._npm / "bin"):
            folder.mkdir(parents=True)
        image.lend_python(self._python)

    @property
    def _python(self) -> Path:
        return self.root / "python"

    @property
    def _npm(self) -> Path:
        return self.root / "npm"

    def source(self, index: int, count: int) -> Path:
        """The folder of a source.

        Args:
            index: 0 for the primary one.
            count: of all sources.
        """
        place = self._output / "src" / "src"
        return place if count == 1 else place / "s3" / f"{index:02}"

    @property
    def scratch(self) -> Path:
        """For what is no business of the build."""
        return self._tmp

    def enter(self, folder: Path, variables: Mapping[str, str], *, shell: str, keeps: bool) -> None:
        """Say where the first command begins, and with which variables.

        Args:
            folder: where.
            variables: which, beside the machine's.
            shell: ``sh`` or ``bash``.
            keeps: whether commands take over what others left.
        """
        self._shell, self._keeps = shell, keeps
        everything = {
            "PATH": os.pathsep.join(map(str, (self._python / "bin", self._npm / "bin", self._image.folder))),
            "TMPDIR": str(self.root / "tmp"),
            "NPM_CONFIG_PREFIX": str(self._npm),
            "NPM_CONFIG_UPDATE_NOTIFIER": "false",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            **variables,
            "HOME": str(self.home),
        }
        # What no shell can name is handed to the process itself.
        self._outside = {name: value for name, value in everything.items() if not _NAME.fullmatch(name)}
        lines = [
            f"export {name}={shlex.quote(value)}\n" for name, value in everything.items() if name not in self._outside
        ]
        (self._tmp / "env.sh").write_text("".join(lines), encoding="utf-8")
        (self._tmp / "dir.txt").write_text(f"{folder}\n", encoding="utf-8")

    def run(self, command: str, changes: Mapping[str, str]) -> int:
        """Run a command; gives its exit code.

        Args:
            command: in the shell's language.
            changes: variables that are set anew before it.

        Raises:
            StoppedError: somebody stopped the build.
            TimedOutError: its time is up.
            JobError: the process cannot be started.
        """
        if self._work.is_stopping:
            raise StoppedError
        tmp = shlex.quote(str(self._tmp))
        exports = "".join(f"export {name}={shlex.quote(value)}; " for name, value in changes.items())
        keep = (
            f"CODEBUILD_LAST_EXIT=$?\nexport -p > {tmp}/env.sh\npwd > {tmp}/dir.txt\nexit $CODEBUILD_LAST_EXIT\n"
            if self._keeps
            else ""
        )
        script = self._tmp / "script.sh"
        # The empty line ends a command whose last character is a backslash, which would take in what follows.
        script.write_text(
            f'cd "$(cat {tmp}/dir.txt)"\n. {tmp}/env.sh; {exports}\nset -a\n{command}\n\n{keep}', encoding="utf-8"
        )
        process = runtime.current().processes.start(
            jobs.command(self._fault, [self._shell_path(), str(script)]),
            environment=self._outside,
            cwd=self.root,
            log=self._log,
        )
        self._processes.append(process)
        self._work.hold(process)
        if jobs.crashes(self._fault):
            return exit_code(jobs.crash(process, self._log).returncode)
        completed = process.wait(limit=self._limit)
        if completed.timed_out:
            raise TimedOutError
        if completed.stopped or self._work.is_stopping:
            raise StoppedError
        return exit_code(completed.returncode)

    def close(self) -> None:
        """End what commands left running in the background, which goes on from command to command, and no longer."""
        for process in self._processes:
            runtime.current().processes.kill(process)

    def variables(self) -> dict[str, str]:
        """Variables as the last command left them.

        Raises:
            PhaseError, StoppedError, JobError: see `evaluate`.
        """
        ask = "import json, os; print(json.dumps(dict(os.environ)))"
        answer = self._ask(f"exec {shlex.quote(sys.executable)} -I -c {shlex.quote(ask)}", what="variables")
        return dict(json.loads(answer))

    def evaluate(self, text: str) -> str:
        """A name in the shell's language, as the shell reads it.

        Raises:
            PhaseError: the shell cannot read it.
            StoppedError: somebody stopped the build.
            JobError: the process cannot be started.
        """
        return self._ask(f'printf %s "{text}"', what=f"name {text}")

    def _ask(self, command: str, *, what: str) -> str:
        tmp, answer = shlex.quote(str(self._tmp)), self._tmp / "answer.txt"
        answer.unlink(missing_ok=True)
        # A folder that the build removed is no answer.
        text = f'cd "$(cat {tmp}/dir.txt)" 2> /dev/null; . {tmp}/env.sh; {command}'
        process = runtime.current().processes.start(
            [self._shell_path(), "-c", text], environment=self._outside, cwd=self.root, log=answer
        )
        self._work.hold(process)
        completed = process.wait(timeout_seconds=_SECONDS_FOR_A_QUESTION)
        if completed.stopped:
            raise StoppedError
        found = answer.read_text(encoding="utf-8", errors="replace")
        if completed.timed_out or completed.returncode:
            raise PhaseError("CLIENT_ERROR", f"the shell cannot tell the {what}: {found.strip() or 'its time was up'}")
        return found

    def _shell_path(self) -> str:
        return str(self._image.folder / self._shell)
