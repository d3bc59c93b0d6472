"""Lambda: deployed zips really run, each in processes of its own that stay warm."""

from typing import Any

from local_cloud.kernel import patching
from local_cloud.kernel.errors import AccessDeniedError, LocalCloudError, NotEmulatedError
from local_cloud.kernel.services import Service


@patching.owner
def _invocations() -> None:
    """Functions run in containers of Docker; here in processes of their own, which stay warm."""
    from moto.awslambda.exceptions import LambdaClientError
    from moto.awslambda.models import LambdaFunction

    from local_cloud.services.lambda_ import invocation

    def run(self: Any, event: Any = None) -> tuple[str, bool, str]:
        try:
            outcome = invocation.invoke(self, event)
        except LocalCloudError as error:
            raise LambdaClientError(_code(error), str(error)) from error
        return outcome.payload, outcome.failed, outcome.logs

    patching.replace(LambdaFunction, "_invoke_lambda", run)


def _patch() -> None:
    from local_cloud.moto_patches import awslambda as patches

    _invocations()
    patches.install()


SERVICE = Service(name="lambda_", backends=("awslambda",), keeps=("awslambda",), patch=_patch)


def _code(error: LocalCloudError) -> str:
    """What a client sees of an error that is not the function's own."""
    if isinstance(error, NotEmulatedError):
        return "NotEmulated"
    return "AccessDeniedException" if isinstance(error, AccessDeniedError) else "ServiceException"
