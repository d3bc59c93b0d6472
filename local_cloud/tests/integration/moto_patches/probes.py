"""Asks moto as it comes, without anything of ours.

Each question has a process of its own, forked from one that has imported moto and was asked nothing.
"""

import contextlib
import io
import multiprocessing
import traceback
from multiprocessing.connection import Connection
from textwrap import dedent

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    ["boto3", "moto", "moto.backends", "moto.sagemaker.models", "moto.stepfunctions.parser.models"]
)

SAGEMAKER = """
    import boto3
    from moto import mock_aws

    keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
    role = "arn:aws:iam::123456789012:role/r"
    with mock_aws():
        client = boto3.client("sagemaker", **keys)
"""


def moto(code: str) -> str:
    """What a piece of Python prints in a process that knows only moto."""
    answers, tells = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_run, args=(dedent(code), tells))
    process.start()
    tells.close()
    try:
        printed, problem = answers.recv()
    except EOFError:
        printed, problem = "", "its process ended without an answer"
    process.join()
    assert not problem, problem
    return str(printed).strip()


def _run(code: str, tells: Connection) -> None:
    printed, problem = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(printed):
            exec(code, {"__name__": "__main__"})  # noqa: S102  # a test's own text
    except Exception:  # noqa: BLE001  # whatever it is, the test shows it
        problem = traceback.format_exc()
    tells.send((printed.getvalue(), problem))
