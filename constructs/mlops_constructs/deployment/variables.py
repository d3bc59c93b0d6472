"""Variables of a deployment, each with the class of what it holds."""

from collections.abc import Mapping
from typing import Any

from contract.calls.find_endpoints import Endpoint
from contract.calls.plan_deployment import Plan
from contract.calls.record_deployment import Removed
from contract.retained import Retained
from mlops_constructs.states.references import variable

RUN_ID = variable("run_id", str)
# Of the execution, however it was started; whoever starts others for several endpoints passes it on.
INPUT: Mapping[str, Any] = variable("input", dict[str, Any])
# What the execution is about, and the one endpoint that it deploys to itself.
ENDPOINTS: tuple[Endpoint, ...] = variable("endpoints", tuple[Endpoint, ...])
# What came of each endpoint, where there are several.
REPORTS: tuple[Mapping[str, Any], ...] = variable("reports", tuple[Mapping[str, Any], ...])
ENDPOINT_NAME = variable("endpoint_name", str)
STEM = variable("stem", str)
# Of the run, or of a later look in the same execution.
DEPLOYMENT_ID = variable("deployment_id", str)
FORCE = variable("force", bool)
NAMED: tuple[str, ...] = variable("named", tuple[str, ...])
PLAN = variable("plan", Plan)
MODEL_DATA_PREFIX = variable("model_data_prefix", str)
SERVING_MODEL = variable("serving_model", str)
# PrimaryContainer of the SageMaker model.
CONTAINER: Mapping[str, Any] = variable("container", dict[str, Any])
# What is to serve, or nothing.
TARGET = variable("target", Retained)
NOTHING = Removed()
