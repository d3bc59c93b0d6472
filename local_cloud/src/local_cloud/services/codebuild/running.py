"""Takes a build through its phases.

A build fails at once where one of the first phases, INSTALL or PRE_BUILD fails; after BUILD, POST_BUILD runs however
it ended, and UPLOAD_ARTIFACTS is attempted.

Reference: https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
"""

import contextlib
import shutil
from collections.abc import Callable, Mapping

from local_cloud.faults import jobs
from local_cloud.faults.plan import Fault
from local_cloud.kernel import runtime
from local_cloud.kernel.credentials import RoleSession
from local_cloud.kernel.errors import JobError, NotEmulatedError
from local_cloud.kernel.work import Work
from local_cloud.services.codebuild import (
    artifacts,
    buildspec,
    cache,
    image,
    progress,
    runtimes,
    service_role,
    sources,
    specification,
    surroundings,
    variables,
)
from local_cloud.services.codebuild.buildspec import BuildSpec, Phase
from local_cloud.services.codebuild.container import Container
from local_cloud.services.codebuild.errors import PhaseError, StoppedError, TimedOutError
from local_cloud.services.codebuild.log import Log
from local_cloud.services.codebuild.record import (
    DOWNLOAD_SOURCE,
    FINALIZING,
    PROVISIONING,
    QUEUED,
    SUBMITTED,
    UPLOAD_ARTIFACTS,
    BuildRecord,
)

# Phases whose failure ends the build, unless the specification says `on-failure: CONTINUE`.
_ENDING = {"install", "pre_build"}


class Run:
    """One run of a build.

    Args:
        build: that runs.
        work: tells whether somebody stops it.
        interrupted: why it failed if the server stops.
    """

    def __init__(self, build: BuildRecord, work: Work, *, interrupted: str) -> None:
        self._build, self._work, self._interrupted = build, work, interrupted
        self._definition, self._order = build.definition, build.order
        self._limit = runtime.current().clock.countdown(60.0 * self._definition["timeoutInMinutes"])
        self._root = runtime.current().settings.scratch_dir / "codebuild" / build.uuid
        self._succeeding = True
        self._log: Log | None = None
        self._session: RoleSession | None = None
        self._container: Container | None = None
        self._spec = BuildSpec()
        self._fault: Fault | None = None
        self._folder = self._root

    @property
    def log(self) -> Log:
        """Of the build."""
        assert self._log is not None  # noqa: S101  # made in the first phase
        return self._log

    @property
    def session(self) -> RoleSession:
        """Of the project's role."""
        assert self._session is not None  # noqa: S101  # made in the first phase
        return self._session

    @property
    def container(self) -> Container:
        """Of the build."""
        assert self._container is not None  # noqa: S101  # made while it is provisioned
        return self._container

    def run(self) -> None:
        """All phases that the build gets to."""
        status = "FAILED"
        try:
            status = "SUCCEEDED" if self._run() else "FAILED"
        except StoppedError:
            if runtime.current().processes.is_closed:
                raise JobError(self._interrupted) from None
            status = "STOPPED"
        except TimedOutError:
            status = "TIMED_OUT"
        finally:
            if self._container is not None:
                self._container.close()
            if self._log is not None:
                self._log.close()
            # Nobody waits for that: there are tens of thousands of files in some.
            try:
                runtime.current().background.start(f"{self._build.arn} files", lambda _: self._remove())
            except JobError:
                # Without a thread it takes its time here; how the build ended is another matter.
                self._remove()
        progress.complete(self._build, status)

    def _remove(self) -> None:
        shutil.rmtree(self._root, ignore_errors=True)

    def _run(self) -> bool:
        for phase, do in ((SUBMITTED, self._submit), (QUEUED, self._queue), (PROVISIONING, self._provision)):
            if not self._phase(phase, do):
                return False
        if self._phase(DOWNLOAD_SOURCE, self._download) and self._run_commands():
            if not self._phase(UPLOAD_ARTIFACTS, self._upload):
                self._succeeding = False
        else:
            self._succeeding = False
        self._phase(FINALIZING, self._save_cache)
        return self._succeeding

    def _run_commands(self) -> bool:
        """The phases of the specification; whether the build gets to its artifacts."""
        for name in buildspec.PHASES:
            phase = self._spec.phases.get(name, Phase())
            if self._phase(name.upper(), lambda name=name, phase=phase: self._commands(name, phase)):  # type: ignore[misc]  # the defaults bind the loop's values
                continue
            self._succeeding = False
            goes_on = phase.on_failure == "CONTINUE" if phase.on_failure else name not in _ENDING
            if not goes_on:
                self._read_exports()
                return False
        self._read_exports()
        return True

    def _phase(self, phase: str, do: Callable[[], None]) -> bool:
        """Whether it succeeded."""
        build = self._build
        if build.current.type != phase:
            build.enter(phase)
        try:
            self._check_goes_on()
            do()
        except StoppedError:
            if not runtime.current().processes.is_closed:
                progress.leave(build, "STOPPED")
            raise
        except TimedOutError:
            self._ended(phase, "TIMED_OUT", ("BUILD_TIMED_OUT", "Build has timed out. "))
            raise
        except PhaseError as error:
            self._ended(phase, "FAILED", (error.code, error.message))
            return False
        except NotEmulatedError as error:
            self._ended(phase, "FAILED", ("NotEmulated", str(error)))
            return False
        self._ended(phase, "SUCCEEDED", None)
        return True

    def _check_goes_on(self) -> None:
        if self._work.is_stopping:
            raise StoppedError
        if self._limit.is_over():
            raise TimedOutError

    def _ended(self, phase: str, status: str, context: tuple[str, str] | None) -> None:
        if self._log is not None and phase not in {SUBMITTED, QUEUED, PROVISIONING, FINALIZING}:
            code, message = context or ("", "")
            self._log.say(f"Phase complete: {phase} State: {status}")
            self._log.say(f"Phase context status code: {code} Message: {message}")
        progress.leave(self._build, status, *([context] if context else []))

    def _submit(self) -> None:
        self._session = service_role.take(self._build)
        self._log = service_role.open_log(self._build, self._session)

    def _queue(self) -> None:
        """Nobody waits here: builds share this machine."""

    def _provision(self) -> None:
        lent = image.of_server()
        name = self._definition["environment"]["image"]
        self.log.say(f"The local cloud runs this build as a process of this machine, which stands in for {name}")
        self.log.say(f"Python {lent.python} and Node {lent.node or '(none)'} of this machine, with its packages")
        for note in lent.notes:
            self.log.say(note)
        self._fault = jobs.strike("build", name=self._order.project, account_id=self._order.account_id)
        if reason := jobs.failure_reason(self._fault, "build", kind="job_failure"):
            raise PhaseError("INTERNAL_SERVICE_ERROR", reason)
        self._container = Container(
            self._root, lent, log=self.log.file, work=self._work, limit=self._limit, fault=self._fault
        )
        self._container.make()

    def _download(self) -> None:
        self.log.say("Phase is DOWNLOAD_SOURCE")
        found = sources.of_build(self._definition, self._order)
        folders = {}
        for index, item in enumerate(found):
            folder = self.container.source(index, len(found))
            sources.download(item, folder, self.session)
            folders[item.variable] = str(folder)
            self.log.say(f"{item.variable}={folder}")
            if index == 0:
                self._folder = folder
                # Of a source in S3 there is none.
                self._build.resolved_source_version = self._order.source_version
        self._spec = specification.read(self._definition, self._folder, self.session, say=self.log.say)
        self.log.say("Processing environment variables")
        declared = self._definition["environment"].get("environmentVariables") or []
        own = variables.resolve(self._spec, declared, self.session)
        if not self._spec.runtimes:
            self.log.say("No runtime version selected in buildspec.")
        for line in runtimes.selected(self._spec.runtimes, image.of_server()):
            self.log.say(line)
        self.log.say(f"Moving to directory {self._folder}")
        self.container.enter(
            self._folder,
            {**surroundings.given(self.session), **own, **folders, **surroundings.told(self._build)},
            shell=self._spec.shell,
            keeps=self._spec.version != "0.1",
        )
        self._restore_cache()
        self.log.say(f"Phases found in YAML: {len(self._spec.phases)}")
        for name, phase in self._spec.phases.items():
            self.log.say(f" {name.upper()}: {len(phase.commands)} commands")

    @property
    def _caches(self) -> bool:
        kept = self._definition["cache"]
        return kept["type"] == "LOCAL" and "LOCAL_CUSTOM_CACHE" in (kept.get("modes") or [])

    def _restore_cache(self) -> None:
        if not self._caches:
            return
        for path in cache.refused(self._spec.cache_paths):
            self.log.say(f"The local cloud does not keep {path}, which lies outside of the build's own folders")
        kept = cache.folder(self._build.project_arn)
        if cache.restore(kept, source=self._folder, home=self.container.home):
            self.log.say("Restored the local cache")

    def _save_cache(self) -> None:
        if self._caches and self._spec.cache_paths:
            paths = [path for path in self._spec.cache_paths if not cache.refused([path])]
            kept = cache.folder(self._build.project_arn)
            cache.save(kept, paths, source=self._folder, home=self.container.home)

    def _commands(self, name: str, phase: Phase) -> None:
        self.log.say(f"Entering phase {name.upper()}")
        problem: PhaseError | None = None
        for commands in (phase.commands, phase.last):
            for command in commands:
                try:
                    self._command(command, succeeding=self._succeeding and problem is None)
                except PhaseError as error:
                    problem = problem or error
                    break
        if problem is not None:
            raise problem

    def _command(self, command: str, *, succeeding: bool) -> None:
        self.log.say(f"Running command {command}")
        code = self.container.run(command, {"CODEBUILD_BUILD_SUCCEEDING": "1" if succeeding else "0"})
        # What a command wrote last may have no end of line.
        self._end_line()
        if code:
            self.log.say(f"Command did not exit successfully {command} exit status {code}")
            raise PhaseError(
                "COMMAND_EXECUTION_ERROR", f"Error while executing command: {command}. Reason: exit status {code}"
            )

    def _end_line(self) -> None:
        with self.log.file.open("rb") as file, contextlib.suppress(OSError):
            file.seek(-1, 2)
            if file.read(1) not in {b"\n", b""}:
                self.log.write("\n")

    def _read_exports(self) -> None:
        if not self._spec.exported:
            return
        found: Mapping[str, str] = self.container.variables()
        self._build.exported_variables = {name: found[name] for name in self._spec.exported if name in found}

    def _upload(self) -> None:
        for target in artifacts.targets(self._definition, self._order, self._build.uuid):
            self.log.say("Expanding base directory path and file paths of artifacts")
            uploaded = artifacts.upload(
                self._spec,
                target,
                folder=self._folder,
                scratch=self.container.scratch,
                session=self.session,
                evaluate=self.container.evaluate,
            )
            self._build.uploaded.append(uploaded)
        if lost := jobs.failure_reason(self._fault, "build", kind="partial_upload"):
            raise PhaseError("INTERNAL_SERVICE_ERROR", lost)
