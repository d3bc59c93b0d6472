"""Executions tell EventBridge of their start and of their end.

Reference: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

import json
from typing import Any

from local_cloud.kernel import patching
from local_cloud.services.events import bus

DETAIL_TYPE = "Step Functions Execution Status Change"


@patching.owner
def install() -> None:
    """Executions of Standard workflows tell nobody of their start and end."""
    from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution

    start, terminated = Execution.start, BaseExecutionWorkerCommunication.terminated

    def start_and_tell(self: Any) -> None:
        start(self)
        tell(self, "RUNNING")

    def end_and_tell(self: Any) -> None:
        terminated(self)
        tell(self.execution, self.execution.exec_status.value)

    patching.replace(
        Execution, "start", start_and_tell, after="moto_patches.step_functions_machines.executions_that_start"
    )
    patching.replace(BaseExecutionWorkerCommunication, "terminated", end_and_tell)


def tell(execution: Any, status: str) -> None:
    """Put one event on the default bus of the execution's account.

    Args:
        execution: moto's.
        status: RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED.
    """
    if execution.sm_type != "STANDARD":
        return
    over = status != "RUNNING"
    detail = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine.arn,
        "name": execution.name,
        "status": status,
        "startDate": int(execution.start_date.timestamp() * 1000),
        "stopDate": int(execution.stop_date.timestamp() * 1000) if over else None,
        "input": json.dumps(execution.input_data, separators=(",", ":")),
        "output": json.dumps(execution.output, separators=(",", ":")) if status == "SUCCEEDED" else None,
        "inputDetails": {"included": True},
        "outputDetails": {"included": True} if status == "SUCCEEDED" else None,
        "error": execution.error if over else None,
        "cause": execution.cause if over else None,
        "redriveCount": 0,
        "redriveDate": None,
    }
    bus.emit(
        account_id=execution.account_id,
        region=execution.region_name,
        source="aws.states",
        detail_type=DETAIL_TYPE,
        detail=detail,
        resources=[execution.exec_arn],
    )
