"""``perennial transform``: let the approved version of a model answer files in S3, in a batch transform job."""

import argparse

from rich.console import Console

from config.loader import load
from contract.catalogue import Approval
from contract.prefixes import TRANSFORMS_PREFIX
from perennial.account import transforms
from perennial.account.aws import Aws
from perennial.account.stack import Stack
from perennial.account.transforms import Job
from perennial.commands.place import reach
from perennial.errors import Interrupted
from perennial.screen import waiting
from shared.transforms import Order

_URI = "s3://BUCKET/PREFIX"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("model")
    parser.add_argument(
        "--input",
        required=True,
        metavar=_URI,
        help=f"a file, or what the names of files begin with; the jobs' role reads {TRANSFORMS_PREFIX} of the artifact"
        " bucket, and what else it is let in to",
    )
    parser.add_argument(
        "--output", required=True, metavar=_URI, help="the results' folder: each has its file's name and .out"
    )
    parser.add_argument("--content-type", help="of the files, line by line; default: the first that the version takes")
    parser.add_argument("--accept", help="of the results; default: the first that the version answers")
    parser.add_argument("--input-filter", metavar="PATH", help="what is sent of a record, such as $[1:] or $.features")
    parser.add_argument("--join", action="store_true", help="put the records before their answers")
    parser.add_argument("--output-filter", metavar="PATH", help="what is kept of a result, such as $[0,-1]")
    parser.add_argument("--instance-type", default=Order.instance_type, help=f"default: {Order.instance_type}")
    parser.add_argument("--instances", type=int, default=1, help="default: 1")


def perform(options: argparse.Namespace, console: Console) -> bool:
    """Do it; tells whether all files have their results."""
    aws, stack = reach(options)
    order = Order(
        model=options.model,
        source=options.input,
        target=options.output,
        content_type=options.content_type,
        accept=options.accept,
        input_filter=options.input_filter,
        joins=options.join,
        output_filter=options.output_filter,
        instance_type=options.instance_type,
        instance_count=options.instances,
    )
    return transform(aws, stack, order, approval=_approval(options.model), console=console)


def transform(aws: Aws, stack: Stack, order: Order, *, approval: Approval, console: Console) -> bool:
    """Start a job and watch it; tells whether all files have their results.

    Args:
        aws: the training account.
        stack: its stack.
        order: what is to be transformed.
        approval: what the training account serves.
        console: where to show it.

    Raises:
        OperatorError: nothing was started.
        Interrupted: the operator stops watching.
    """
    job = transforms.start(aws, stack, order, approval=approval)
    console.print(f"{order.model} version {job.version} answers in {job.name}", style="dim", soft_wrap=True)
    try:
        ended = waiting.until(
            lambda: transforms.describe(aws, job.name),
            status="TransformJobStatus",
            ended=transforms.ENDED,
            name=job.name,
            console=console,
        )
    except KeyboardInterrupt as error:
        raise _interrupted(aws, order, job) from error
    transforms.delete_model(aws, job.name)
    if ended["TransformJobStatus"] != "Completed":
        console.print(f"{ended.get('FailureReason', 'it was stopped')}", style="bold", markup=False, soft_wrap=True)
        for line in transforms.log(aws, job.name):
            console.print(line, markup=False, emoji=False, soft_wrap=True)
        return False
    console.print(f"the results are below {order.target}", style="bold", markup=False, soft_wrap=True)
    return True


def _approval(model: str) -> Approval:
    """What the configuration here lets the training account serve; of a model that is not in it, what was approved."""
    found = next((item for item in load().models if item.name == model), None)
    return found.approval.sandbox if found else "manual"


def _interrupted(aws: Aws, order: Order, job: Job) -> Interrupted:
    region = f"--region {aws.region} " if aws.region else ""
    return Interrupted(
        f"interrupted; the job goes on: {job.name}\n"
        f"look at it with `aws sagemaker describe-transform-job {region}--transform-job-name {job.name}`\n"
        f"stop it with `aws sagemaker stop-transform-job {region}--transform-job-name {job.name}`\n"
        f"its SageMaker model of the same name is removed by the next `transform {order.model}` after its end"
    )
