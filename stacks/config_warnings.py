"""What config/ allows and somebody should know, shown where the app is synthesised."""

from collections.abc import Iterable

from aws_cdk import Annotations
from constructs import IConstruct

from config.schema import Model


def show(scope: IConstruct, models: Iterable[Model]) -> None:
    """Add the models' warnings to what ``cdk synth`` prints.

    Args:
        scope: that they are printed for.
        models: all that it trains.
    """
    for model in models:
        for number, warning in enumerate(model.warnings):
            Annotations.of(scope).add_warning_v2(f"perennial:{model.name}-{number}", warning)
