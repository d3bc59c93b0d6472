"""Takes a build through its phases.

A build fails at once where one of the first phases, INSTALL or PRE_BUILD fails; after BUILD, POST_BUILD runs however
it ended, and UPLOAD_ARTIFACTS is attempted.

Reference: https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
"""

import contextlib
import shutil
from collections.abc import Callable, Mapping

from botocore.exceptions import ClientError

from local_cloud.kernel import runtime
from local_cloud.kernel.credentials import RoleSession, assume_service_role
from local_cloud.kernel.errors import AccessDeniedError, JobError, NotEmulatedError
from local_cloud.kernel.work import Work
from local_cloud.services.codebuild import artifacts, buildspec, cache, image, sources, variables
from local_cloud.services.codebuild.build import (
    DOWNLOAD_SOURCE,
    FINALIZING,
    PROVISIONING,
    QUEUED,
    SUBMITTED,
    UPLOAD_ARTIFACTS,
    Build,
    epoch,
)
from local_cloud.services.codebuild.buildspec import BuildSpec, Phase
from local_cloud.services.codebuild.container import Container
from local_cloud.services.codebuild.errors import PhaseError, StoppedError, TimedOutError
from local_cloud.services.codebuild.log import Log

_DEFAULT_FILE = "buildspec.yml"
_BUCKET_ARN = "arn:aws:s3:::"
# Phases whose failure ends the build, unless the specification says `on-failure: CONTINUE`.
_ENDING = {"install", "pre_build"}


class Run:
    """One run of a build.

    Args:
        build: that runs.
        work: tells whether somebody stops it.
    """

    def __init__(self, build: Build, work: Work) -> None:
        self._build, self._work = build, work
        self._definition, self._order = build.definition, build.order
        self._limit = runtime.current().clock.countdown(60.0 * self._definition["timeoutInMinutes"])
        self._root = runtime.current().settings.scratch_dir / "codebuild" / build.uuid
        self._succeeding = True
        self._log: Log | None = None
        self._session: RoleSession | None = None
        self._container: Container | None = None
        self._spec = BuildSpec()
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
                raise JobError(self._build.INTERRUPTED) from None
            status = "STOPPED"
        except TimedOutError:
            status = "TIMED_OUT"
        finally:
            if self._log is not None:
                self._log.close()
            shutil.rmtree(self._root, ignore_errors=True)
        self._build.complete(status)

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
            if self._work.is_stopping:
                raise StoppedError
            if self._limit.is_over():
                raise TimedOutError
            do()
        except StoppedError:
            if not runtime.current().processes.is_closed:
                build.leave("STOPPED")
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

    def _ended(self, phase: str, status: str, context: tuple[str, str] | None) -> None:
        if self._log is not None and phase not in {SUBMITTED, QUEUED, PROVISIONING, FINALIZING}:
            code, message = context or ("", "")
            self._log.say(f"Phase complete: {phase} State: {status}")
            self._log.say(f"Phase context status code: {code} Message: {message}")
        self._build.leave(status, *([context] if context else []))

    def _submit(self) -> None:
        build, role = self._build, str(self._definition["serviceRole"])
        try:
            self._session = assume_service_role(
                role,
                service="codebuild.amazonaws.com",
                session_name=f"AWSCodeBuild-{build.uuid}",
                region=self._order.region,
                source_arn=build.project_arn,
            )
        except AccessDeniedError as error:
            raise PhaseError(
                "ACCESS_DENIED",
                f"CodeBuild is not authorized to perform: sts:AssumeRole on service role {role}: {error}",
            ) from error
        file = runtime.current().settings.log_dir / f"codebuild-{self._order.project}-{build.uuid}.log"
        client = self._session.client("logs") if build.log_group is not None else None
        log = Log(file, client=client, group=build.log_group or "", stream=build.log_stream)
        try:
            log.open()
        except ClientError as error:
            raise PhaseError(
                "ACCESS_DENIED",
                f"Service role {role} does not allow AWS CodeBuild to create Amazon CloudWatch Logs log streams for"
                f" build {build.arn}. Error message: {error.response['Error']['Message']}",
            ) from error
        self._log = log

    def _queue(self) -> None:
        """Nobody waits here: builds share this machine."""

    def _provision(self) -> None:
        lent = image.of_server()
        name = self._definition["environment"]["image"]
        self.log.say(f"The local cloud runs this build as a process of this machine, which stands in for {name}")
        self.log.say(f"Python {lent.python} and Node {lent.node or '(none)'} of this machine, with its packages")
        for note in lent.notes:
            self.log.say(note)
        self._container = Container(self._root, lent, log=self.log.file, work=self._work, limit=self._limit)
        self._container.make()

    def _download(self) -> None:
        self.log.say("Phase is DOWNLOAD_SOURCE")
        found = sources.of_build(self._definition, self._order)
        folders = {}
        for index, item in enumerate(found):
            folder = self.container.source(index, len(found))
            version = sources.download(item, folder, self.session)
            folders[item.variable] = str(folder)
            self.log.say(f"{item.variable}={folder}")
            if index == 0:
                self._folder = folder
                self._build.resolved_source_version = self._order.source_version or version
        self._spec = self._read_spec()
        self.log.say("Processing environment variables")
        declared = self._definition["environment"].get("environmentVariables") or []
        own = variables.resolve(self._spec, declared, self.session)
        self._check_runtimes()
        self.log.say(f"Moving to directory {self._folder}")
        self.container.enter(
            self._folder,
            {**self._given(), **own, **folders, **self._told()},
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

    def _read_spec(self) -> BuildSpec:
        given = str(self._definition["source"].get("buildspec") or "").strip() or _DEFAULT_FILE
        if buildspec.is_inline(given):
            self.log.say("YAML location is /codebuild/readonly/buildspec.yml")
            return buildspec.parse(given)
        if given.startswith(_BUCKET_ARN):
            bucket, _, key = given.removeprefix(_BUCKET_ARN).partition("/")
            self.log.say(f"YAML location is {given}")
            try:
                text = self.session.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
            except ClientError as error:
                raise PhaseError("YAML_FILE_ERROR", variables.told(error)) from error
            return buildspec.parse(text)
        file = self._folder / given
        if not file.is_file():
            raise PhaseError("YAML_FILE_ERROR", f"stat {file}: no such file or directory")
        self.log.say(f"YAML location is {file}")
        return buildspec.parse(file.read_text(encoding="utf-8"))

    def _check_runtimes(self) -> None:
        lent = image.of_server()
        here = {"python": lent.python, "nodejs": lent.node}
        if not self._spec.runtimes:
            self.log.say("No runtime version selected in buildspec.")
        for name, version in self._spec.runtimes.items():
            found = here.get(name)
            if found is None:
                raise NotEmulatedError(
                    f"the local cloud does not emulate the runtime {name}: builds have python"
                    f" {lent.python}{f' and nodejs {lent.node}' if lent.node else ''} of this machine"
                )
            self.log.say(f"Selecting '{name}' runtime version '{version}' based on manual selections...")
            wanted = version.removesuffix(".x")
            if version != "latest" and found != wanted and not found.startswith(f"{wanted}."):
                self.log.say(f"{name} {version} was asked for; this machine stands in with {name} {found}")

    def _given(self) -> dict[str, str]:
        """Of every image, and the role's credentials; programs are the image's, not the server's."""
        kept = {name: value for name, value in self.session.environment().items() if name.startswith("AWS_")}
        return {"LC_CTYPE": "C.UTF-8", **kept}

    def _told(self) -> dict[str, str]:
        """What CodeBuild tells a build of itself."""
        build, made, order = self._build, self._definition, self._order
        source = made["source"]
        url = f"s3://{source['location']}" if source["type"] == "S3" and not order.inputs else ""
        home = f"https://{order.region}.console.aws.amazon.com/codesuite/codebuild/{order.account_id}"
        found = {
            "CI": "true",
            "CODEBUILD_CI": "true",
            "CODEBUILD_BUILD_ARN": build.arn,
            "CODEBUILD_BUILD_ID": build.build_id,
            "CODEBUILD_BUILD_IMAGE": made["environment"]["image"],
            "CODEBUILD_BUILD_NUMBER": str(build.number),
            "CODEBUILD_BUILD_SUCCEEDING": "1",
            "CODEBUILD_BUILD_URL": f"{home}/projects/{order.project}/build/{build.build_id}/?region={order.region}",
            "CODEBUILD_INITIATOR": order.initiator,
            "CODEBUILD_KMS_KEY_ID": made["encryptionKey"],
            "CODEBUILD_LOG_PATH": build.log_stream,
            "CODEBUILD_PROJECT_ARN": build.project_arn,
            "CODEBUILD_PROJECT_UUID": str(made.get("uuid") or ""),
            "CODEBUILD_RESOLVED_SOURCE_VERSION": build.resolved_source_version or "",
            "CODEBUILD_SOURCE_REPO_URL": url,
            "CODEBUILD_SOURCE_VERSION": made.get("sourceVersion") or self._pipeline_version(),
            "CODEBUILD_START_TIME": str(int(epoch(build.started) * 1000)),
        }
        always = {"CODEBUILD_SOURCE_REPO_URL", "CODEBUILD_BUILD_SUCCEEDING", "CI"}
        return {name: value for name, value in found.items() if value or name in always}

    def _pipeline_version(self) -> str:
        """A pipeline's artifact by its ARN, as the API tells it of such builds."""
        if not self._order.inputs:
            return ""
        return f"{_BUCKET_ARN}{self._order.inputs[0].bucket}/{self._order.inputs[0].key}"

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
