"""Step Functions: moto's interpreter, with the execution role's credentials and the integrations it lacks."""

from datetime import UTC, datetime
from typing import Any

from local_cloud.kernel import patching, runtime
from local_cloud.kernel.services import Service


def _patch() -> None:
    # It wants one enumeration of Batch, which brings EC2 and ECS along: 100 MB and a second.
    with patching.without_the_rest_of("moto.batch"):
        from moto.stepfunctions.parser import models as _interpreter  # noqa: F401  # loads all of it

    from local_cloud.moto_patches import (
        step_functions,
        step_functions_callbacks,
        step_functions_errors,
        step_functions_fields,
        step_functions_machines,
        step_functions_maps,
        step_functions_tasks,
    )
    from local_cloud.services.step_functions import role_sessions, status_events, virtual_time

    _jsonata()
    _integrations()
    step_functions.install()
    step_functions_machines.install()
    step_functions_tasks.install()
    step_functions_errors.install()
    step_functions_fields.install()
    step_functions_callbacks.install()
    step_functions_maps.install()
    role_sessions.install()
    virtual_time.install()
    status_events.install()


@patching.owner
def _jsonata() -> None:
    """The evaluator of JSONata is missing, and placeholders hide functions that Step Functions adds to the language."""
    from moto.stepfunctions.parser.asl.component.intrinsic import jsonata as intrinsics
    from moto.stepfunctions.parser.asl.jsonata import jsonata

    from local_cloud.services.step_functions import jsonata_functions

    def evaluate(expression: str) -> Any:
        try:
            return jsonata_functions.evaluate(expression, clock=runtime.current().clock)
        except jsonata_functions.QueryEvaluationError as error:
            raise jsonata.JSONataException("UNKNOWN", str(error)) from error

    patching.replace(jsonata, "_eval_jsonata", evaluate)
    patching.replace(intrinsics, "_DECLARATION_BY_VARIABLE_REFERENCE", {})


@patching.owner
def _integrations() -> None:
    """Tasks call without the rights of the execution role, and the integration of SageMaker is missing."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_factory

    from local_cloud.services.step_functions import role_sessions
    from local_cloud.services.step_functions.sagemaker_task import SageMakerTask

    factory = state_task_service_factory.state_task_service_for

    def boto_client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        return role_sessions.client(state_credentials, service=service, region=region)

    def task_for(service_name: str) -> Any:
        return SageMakerTask() if service_name == "sagemaker" else factory(service_name)

    patching.replace_everywhere("moto.stepfunctions.parser", "boto_client_for", boto_client_for)
    patching.replace_everywhere("moto.stepfunctions.parser", "state_task_service_for", task_for)


def _abort_interrupted() -> None:
    """Executions that ran when the server stopped; on AWS they would have gone on."""
    from moto.core.utils import iso_8601_datetime_with_milliseconds
    from moto.stepfunctions.parser.api import ExecutionStatus, HistoryEventType
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends

    from local_cloud.services.step_functions import map_runs, status_events

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
                for record in execution.exec_worker.env.map_run_record_pool_manager.get_all():
                    map_runs.abort(record)
                status_events.tell(execution, "ABORTED")


SERVICE = Service(
    name="step_functions",
    backends=("stepfunctions",),
    keeps=("stepfunctions",),
    patch=_patch,
    resume=_abort_interrupted,
)
