"""Faults of moto's Systems Manager."""

import functools
import inspect
import re
from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    values_of_parameters()
    keys()


@patching.owner
def values_of_parameters() -> None:
    """A value need not match its parameter's AllowedPattern.

    Whether AWS wants the pattern of all of a value or of a part was not verified; here a part is enough, as for ^ and $
    to have a meaning.

    Reference: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    """
    from moto.core.exceptions import JsonRESTError
    from moto.ssm.models import SimpleSystemManagerBackend

    put = SimpleSystemManagerBackend.put_parameter

    signature = inspect.signature(put)

    # What is built upon it reads its parameters too.
    @functools.wraps(put)
    def put_parameter(self: Any, *positional: Any, **named: Any) -> Any:
        given = signature.bind(self, *positional, **named).arguments
        name, value, allowed_pattern = (given[each] for each in ("name", "value", "allowed_pattern"))
        versions = self._parameters.get(name)
        pattern = allowed_pattern or (versions[-1].allowed_pattern if versions else None)
        try:
            matches = not pattern or re.search(pattern, value)
        except re.error as error:
            raise JsonRESTError("InvalidAllowedPatternException", f"{pattern} is no regular expression.") from error
        if not matches:
            raise JsonRESTError(
                "ParameterPatternMismatchException",
                f"Parameter value, cannot be validated against allowedPattern: {pattern}",
            )
        return put(self, *positional, **named)

    patching.replace(SimpleSystemManagerBackend, "put_parameter", put_parameter)


@patching.owner
def keys() -> None:
    """Secure strings are encrypted and told with a key that is disabled, waits for its deletion or is not there.

    References:
        https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html#API_PutParameter_Errors
        https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html#API_GetParameter_Errors
    """
    from moto.core.exceptions import JsonRESTError
    from moto.ssm.models import Parameter, SimpleSystemManagerBackend, ssm_backends

    from local_cloud.services import kms

    put, decrypt = SimpleSystemManagerBackend.put_parameter, Parameter.decrypt
    signature = inspect.signature(put)

    def check(key_id: str | None, account_id: str, region: str) -> None:
        if key_id and (found := kms.unusable(key_id, account_id=account_id, region=region)):
            raise JsonRESTError("InvalidKeyId", kms.as_passed_on(*found))

    def put_parameter(self: Any, *positional: Any, **named: Any) -> Any:
        given = signature.bind(self, *positional, **named).arguments
        check(given["keyid"], self.account_id, self.region_name)
        return put(self, *positional, **named)

    def decrypt_parameter(self: Any, value: str) -> Any:
        # Of its region a parameter knows nothing.
        for region, backend in list(ssm_backends[self.account_id].items()):
            versions = backend._parameters.get(self.name) or ()
            if self.parameter_type == "SecureString" and any(self is each for each in versions):
                check(self.keyid, self.account_id, region)
        return decrypt(self, value)

    patching.replace(
        SimpleSystemManagerBackend, "put_parameter", put_parameter, after="moto_patches.ssm.values_of_parameters"
    )
    patching.replace(Parameter, "decrypt", decrypt_parameter)
