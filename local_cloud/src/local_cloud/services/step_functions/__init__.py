"""Step Functions: moto's interpreter, with the execution role's credentials and the integrations it lacks."""

import sys
from datetime import UTC, datetime
from typing import Any

from local_cloud.kernel.runtime import Runtime


def install(runtime: Runtime) -> None:
    """Plug JSONata, role sessions and SageMaker into the interpreter."""
    from moto.stepfunctions.parser import models as _interpreter  # noqa: F401  # loads all of it
    from moto.stepfunctions.parser.asl.component.intrinsic import jsonata as intrinsics
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_factory
    from moto.stepfunctions.parser.asl.jsonata import jsonata

    from local_cloud.kernel import state
    from local_cloud.moto_patches import step_functions as patches
    from local_cloud.moto_patches import step_functions_tasks as task_patches
    from local_cloud.services.step_functions import jsonata_functions, role_sessions, status_events, virtual_time
    from local_cloud.services.step_functions.sagemaker_task import SageMakerTask

    def evaluate(expression: str) -> Any:
        try:
            return jsonata_functions.evaluate(expression, clock=runtime.clock)
        except jsonata_functions.QueryEvaluationError as error:
            raise jsonata.JSONataException("UNKNOWN", str(error)) from error

    def boto_client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        return role_sessions.client(state_credentials, service=service, region=region)

    factory = state_task_service_factory.state_task_service_for

    def task_for(service_name: str) -> Any:
        return SageMakerTask() if service_name == "sagemaker" else factory(service_name)

    jsonata._eval_jsonata = evaluate  # noqa: SLF001  # moto leaves the evaluator out
    # Moto declares placeholders inside the expression, which would hide our functions.
    intrinsics._DECLARATION_BY_VARIABLE_REFERENCE.clear()  # noqa: SLF001  # as above
    rebind("boto_client_for", boto_client_for)
    rebind("state_task_service_for", task_for)
    state.on_restore(_abort_interrupted)
    patches.install()
    task_patches.install()
    role_sessions.install()
    virtual_time.install()
    status_events.install()


def _abort_interrupted() -> None:
    """Executions that ran when the server stopped; on AWS they would have gone on."""
    from moto.core.utils import iso_8601_datetime_with_milliseconds
    from moto.stepfunctions.parser.api import ExecutionStatus, HistoryEventType
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends

    from local_cloud.services.step_functions import status_events

    for regions in list(stepfunctions_parser_backends.values()):
        for backend in list(regions.values()):
            for execution in backend._get_executions(ExecutionStatus.RUNNING):  # noqa: SLF001  # moto has no other list
                execution.exec_status = ExecutionStatus.ABORTED
                execution.stop_date = datetime.now(UTC)
                execution.cause = "the local cloud stopped while the execution ran"
                events = execution.exec_worker.get_event_history()
                aborted = {
                    "id": len(events) + 1,
                    "previousEventId": 0,
                    "type": HistoryEventType.ExecutionAborted,
                    "timestamp": iso_8601_datetime_with_milliseconds(execution.stop_date),
                    "executionAbortedEventDetails": {"cause": execution.cause},
                }
                events.append(aborted)
                status_events.tell(execution, "ABORTED")


def rebind(name: str, value: Any) -> None:
    """Replace a function in every module of the interpreter that imported it by name."""
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("moto.stepfunctions.parser") and hasattr(module, name):
            setattr(module, name, value)
