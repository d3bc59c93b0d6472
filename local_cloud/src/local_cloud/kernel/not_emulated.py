"""What moto does not implement answers with a clear error in the service's own shape, not with a page of HTML."""

from typing import Any

from local_cloud.kernel import patching


@patching.owner
def install() -> None:
    """What moto does not implement is answered with a page of HTML; here with an error that clients do not retry."""
    from moto.core.exceptions import ServiceException
    from moto.core.responses import ActionResult, BaseResponse

    call = BaseResponse.call_action

    def call_action(self: Any) -> Any:
        try:
            return call(self)
        except NotImplementedError as error:
            operation = f"{self.boto3_service_name}:{self._get_action()}"  # moto has no public way to ask
            # Moto tells the service by the module of the error's class.
            kind = type("NotEmulated", (ServiceException,), {"__module__": type(self).__module__})
            failure = kind(
                "NotEmulated", f"the local cloud does not emulate {operation}, see docs/reference.md: {error}"
            )
            return self.serialized(ActionResult(failure))

    patching.replace(BaseResponse, "call_action", call_action)
