"""State ``Select Parent Tuning Jobs``: chooses from the tuning history and builds the tuning job's request."""

from contract.calls.plan_tuning import PlannedTuning, PlanTuning
from contract.history import Kind
from contract.settings import PlanTuning as Settings
from contract.warm_start import Space
from retraining.logic import tuning
from shared import decisions, entry
from shared.adapters import clients, tables


@entry.point(PlanTuning)
def lambda_handler(asked: PlanTuning) -> PlannedTuning:
    """The tuning job to start; a test run has no parents."""
    cold = tuning.request(asked.tuning, training=asked.training, test_run=asked.test_run)
    if asked.test_run:
        warm_start = tuning.OF_A_TEST_RUN
    else:
        table_name = Settings.from_env().history_table
        rows = tables.history(clients.here().dynamodb, table_name, kind=Kind.TUNING, subject=asked.model)
        warm_start = tuning.choose_parents(rows, cold=cold)
    decisions.log("parents chosen", parents=warm_start.parents, reason=warm_start.reason)
    return PlannedTuning(request=tuning.warm_started(cold, warm_start), warm_start=warm_start, space=Space.of(cold))
