"""Variables of a deployment, each with the class of what it holds."""

from contract.calls.plan_deployment import Plan
from contract.calls.record_deployment import Removed
from contract.retained import Retained
from mlops_constructs.states.references import variable

RUN_ID = variable("run_id", str)
# Of the run, or of a later look in the same execution.
DEPLOYMENT_ID = variable("deployment_id", str)
FORCE = variable("force", bool)
NAMED: tuple[str, ...] = variable("named", tuple[str, ...])
PLAN = variable("plan", Plan)
MODEL_DATA_PREFIX = variable("model_data_prefix", str)
SERVING_MODEL = variable("serving_model", str)
# What is to serve, or nothing.
TARGET = variable("target", Retained)
NOTHING = Removed()
