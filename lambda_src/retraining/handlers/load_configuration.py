"""State ``Load Configuration``: what a run needs to know, once it is known that its input means something."""

from contract.calls.load_configuration import Configuration, LoadConfiguration
from contract.settings import LoadConfiguration as Settings
from retraining.logic import configuration, run_input
from shared import catalogue, decisions, entry


@entry.point(LoadConfiguration)
def lambda_handler(asked: LoadConfiguration) -> Configuration:
    """The model's settings, and all names and places of the run.

    Raises:
        InvalidInputError: the input has other keys than a run takes, or a switch that is neither true nor false.
        UnknownModelError: no model of that name is configured.
    """
    run_input.check(asked.input)
    found = configuration.configure(asked, model=catalogue.model(asked.model), settings=Settings.from_env())
    decisions.log("configured", commit=found.commit, source=found.source_uri, tuned=found.settings.is_tuned)
    return found
