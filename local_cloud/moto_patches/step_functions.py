"""Faults of moto's Step Functions."""

import contextlib
import json
import time
import uuid
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError


def install() -> None:
    """Correct all of them."""
    one_backend()
    quoted_strings()
    generated_execution_names()
    glue_sync()
    error_names()
    streamed_bodies()
    failing_with_a_caught_error()
    redrive_count()


def one_backend() -> None:
    """Moto keeps two sets of state machines; only those in the interpreter's can run."""
    import moto.stepfunctions.models as plain
    import moto.stepfunctions.parser.models as interpreter

    plain.stepfunctions_backends = interpreter.stepfunctions_parser_backends


def quoted_strings() -> None:
    """A string with a quote, a backslash or a line break breaks the JSONata that moto builds from it."""
    from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

    from local_cloud.step_functions import rebind

    def declarations(bindings: dict[str, Any]) -> str:
        parts = []
        for name, value in bindings.items():
            text = json.dumps(value) if isinstance(value, str) else to_json_str(value, separators=(",", ":"))
            parts.append(f"{name}:={text};")
        return "".join(parts)

    rebind("encode_jsonata_variable_declarations", declarations)


def generated_execution_names() -> None:
    """StartExecution without a name calls the execution "None", so that a second start fails."""
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    start = StepFunctionsParserBackend.start_execution

    def start_execution(self: Any, state_machine_arn: str, name: str | None = None, *rest: Any, **named: Any) -> Any:
        return start(self, state_machine_arn, name or str(uuid.uuid4()), *rest, **named)

    StepFunctionsParserBackend.start_execution = start_execution


def glue_sync() -> None:
    """Glue's ``.sync`` always fails on a callback endpoint that is None, and a timed-out run is not stopped."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_glue as glue
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition

    glue._SUPPORTED_INTEGRATION_PATTERNS.add(ResourceCondition.WaitForTaskToken)
    build = glue.StateTaskServiceGlue._build_sync_resolver

    def build_sync_resolver(
        self: Any, env: Any, resource_runtime_part: Any, normalised_parameters: Any, state_credentials: Any
    ) -> Any:
        started = env.stack[-1]
        client = self._get_glue_client(resource_runtime_part=resource_runtime_part, state_credentials=state_credentials)
        self._stop_run = lambda: client.batch_stop_job_run(JobName=started["JobName"], JobRunIds=[started["JobRunId"]])
        return build(self, env, resource_runtime_part, normalised_parameters, state_credentials)

    def eval_sync(self: Any, env: Any, sync_resolver: Any, *_: Any, **__: Any) -> Any:
        while env.is_running():
            result = sync_resolver()
            if result:
                return result
            time.sleep(0.5)
        with contextlib.suppress(ClientError):
            self._stop_run()
        return None

    glue.StateTaskServiceGlue._build_sync_resolver = build_sync_resolver
    glue.StateTaskServiceGlue._eval_sync = eval_sync


def error_names() -> None:
    """Errors of SDK integrations start with the lower-case service name instead of the SDK's own spelling."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_aws_sdk as sdk

    sdk._SERVICE_ERROR_NAMES.update({"s3": "S3", "sagemaker": "SageMaker", "sagemakerruntime": "SageMakerRuntime"})


def streamed_bodies() -> None:
    """The Body that S3's GetObject streams is put into the state as it is, and the execution dies on copying it."""
    from botocore.response import StreamingBody
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_aws_sdk as sdk

    call = sdk.StateTaskServiceAwsSdk._eval_service_task

    def plain(value: Any) -> Any:
        if isinstance(value, StreamingBody):
            return value.read().decode()
        if isinstance(value, datetime):
            return value.isoformat().replace("+00:00", "Z")
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        return [plain(item) for item in value] if isinstance(value, list) else value

    def eval_service_task(self: Any, env: Any, *arguments: Any, **named: Any) -> None:
        call(self, env, *arguments, **named)
        env.stack.append(plain(env.stack.pop()))

    sdk.StateTaskServiceAwsSdk._eval_service_task = eval_service_task


def failing_with_a_caught_error() -> None:
    """A Fail state whose Error comes from a caught ``States.`` error dies; AWS passes the name through."""
    from moto.stepfunctions.parser.asl.component.common.error_name import custom_error_name, error_name

    base = error_name.ErrorName

    def init(self: Any, error_name: str | None) -> None:
        base.__init__(self, error_name=error_name)

    custom_error_name.CustomErrorName.__init__ = init


def redrive_count() -> None:
    """The context object has no Execution.RedriveCount, which names derive from."""
    from moto.stepfunctions.parser.asl.eval.states import ContextObject

    make = ContextObject.__init__

    def init(self: Any, context_object: Any) -> None:
        context_object["Execution"].setdefault("RedriveCount", 0)
        make(self, context_object)

    ContextObject.__init__ = init
