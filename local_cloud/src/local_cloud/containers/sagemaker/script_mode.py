"""Script mode: a training job that runs its user's own program, in any of AWS's framework images.

The contract is that of the sagemaker-training toolkit, ``trainer.py`` and ``entry_point.py`` of
https://github.com/aws/sagemaker-training-toolkit/tree/master/src/sagemaker_training, as of version 5.1.4.
"""

import enum
import logging
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local_cloud.containers.sagemaker import layers, script_process, script_source
from local_cloud.containers.sagemaker.programs import TrainingError
from local_cloud.containers.sagemaker.script_environment import ScriptEnvironment
from local_cloud.containers.sagemaker.script_source import SourceError

_log = logging.getLogger("sagemaker-training-toolkit")
# What pip says of what it could not do.
_PIP_SAYS = ("ERROR:", "Could not find a version", "Invalid requirement")


class _Kind(enum.Enum):
    PACKAGE = "package"
    PROGRAM = "program"
    COMMAND = "command"


@dataclass(frozen=True, kw_only=True)
class Starter:
    """How an image starts a script.

    Args:
        launcher: arguments of Python before the script's name.
        variables: which the image sets besides.
        modules: folders of what the script may import besides.
    """

    launcher: Sequence[str] = ()
    modules: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


def train(
    root: Path,
    *,
    module: str,
    captures: bool,
    older: bool = False,
    starter: Callable[[ScriptEnvironment], Starter] = lambda _: Starter(),
) -> None:
    """Run a job's script.

    Args:
        root: its ``/opt/ml``.
        module: what the image runs, as AWS's names it.
        captures: whether a failure tells what the script wrote.
        older: whether the image has the older toolkit, which runs a script as ``python -m name``:
            https://github.com/aws/sagemaker-containers/blob/master/src/sagemaker_containers/_modules.py
        starter: how the image starts a script.

    Raises:
        TrainingError: the script cannot be found, or fails.
    """
    job = ScriptEnvironment.read(root, module=module)
    _configure_log(job)
    program = job.program
    if program is None:
        raise TrainingError(
            "the job names no script: name it by the hyperparameter sagemaker_program, and where it lies by"
            " sagemaker_submit_directory"
        )
    try:
        script_source.fetch(job.source, job.code)
    except SourceError as error:
        raise TrainingError(str(error)) from error
    _check(job.code, program)
    kind = _kind(job.code, program)
    if kind is _Kind.COMMAND:
        (job.code / program).chmod(0o777)
    python = _install(job.code, kind, own=root.parent / "environment")
    told = job.variables()
    start = starter(job)
    environment = layers.environment(python, dict(os.environ) | _of_toolkit(job) | dict(start.variables) | told)
    places = (str(job.code), *start.modules, os.environ.get("PYTHONPATH"))
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, places))
    command = _command(kind, program, job.arguments, python=python, older=older, launcher=start.launcher)
    _log_invocation(command, told)
    script_process.run(
        command,
        kind="ExecuteUserScriptError",
        cwd=job.code,
        environment=environment,
        captures=captures,
        older=older,
    )
    _log.info("Reporting training SUCCESS")
    (root / "output").mkdir(exist_ok=True)
    (root / "output" / "success").touch()


def _configure_log(job: ScriptEnvironment) -> None:
    level = job.own.get("sagemaker_container_log_level", logging.INFO)
    logging.basicConfig(format="%(asctime)s %(name)-12s %(levelname)-8s %(message)s", level=level, stream=sys.stderr)
    for name in ("boto3", "botocore", "s3transfer"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _of_toolkit(job: ScriptEnvironment) -> dict[str, str]:
    region = job.own.get("sagemaker_region") or os.environ.get("AWS_REGION", "")
    return {
        "SAGEMAKER_JOB_NAME": str(job.own.get("sagemaker_job_name", "")),
        "SAGEMAKER_REGION": str(region),
        "CURRENT_HOST": str(job.resources["current_host"]),
        # Of AWS's images: what a script writes stands in the log at once.
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "UTF-8",
    }


def _check(code: Path, program: str) -> None:
    """Tell where a script is that is not at the top of its archive, which Python would not."""
    if (code / program).exists() or (code / "setup.py").exists():
        return
    found = sorted(path.relative_to(code).as_posix() for path in code.rglob(Path(program).name))
    has = ", ".join(sorted(path.name for path in code.iterdir())[:10]) or "nothing"
    hint = f"; it lies at {found[0]}: put what is in the folder at the top of the archive" if found else ""
    raise TrainingError(f"the code has no {program}, it has {has}{hint}")


def _kind(code: Path, program: str) -> _Kind:
    """``_entry_point_type.get`` of the toolkit."""
    if program.endswith(".sh"):
        return _Kind.COMMAND
    if (code / "setup.py").exists():
        return _Kind.PACKAGE
    return _Kind.PROGRAM if program.endswith(".py") else _Kind.COMMAND


def _install(code: Path, kind: _Kind, *, own: Path) -> Path:
    """Install what the script needs; the Python that has it."""
    requirements = code / "requirements.txt"
    if kind is _Kind.PACKAGE:
        python = layers.make(own)
        more = ["-r", requirements.name] if requirements.exists() else []
        _log.info("Installing module.")
        _pip([str(python), "-m", "pip", "install", ".", *more], python, code, "InstallModuleError")
        return python
    if kind is _Kind.PROGRAM and requirements.exists():
        _log.info("Installing dependencies from requirements.txt")

        def install(python: Path) -> None:
            _pip(layers.pip(python, requirements), python, code, "InstallRequirementsError")

        kept = layers.with_requirements(requirements, install, own=own)
        if kept.is_relative_to(own):
            return kept
        return layers.make(own, below=kept)
    # What the script installs by itself must not come into the image's.
    return layers.make(own)


def _pip(command: Sequence[str], python: Path, code: Path, kind: str) -> None:
    # Whether or not the image keeps the words of scripts: whoever reads why pip failed need not look into the log.
    script_process.run(
        command,
        kind=kind,
        cwd=code,
        environment=layers.environment(python, os.environ),
        captures=True,
        telling=_PIP_SAYS,
    )


def _command(
    kind: _Kind, program: str, arguments: Sequence[str], *, python: Path, older: bool, launcher: Sequence[str]
) -> list[str]:
    if launcher and kind is not _Kind.PROGRAM:
        raise TrainingError("Unsupported entry point type for torch_distributed")
    if kind is _Kind.COMMAND:
        return ["/bin/sh", "-c", f'"./{program} {" ".join(map(shlex.quote, arguments))}"']
    if kind is _Kind.PACKAGE or older:
        return [str(python), "-m", program.replace(".py", ""), *arguments]
    return [str(python), *launcher, program, *arguments]


def _log_invocation(command: Sequence[str], told: Mapping[str, str]) -> None:
    variables = "\n".join(f"{name}={value}" for name, value in told.items())
    _log.info(
        "Invoking user script\n\nTraining Env:\n\n%s\n\nEnvironment variables:\n\n%s\n\n"
        "Invoking script with the following command:\n\n%s\n",
        told["SM_TRAINING_ENV"],
        variables,
        " ".join(command),
    )
