"""What of Glue's jobs depends on several members or on arguments: refused when a job is made or a run starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.glue import modules

# What a job has that was made without one: GlueVersion in
# https://docs.aws.amazon.com/glue/latest/webapi/API_CreateJob.html
_DEFAULT_VERSION = "6.0"
DEFAULT_TIMEOUT_MINUTES = 480
LOG_GROUPS = "/aws-glue/jobs"

_MODULES = "--additional-python-modules"
_SCRIPT = "--scriptLocation"
# https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html#monitor-logging-custom
_LOG_GROUPS = "--custom-logGroup-prefix"
# They switch on telemetry or scaling, which does not change what a script computes.
_WITHOUT_EFFECT = frozenset(
    {
        "--enable-auto-scaling",
        "--enable-continuous-cloudwatch-log",
        "--enable-continuous-log-filter",
        "--enable-job-insights",
        "--enable-metrics",
        "--enable-observability-metrics",
    }
)
_REFUSED = frozenset(
    {
        "--class",
        "--conf",
        "--custom-logStream-prefix",
        "--datalake-formats",
        "--enable-glue-datacatalog",
        "--enable-s3-parquet-optimized-committer",
        "--enable-spark-ui",
        "--extra-files",
        "--extra-jars",
        "--python-modules-installer-option",
        "--spark-event-logs-path",
        "--user-jars-first",
    }
)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run starts.

    Args:
        script: s3:// URI.
        extra_python: s3:// URIs of .py and .zip files.
        connections: names, which the role must be allowed to read.
        arguments: for the script, names with leading dashes.
        modules: packages that the run has besides Glue's own, as requirements.
        log_groups: what the names of the run's log groups begin with.
    """

    script: str
    extra_python: tuple[str, ...]
    arguments: dict[str, str]
    modules: tuple[str, ...] = ()
    connections: tuple[str, ...] = ()
    log_groups: str = LOG_GROUPS


def check(job: Any, arguments: Mapping[str, str], *, connections: tuple[str, ...] = ()) -> Plan:
    """Check that a job can be run here as AWS would run it.

    Args:
        job: moto's job.
        arguments: defaults merged with those of the run.
        connections: of the job; all of them exist.

    Raises:
        NotEmulatedError: something that the local cloud does not cover; the message names it.
    """
    command = job.command or {}
    wrong = {
        "job bookmarks": arguments.get("--job-bookmark-option", "job-bookmark-disable") != "job-bookmark-disable",
        "languages other than python": arguments.get("--job-language", "python") != "python",
    }
    refused = [text for text, is_wrong in wrong.items() if is_wrong]
    refused += [f"argument {name}" for name in sorted(_REFUSED & set(arguments))]
    if wanted := arguments.get(_MODULES):
        refused += [f"argument {_MODULES}: {reason}" for reason in modules.unmet(wanted)]
    if refused:
        raise NotEmulatedError(f"glue job {job.name}: not emulated: {'; '.join(refused)}")
    special = _WITHOUT_EFFECT | {
        "--extra-py-files",
        "--job-language",
        "--job-bookmark-option",
        _LOG_GROUPS,
        _MODULES,
        _SCRIPT,
    }
    return Plan(
        # A run may have a script of its own.
        script=arguments.get(_SCRIPT) or command["ScriptLocation"],
        extra_python=_items(arguments.get("--extra-py-files", "")),
        arguments={name: value for name, value in arguments.items() if name not in special},
        modules=_items(arguments.get(_MODULES, "")),
        connections=connections,
        log_groups=arguments.get(_LOG_GROUPS, LOG_GROUPS),
    )


def check_definition(name: str, *, command: Mapping[str, str] | None, glue_version: str | None) -> None:
    """Check what AWS gives a job that does not say it.

    Args:
        name: of the job.
        command: Command.
        glue_version: GlueVersion.

    Raises:
        NotEmulatedError: no run of it could start.
    """
    if not (command or {}).get("Name"):
        raise NotEmulatedError(f"glue job {name}: not emulated: a command without a Name; name it glueetl")
    if not glue_version:
        raise NotEmulatedError(
            f"glue job {name}: not emulated: GlueVersion is left out, which means '{_DEFAULT_VERSION}'; name it"
        )


def _items(value: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in value.split(",") if item.strip())
