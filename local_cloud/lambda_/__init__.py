"""Lambda: deployed zips really run, each invocation in a process of its own."""

from typing import Any

from local_cloud.runtime import Runtime


def install(_runtime: Runtime) -> None:
    """Replace moto's container-based invocation."""
    from moto.awslambda.models import LambdaFunction

    from local_cloud.lambda_ import invocation
    from local_cloud.moto_patches import awslambda as patches

    def run(self: Any, event: Any = None) -> tuple[str, bool, str]:
        outcome = invocation.invoke(self, event)
        return outcome.payload, outcome.failed, outcome.logs

    LambdaFunction._invoke_lambda = run  # noqa: SLF001  # where moto would start a container
    patches.install()
