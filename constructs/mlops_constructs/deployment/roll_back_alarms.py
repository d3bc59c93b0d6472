"""Names of the alarms that roll an update of an endpoint back.

They watch the new fleet alone and exist for one update: the state ``Stage Deployment`` makes them, ``Record
Deployment`` removes them. See docs/decisions/0047-roll-back-alarms.md.
"""

from mlops_constructs.deployment.variables import DEPLOYMENT_ID

_KINDS = ("errors", "latency")


def prefix(endpoint_name: str) -> str:
    """What the names of an endpoint's roll-back alarms begin with, and no other alarm's name."""
    return f"{endpoint_name}-rollback-"


def names(endpoint_name: str) -> dict[str, str]:
    """JSONata for the name of each alarm of a deployment, by what it watches; reads the variable ``deployment_id``."""
    return {kind: f"{{% '{prefix(endpoint_name)}' & {DEPLOYMENT_ID} & '-{kind}' %}}" for kind in _KINDS}
