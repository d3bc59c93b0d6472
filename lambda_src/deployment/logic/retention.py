"""Which deployments are kept to go back to."""

from collections.abc import Sequence

from deployment.logic.plan import Retained


def keep(
    retained: Sequence[Retained], *, serving: Retained, keep_deployments: int
) -> tuple[list[Retained], list[Retained]]:
    """Put the serving deployment first and cut the list.

    Args:
        retained: deployments so far, newest first.
        serving: what serves now; new, or one of the list after a roll-back.
        keep_deployments: how many to keep, the serving one included.

    Returns:
        those to keep, newest first, and those that nothing uses any more.
    """
    others = [item for item in retained if item.endpoint_config != serving.endpoint_config]
    kept = [serving, *others][:keep_deployments]
    in_use = {item.deployment_id for item in kept}
    return kept, [item for item in others if item.deployment_id not in in_use]
