"""Faults of moto's Systems Manager."""

import inspect
import re
from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    values_of_parameters()


@patching.owner
def values_of_parameters() -> None:
    """A value need not match its parameter's AllowedPattern, nor must the key exist that encrypts it.

    Whether AWS wants the pattern of all of a value or of a part was not verified; here a part is enough, as for ^ and $
    to have a meaning.

    Reference: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    """
    from moto.core.exceptions import JsonRESTError
    from moto.ssm.models import SimpleSystemManagerBackend

    from local_cloud.services import kms

    put = SimpleSystemManagerBackend.put_parameter

    signature = inspect.signature(put)

    def put_parameter(self: Any, *positional: Any, **named: Any) -> Any:
        given = signature.bind(self, *positional, **named).arguments
        name, value, key_id, allowed_pattern = (given[each] for each in ("name", "value", "keyid", "allowed_pattern"))
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
        if key_id and kms.find(key_id, account_id=self.account_id, region=self.region_name) is None:
            raise JsonRESTError("InvalidKeyId", f"The key {key_id} does not exist; name one that does.")
        return put(self, *positional, **named)

    patching.replace(SimpleSystemManagerBackend, "put_parameter", put_parameter)
