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


@patching.owner
def _runtimes() -> None:
    """Functions are made for any version of Node.js and any log level; here for those that really run and count."""
    from moto.awslambda.models import LambdaBackend

    from local_cloud.services.lambda_ import languages

    create, change = LambdaBackend.create_function, LambdaBackend.update_function_configuration

    def create_function(self: Any, spec: dict[str, Any]) -> Any:
        languages.check_settings(str(spec.get("Runtime")), spec.get("LoggingConfig") or {})
        return create(self, spec)

    def update_function_configuration(self: Any, function_name: str, qualifier: str, body: dict[str, Any]) -> Any:
        function = self.get_function(function_name)
        logging = body.get("LoggingConfig") or function.logging_config
        languages.check_settings(str(body.get("Runtime") or function.run_time), logging)
        return change(self, function_name, qualifier, body)

    patching.replace(
        LambdaBackend, "create_function", create_function, after="moto_patches.awslambda.archives_and_names"
    )
    patching.replace(
        LambdaBackend,
        "update_function_configuration",
        update_function_configuration,
        after="moto_patches.awslambda_settings.runtimes",
    )


def _patch() -> None:
    from local_cloud.moto_patches import awslambda as patches

    _invocations()
    patches.install()
    # Behind those that answer for runtimes that AWS has not.
    _runtimes()


SERVICE = Service(name="lambda_", backends=("awslambda",), keeps=("awslambda",), patch=_patch)


def _code(error: LocalCloudError) -> str:
    """What a client sees of an error that is not the function's own."""
    if isinstance(error, NotEmulatedError):
        return "NotEmulated"
    return "AccessDeniedException" if isinstance(error, AccessDeniedError) else "ServiceException"
