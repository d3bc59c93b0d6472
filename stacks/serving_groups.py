"""What models that lie behind one endpoint have to agree on."""

from collections.abc import Mapping

from contract import container
from contract.catalogue import Model


def check(catalogue: Mapping[str, Model]) -> None:
    """Check that one container serves all models of each endpoint.

    Args:
        catalogue: settings of an account's models by name.

    Raises:
        ValueError: two models of an endpoint need different ones, or one that serves a single model.
    """
    first: dict[str, Model] = {}
    for model in catalogue.values():
        other = first.setdefault(model.endpoint, model)
        if other is model:
            continue
        wanted = container.of(other.family), container.of(model.family)
        if wanted[0] != wanted[1] or not wanted[0].multi_model:
            raise ValueError(
                f"the models {other.name} and {model.name} are both to be served at {model.endpoint}, by "
                f"{wanted[0].image} and {wanted[1].image}; an endpoint has one container, so give one of them an "
                "endpoint of its own with `serving: {endpoint: own}`"
            )
