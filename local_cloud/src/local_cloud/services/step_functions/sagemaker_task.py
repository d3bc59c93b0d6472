"""The optimised SageMaker integration, which moto's interpreter does not have: request-response and ``.sync``.

Reference: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

from local_cloud.services.step_functions import role_sessions, service_model, sync


@dataclass(frozen=True, kw_only=True)
class _Job:
    name: str
    describe: str
    stop: str
    status: str


_SYNC = {
    "create_training_job": _Job(
        name="TrainingJobName", describe="describe_training_job", stop="stop_training_job", status="TrainingJobStatus"
    ),
    "create_processing_job": _Job(
        name="ProcessingJobName",
        describe="describe_processing_job",
        stop="stop_processing_job",
        status="ProcessingJobStatus",
    ),
    "create_transform_job": _Job(
        name="TransformJobName",
        describe="describe_transform_job",
        stop="stop_transform_job",
        status="TransformJobStatus",
    ),
    "create_hyper_parameter_tuning_job": _Job(
        name="HyperParameterTuningJobName",
        describe="describe_hyper_parameter_tuning_job",
        stop="stop_hyper_parameter_tuning_job",
        status="HyperParameterTuningJobStatus",
    ),
}
_REQUEST_RESPONSE = {"create_model", "create_endpoint_config", "create_endpoint", "update_endpoint"}


class SageMakerTask(StateTaskServiceCallback):  # type: ignore[misc]  # moto is not typed for us
    """One SageMaker task."""

    def __init__(self) -> None:
        # Task tokens are not offered on AWS; without them moto's callback code fails on an endpoint that is None.
        super().__init__({ResourceCondition.Sync, ResourceCondition.WaitForTaskToken})

    def _get_supported_parameters(self) -> set[str] | None:
        action = self._get_boto_service_action()
        synchronous = self.resource.condition is not None
        if synchronous and (action not in _SYNC or self.resource.condition is not ResourceCondition.Sync):
            return None
        if not synchronous and action not in _SYNC and action not in _REQUEST_RESPONSE:
            return None
        return set(service_model.operation("sagemaker", action).input_shape.members)  # type: ignore[union-attr]  # all of them take something

    def _eval_service_task(
        self, env: Any, resource_runtime_part: Any, normalised_parameters: dict[str, Any], state_credentials: Any
    ) -> None:
        client = role_sessions.client(state_credentials, service="sagemaker", region=resource_runtime_part.region)
        response = getattr(client, self._get_boto_service_action())(**normalised_parameters)
        env.stack.append(_json(response))

    def _normalise_response(self, *_: Any, **__: Any) -> None:
        """Responses keep the spelling of the API."""

    def _build_sync_resolver(
        self, env: Any, resource_runtime_part: Any, normalised_parameters: dict[str, Any], state_credentials: Any
    ) -> Callable[[], Any]:
        env.stack.pop()
        job = _SYNC[self._get_boto_service_action()]
        client = role_sessions.client(state_credentials, service="sagemaker", region=resource_runtime_part.region)
        request = {job.name: normalised_parameters[job.name]}

        def resolve() -> Any:
            description = _json(getattr(client, job.describe)(**request))
            status = description[job.status]
            if status == "Completed":
                return description
            if status in {"Failed", "Stopped"}:
                task_failed = StatesErrorNameType.StatesTaskFailed
                raise FailureEventException(
                    self._failure(
                        env, StatesErrorName(typ=task_failed), task_failed.to_name(), to_json_str(description)
                    )
                )
            return None

        env.heap["stop"] = lambda: getattr(client, job.stop)(**request)
        return resolve

    def _eval_sync(
        self,
        env: Any,
        sync_resolver: Callable[[], Any],
        timeout_seconds: int | None,  # noqa: ARG002  # moto's signature; it ends the environment itself
        callback_endpoint: Any,  # noqa: ARG002  # moto's signature
        heartbeat_endpoint: Any,  # noqa: ARG002  # moto's signature
    ) -> Any:
        return sync.wait(env, sync_resolver, env.heap["stop"])

    def _from_error(self, env: Any, ex: Exception) -> Any:
        if not isinstance(ex, ClientError):
            return super()._from_error(env=env, ex=ex)
        code = ex.response["Error"]["Code"]
        # Modelled errors have names of their own, all others arrive under the service's general one.
        modelled = {"ResourceInUse", "ResourceLimitExceeded", "ResourceNotFound", "ConflictException"}
        error = f"SageMaker.{code}" if code in modelled else "SageMaker.AmazonSageMakerException"
        if code in modelled and not error.endswith("Exception"):
            error += "Exception"
        cause = f"{ex.response['Error']['Message']} (Service: AmazonSageMaker; Error Code: {code})"
        return self._failure(env, CustomErrorName(error), error, cause)

    def _failure(self, env: Any, name: Any, error: str, cause: str) -> Any:
        return FailureEvent(
            env=env,
            error_name=name,
            event_type=HistoryEventType.TaskFailed,
            event_details=EventDetails(
                taskFailedEventDetails=TaskFailedEventDetails(
                    resource=self._get_sfn_resource(),
                    resourceType=self._get_sfn_resource_type(),
                    error=error,
                    cause=cause,
                )
            ),
        )


def _json(response: Any) -> Any:
    """A response as the integration gives it: without metadata, times in milliseconds."""
    if isinstance(response, dict):
        return {key: _json(value) for key, value in response.items() if key != "ResponseMetadata"}
    if isinstance(response, list):
        return [_json(value) for value in response]
    if isinstance(response, datetime):
        return int(response.timestamp() * 1000)
    return response
