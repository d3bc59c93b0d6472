"""``python -m local_cloud``: serve, start, stop, status, env and reset a local cloud, and what else a user tells it.

That is the repositories and connections that code comes from, and the images of containers. ``patches`` lists what it
replaces of moto.
"""

import argparse
import os
import sys
from pathlib import Path

from local_cloud.kernel import lifecycle, sagemaker_sdk, shell
from local_cloud.kernel.errors import LocalCloudError, ServerError
from local_cloud.kernel.settings import Settings

_DEFAULT_STATE = Path(".local-cloud")
_INTERRUPTED = 130
_REGION = ("AWS_DEFAULT_REGION", "AWS_REGION")


def main() -> int:
    """Run one command; returns the exit code."""
    if sys.argv[1:2] != ["env"]:
        return _main()
    code = 1
    try:
        code = _main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
        raise
    finally:
        # However it failed: a wrong option, a broken file, an interruption.
        if code:
            _print(*shell.lead_nowhere())
    return code


def _main() -> int:
    arguments = _parser().parse_args()
    state_dir: Path = getattr(arguments, "state_dir", _DEFAULT_STATE).resolve()
    try:
        _COMMANDS[arguments.command](arguments, state_dir)
    except LocalCloudError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  # the command's answer
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)  # noqa: T201  # the command's answer
        return _INTERRUPTED
    return 0


def _settings(arguments: argparse.Namespace, state_dir: Path) -> Settings:
    return Settings(
        state_dir=state_dir,
        port=arguments.port,
        region=arguments.region or os.environ.get("AWS_REGION"),
        time_scale=arguments.time_scale,
        enforce_iam=not arguments.no_iam,
        build_python=arguments.build_python,
        node_modules=arguments.node_modules,
    )


def _serve(arguments: argparse.Namespace, state_dir: Path) -> None:
    from local_cloud.kernel.server import serve

    serve(_settings(arguments, state_dir))


def _start(arguments: argparse.Namespace, state_dir: Path) -> None:
    _print(f"the local cloud answers at {lifecycle.start(_settings(arguments, state_dir)).endpoint_url}")


def _stop(_: argparse.Namespace, state_dir: Path) -> None:
    running = lifecycle.find(state_dir)
    if running is None:
        _print(f"no local cloud runs on {state_dir}")
        return
    running.stop()
    _print("stopped")


def _status(_: argparse.Namespace, state_dir: Path) -> None:
    running = _running(state_dir)
    clock = running.control("clock")
    _print(f"answers at {running.endpoint_url}, process {running.pid}, its clock shows {clock['now']}")


def _env(arguments: argparse.Namespace, state_dir: Path) -> None:
    variables = _running(state_dir).environment(arguments.account, arguments.region)
    # Where nothing names one it is in a file of the client's, and so is its default bucket.
    region = next(
        (found for source in (variables, os.environ) for name in _REGION if (found := source.get(name))), None
    )
    if region:
        file = sagemaker_sdk.write(state_dir, account_id=arguments.account, region=region)
        variables[sagemaker_sdk.VARIABLE] = str(file)
    _print(*shell.lead_to(variables))


def _repository(arguments: argparse.Namespace, state_dir: Path) -> None:
    order = {"account": arguments.account, "name": arguments.name}
    _print(_running(state_dir).control("repository", order)["path"])


def _connection(arguments: argparse.Namespace, state_dir: Path) -> None:
    order = {"arn": arguments.arn, "provider": arguments.provider}
    found = _running(state_dir).control("connection", order)
    _print(f"{found['arn']} is {found['status']}, its provider is {found['provider']}")


def _reset(_: argparse.Namespace, state_dir: Path) -> None:
    lifecycle.reset(state_dir)


def _patches(_arguments: argparse.Namespace, _state_dir: Path) -> None:
    from local_cloud.kernel import patching, server

    services = server.prepare()
    for service in services:
        services.load(service.name)
    _print(*patching.markdown())


def _images(arguments: argparse.Namespace, _state_dir: Path) -> None:
    from local_cloud.services.sagemaker import image_command

    if arguments.do == "list":
        _print(*image_command.table())
    else:
        image_command.install(
            arguments.names,
            requirements=arguments.requirements,
            tell=lambda line: print(line, flush=True),  # noqa: T201  # the command's answer
        )


_COMMANDS = {
    "serve": _serve,
    "start": _start,
    "stop": _stop,
    "status": _status,
    "env": _env,
    "repository": _repository,
    "connection": _connection,
    "reset": _reset,
    "images": _images,
    "patches": _patches,
}


def _running(state_dir: Path) -> lifecycle.RunningCloud:
    found = lifecycle.find(state_dir)
    if found is not None:
        return found
    # Others may lie beside the default one.
    others = [other for other in sorted(state_dir.parent.glob(".local-cloud*")) if lifecycle.find(other) is not None]
    advice = [f"name the one that runs with `--state-dir {other.name}`" for other in others]
    raise ServerError(
        f"no local cloud runs on {state_dir}; {' or '.join(advice) or 'start one with `python -m local_cloud start`'}"
    )


def _print(*lines: str) -> None:
    for line in lines:
        print(line)  # noqa: T201  # the command's answer


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local_cloud",
        description=__doc__,
        epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    texts = {
        "serve": "run in the foreground",
        "start": "run in the background",
        "stop": "stop the server and all of its jobs",
        "status": "say where it answers",
        "env": "print the variables that point AWS clients at it",
        "repository": "make the git repository that stands for one of a connection's provider, and print its path",
        "connection": "authorize a connection, as the console does on AWS; one with this ARN is made if there is none",
        "reset": "stop it and forget everything",
        "images": "list the container images that jobs and endpoints can name, and install what some of them need",
        "patches": "print what of moto it replaces, why, and upon which other patch, as Markdown",
    }
    for name, text in texts.items():
        command = commands.add_parser(name, help=text)
        if name == "images":
            _add_images(command)
        if name in {"images", "patches"}:
            continue
        command.add_argument(
            "--state-dir", type=Path, default=_DEFAULT_STATE, help="where it keeps everything (default: %(default)s)"
        )
        if name in {"serve", "start"}:
            command.add_argument("--port", type=int, default=5600, help="default: %(default)s")
            command.add_argument(
                "--region",
                help="that `env` names: where your stacks lie (default: AWS_REGION; without it `env` names none)",
            )
            command.add_argument("--time-scale", type=float, default=1.0, help="virtual seconds per real second")
            command.add_argument("--no-iam", action="store_true", help="let every role do everything")
            command.add_argument(
                "--build-python",
                type=Path,
                help="an interpreter whose packages builds of CodeBuild have (default: that of the local cloud)",
            )
            command.add_argument(
                "--node-modules",
                type=Path,
                help="a node_modules folder: functions in Node.js have the AWS SDK that lies there (@aws-sdk, @smithy),"
                " and `npm install -g <name>@<version>` of a build takes from there what it has",
            )
        if name == "repository":
            command.add_argument("name", help="owner/name, a source action's FullRepositoryId")
            command.add_argument("--account", default="111111111111", help="whose connection it is (%(default)s)")
        if name == "connection":
            command.add_argument("arn", help="of the connection")
            command.add_argument("--provider", default="GitHub", help="of one that is made (default: %(default)s)")
        if name == "env":
            command.add_argument("--account", default="111111111111", help="whose root the variables name")
            command.add_argument("--region", help="another one than the local cloud was started with")
    return parser


def _add_images(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(dest="do", required=True)
    actions.add_parser("list", help="show all of them, and whether they can be used")
    install = actions.add_parser("install", help="let pip make the environments of some")
    install.add_argument("names", metavar="NAME", nargs="+", help="of an image, or a part that no other name has")
    install.add_argument(
        "--requirements",
        type=Path,
        metavar="FILE",
        help="a requirements.txt of your own: jobs that bring the same then find it installed, and need no network",
    )


if __name__ == "__main__":
    sys.exit(main())
