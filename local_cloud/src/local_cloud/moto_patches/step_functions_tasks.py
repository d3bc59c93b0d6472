"""Faults of the tasks in moto's Step Functions."""

import functools
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError

from local_cloud.kernel import patching

# What the errors of optimised integrations start with, where it is not what those of SDK integrations do.
_OPTIMISED = {"dynamodb": "DynamoDB", "sns": "SNS", "states": "StepFunctions"}


def install() -> None:
    """Correct all of them."""
    spelling_of_the_api()
    client_names()
    error_names()
    errors_of_services()
    connection_errors()
    denied_nested_executions()
    nested_executions_are_stopped()
    glue_sync()
    metadata()


@patching.owner
def metadata() -> None:
    """Results of optimised integrations lack what HTTP said and the request id; Lambda's lacks its version too."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import (
        StateTaskService,
    )
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
        StateTaskServiceAwsSdk,
    )
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_lambda import (
        StateTaskServiceLambda,
    )

    from local_cloud.services.step_functions import role_sessions

    finish = StateTaskService._after_eval_execution

    def after_eval_execution(self: Any, env: Any, *arguments: Any, **named: Any) -> None:
        output = env.stack[-1]
        # What a job or a callback gives comes from no call of this task.
        answered = self.resource.condition is None and not isinstance(self, StateTaskServiceAwsSdk)
        if answered and isinstance(output, dict):
            if isinstance(self, StateTaskServiceLambda):
                output.setdefault("ExecutedVersion", "$LATEST")
            output.update(role_sessions.metadata())
        finish(self, env, *arguments, **named)

    patching.replace(StateTaskService, "_after_eval_execution", after_eval_execution)


@patching.owner
def spelling_of_the_api() -> None:
    """Arguments and results keep their spelling; no API with lower-case members (Step Functions, Logs) works."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import (
        StateTaskService,
    )
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
        StateTaskServiceAwsSdk,
    )

    from local_cloud.services.step_functions import service_model

    def model(task: Any, service: str | None, action: str | None) -> Any:
        return service_model.operation(service or task.resource.api_name, task._get_boto_service_action(action))

    def normalise_parameters(
        self: Any,
        parameters: dict[str, Any],
        boto_service_name: str | None = None,
        service_action_name: str | None = None,
    ) -> None:
        shape = model(self, boto_service_name, service_action_name).input_shape
        if shape is not None:
            converted = service_model.request(parameters, shape)
            parameters.clear()
            parameters.update(converted)

    def normalise_response(
        self: Any,
        response: Any,
        boto_service_name: str | None = None,
        service_action_name: str | None = None,
    ) -> None:
        shape = model(self, boto_service_name, service_action_name).output_shape
        if shape is None or not isinstance(response, dict):
            return
        optimised = not isinstance(self, StateTaskServiceAwsSdk)
        converted = service_model.response(response, shape, milliseconds=optimised)
        response.clear()
        response.update(converted)

    patching.replace(StateTaskService, "_normalise_parameters", normalise_parameters)
    patching.replace(StateTaskService, "_normalise_response", normalise_response)


@patching.owner
def client_names() -> None:
    """SDK integrations whose name is not that of boto3's client (eventbridge, cloudwatchlogs) cannot be called."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import (
        StateTaskService,
    )

    from local_cloud.services.step_functions import service_model

    def get_boto_service_name(self: Any, boto_service_name: str | None = None) -> str:
        return service_model.client_name(boto_service_name or self.resource.api_name)

    patching.replace(StateTaskService, "_get_boto_service_name", get_boto_service_name)


@patching.owner
def error_names() -> None:
    """Errors of SDK integrations start with the lower-case service name instead of the SDK's own spelling."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_aws_sdk as sdk

    from local_cloud.services.step_functions import service_model

    patching.replace(
        sdk.StateTaskServiceAwsSdk, "_normalise_service_error_name", staticmethod(service_model.error_prefix)
    )


@patching.owner
def errors_of_services() -> None:
    """Optimised integrations give wire codes; Step Functions gives class names, a general one for unmodelled errors."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
        state_task_service_dynamodb as dynamodb,
    )
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_glue as glue
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
        state_task_service_lambda as lambda_,
    )
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_sns as sns

    from local_cloud.services.step_functions import service_model

    def naming(describe: Any, service: str, general: str) -> Any:
        def from_error(self: Any, env: Any, ex: Exception) -> Any:
            if not isinstance(ex, ClientError):
                return describe(self, env=env, ex=ex)
            code = ex.response["Error"]["Code"]
            name = service_model.error_class(service, code) or general
            ex.response["Error"]["Code"] = name
            failure = describe(self, env=env, ex=ex)
            details = failure.event_details["taskFailedEventDetails"]
            # The cause goes on to give the wire code.
            details["cause"] = details["cause"].replace(f"Error Code: {name};", f"Error Code: {code};")
            return failure

        return from_error

    for task, service, general in (
        (dynamodb.StateTaskServiceDynamoDB, "dynamodb", "AmazonDynamoDBException"),
        (glue.StateTaskServiceGlue, "glue", "AWSGlueException"),
        (lambda_.StateTaskServiceLambda, "lambda", "AWSLambdaException"),
        (sns.StateTaskServiceSns, "sns", "AmazonSNSException"),
    ):
        patching.replace(task, "_from_error", naming(task._from_error, service, general))


@patching.owner
def connection_errors() -> None:
    """A connection that breaks fails a task as States.Runtime, which no Retry sees, instead of SdkClientException."""
    from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
    from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
    from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import (
        StateTaskService,
    )
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_dynamodb import (
        StateTaskServiceDynamoDB,
    )
    from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

    from local_cloud.services.step_functions import service_model

    def from_error(self: Any, env: Any, ex: Exception, *, describe: Any) -> Any:
        if not isinstance(ex, HTTPClientError) or not isinstance(self, StateTaskService):
            return describe(self, env=env, ex=ex)
        # The service of an optimised integration stands where an SDK integration says aws-sdk.
        name = self.resource.api_name if self.resource.service_name == "aws-sdk" else self.resource.service_name
        error = f"{_OPTIMISED.get(name) or service_model.error_prefix(name)}.SdkClientException"
        return FailureEvent(
            env=env,
            error_name=CustomErrorName(error),
            event_type=HistoryEventType.TaskFailed,
            event_details=EventDetails(
                taskFailedEventDetails=TaskFailedEventDetails(
                    resource=self._get_sfn_resource(),
                    resourceType=self._get_sfn_resource_type(),
                    error=error,
                    cause=str(ex),
                )
            ),
        )

    # DynamoDB's task leaves nothing to the general one.
    for state, before in (
        (ExecutionState, "moto_patches.step_functions.interrupted_tasks"),
        (StateTaskServiceDynamoDB, "moto_patches.step_functions_tasks.errors_of_services"),
    ):
        named = functools.partialmethod(from_error, describe=state._from_error)
        patching.replace(state, "_from_error", named, after=before)


@patching.owner
def denied_nested_executions() -> None:
    """A refused start of another state machine is AccessDeniedExceptionException; other errors have no general name."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
        StateTaskServiceSfn,
    )

    from local_cloud.services.step_functions import service_model

    describe = StateTaskServiceSfn._from_error

    def from_error(self: Any, env: Any, ex: Exception) -> Any:
        if isinstance(ex, ClientError):
            code = ex.response["Error"]["Code"]
            # What workflows of AWS's own solutions retry when an execution cannot be started for now:
            # https://github.com/aws-solutions/data-transfer-from-amazon-s3-glacier-vaults-to-amazon-s3
            known = code.startswith("AccessDenied") or service_model.error_class("sfn", code)
            # Moto appends the ending itself.
            ex.response["Error"]["Code"] = code.removesuffix("Exception") if known else "AWSStepFunctions"
        return describe(self, env=env, ex=ex)

    patching.replace(StateTaskServiceSfn, "_from_error", from_error)


@patching.owner
def nested_executions_are_stopped() -> None:
    """An execution goes on when the one that started it with ``.sync`` times out or is stopped."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_sfn as sfn

    from local_cloud.services.step_functions import sync

    task = sfn.StateTaskServiceSfn

    def remembering(build: Any) -> Any:
        def build_resolver(
            self: Any, env: Any, resource_runtime_part: Any, normalised_parameters: Any, state_credentials: Any
        ) -> Any:
            child = env.stack[-1]["ExecutionArn"]
            client = sfn.boto_client_for(
                region=resource_runtime_part.region, service="stepfunctions", state_credentials=state_credentials
            )
            env.heap["stop"] = lambda: client.stop_execution(executionArn=child)
            return build(self, env, resource_runtime_part, normalised_parameters, state_credentials)

        return build_resolver

    def eval_sync(_task: Any, env: Any, sync_resolver: Any, *_: Any, **__: Any) -> Any:
        return sync.wait(env, sync_resolver, env.heap["stop"])

    patching.replace(task, "_build_sync_resolver", remembering(task._build_sync_resolver))
    patching.replace(task, "_build_sync2_resolver", remembering(task._build_sync2_resolver))
    patching.replace(task, "_eval_sync", eval_sync)


@patching.owner
def glue_sync() -> None:
    """Glue's ``.sync`` always fails on a callback endpoint that is None, and a timed-out run is not stopped."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_glue as glue
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition

    from local_cloud.services.step_functions import service_model, sync

    patterns = glue._SUPPORTED_INTEGRATION_PATTERNS | {ResourceCondition.WaitForTaskToken}
    patching.replace(glue, "_SUPPORTED_INTEGRATION_PATTERNS", patterns)
    build = glue.StateTaskServiceGlue._build_sync_resolver

    def build_sync_resolver(
        self: Any, env: Any, resource_runtime_part: Any, normalised_parameters: Any, state_credentials: Any
    ) -> Any:
        started = env.stack[-1]
        client = self._get_glue_client(resource_runtime_part=resource_runtime_part, state_credentials=state_credentials)
        env.heap["stop"] = lambda: client.batch_stop_job_run(
            JobName=started["JobName"], JobRunIds=[started["JobRunId"]]
        )
        return build(self, env, resource_runtime_part, normalised_parameters, state_credentials)

    def eval_sync(_task: Any, env: Any, sync_resolver: Any, *_: Any, **__: Any) -> Any:
        found: Any = service_model.operation("glue", "get_job_run").output_shape
        result = sync.wait(env, sync_resolver, env.heap["stop"])
        return service_model.response(result, found.members["JobRun"], milliseconds=True)

    patching.replace(glue.StateTaskServiceGlue, "_build_sync_resolver", build_sync_resolver)
    patching.replace(glue.StateTaskServiceGlue, "_eval_sync", eval_sync)
