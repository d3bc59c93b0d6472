"""Which deployments are kept to go back to, and what nothing uses any more."""

import re
from collections.abc import Iterable, Sequence

from deployment.logic.plan import Retained


def keep(retained: Sequence[Retained], *, serving: Retained, keep_deployments: int) -> list[Retained]:
    """Put the serving deployment first and cut the list.

    Args:
        retained: deployments so far, newest first.
        serving: what serves now; new, or one of the list after a roll-back.
        keep_deployments: how many to keep, the serving one included.
    """
    others = [item for item in retained if item.endpoint_config != serving.endpoint_config]
    return [serving, *others][:keep_deployments]


def unused(names: Iterable[str], *, endpoint_name: str, used: Iterable[str]) -> list[str]:
    """Names of models or endpoint configurations that a deployment to the endpoint made and nothing uses.

    Args:
        names: all that there are.
        endpoint_name: the endpoint.
        used: those to keep.
    """
    # <endpoint>-<start>-<hash>[-<look>][-<retry>]: what somebody else named alike is not ours to delete.
    ours = re.compile(rf"{re.escape(endpoint_name)}-\d{{14}}-[0-9a-f]{{6}}(-\d+)?(-[0-9a-z]{{1,3}})?")
    kept = set(used)
    return [name for name in names if ours.fullmatch(name) and name not in kept]
