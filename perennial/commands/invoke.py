"""``perennial invoke``: ask a model's endpoint about the features of one row, written as its algorithm takes them."""

import argparse

from rich.console import Console

from contract.manifest import target_model
from perennial.account import serving
from perennial.commands.place import reach


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("model")
    parser.add_argument("body", help="of the request, for built-in XGBoost one CSV line of features")


def perform(options: argparse.Namespace, console: Console) -> None:
    """Do it."""
    aws, stack = reach(options)
    served, target = serving.fleet(aws, stack).model(options.model), target_model(options.model)
    request = served.family.request(target_model=target, body=options.body)
    console.print(aws.invoke(served.endpoint, model=target, request=request), markup=False)
