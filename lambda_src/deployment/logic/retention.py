"""Which deployments are kept to go back to, and what nothing uses any more."""

from collections.abc import Iterable, Sequence

from contract import run_names
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
    kept = set(used)
    return [
        name for name in names if name not in kept and run_names.is_of_a_deployment(name, endpoint_name=endpoint_name)
    ]
