"""Faults of moto's Step Functions."""

import functools
import json
import re
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from local_cloud.kernel import patching, runtime

# https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
_EXECUTION_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")
# https://states-language.net/#timestamps
_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")
_ISO_8601 = "ISO-8601 extended offset date-time"
# What includeExecutionData=false leaves out.
_DATA = {"input", "inputDetails", "output", "outputDetails"}
_PAGE = 100
_LAST_EVENTS = {"ExecutionAborted", "ExecutionFailed", "ExecutionSucceeded", "ExecutionTimedOut"}


def install() -> None:
    """Correct all of them."""
    one_backend()
    quoted_strings()
    names_of_executions()
    generated_execution_names()
    failing_with_a_caught_error()
    redrive_count()
    descriptions()
    stopping()
    interrupted_tasks()
    ended_histories()
    time_stamps()
    history()
    escapes()
    parsing()
    json_paths()
    error_codes()


@patching.owner
def error_codes() -> None:
    """Refusals of a definition or of an execution's input have an empty error code."""
    from moto.core.exceptions import AWSError

    make = AWSError.__init__

    def init(self: Any, message: str, exception_type: str | None = None, status: int | None = None) -> None:
        # The interpreter's own errors have their name where those of other services have the number of their status.
        name = type(self).__dict__.get("code")
        make(self, message, exception_type or self.TYPE or (name if isinstance(name, str) else None), status)

    patching.replace(AWSError, "__init__", init)


@patching.owner
def json_paths() -> None:
    """`$.a[0].v` selects a list of one, so that a Choice compares a list with a number; AWS selects the value."""
    import moto.stepfunctions.parser.asl.utils.json_path as module

    from local_cloud.services.step_functions import json_paths as ours

    patching.replace(module, "parse", ours.path)
    # It would give an empty list for what is missing before the wildcard.
    patching.replace(module, "_contains_slice_or_wildcard_array", lambda _path: False)


@patching.owner
def parsing() -> None:
    """Every execution parses its definition anew, in Python and for a second where the definition is long."""
    from moto.stepfunctions.parser.asl.parse import asl_parser

    @functools.lru_cache(maxsize=64)
    def parsed(definition: str) -> Any:
        listener = asl_parser.SyntaxErrorListener()
        stream = asl_parser.CommonTokenStream(asl_parser.ASLLexer(asl_parser.InputStream(definition)))
        parser = asl_parser.ASLParser(stream)
        parser.removeErrorListeners()
        parser.addErrorListener(listener)
        tree = parser.state_machine()
        if listener.errors:
            raise asl_parser.ASLParserException(errors=listener.errors)
        return tree

    def parse(definition: str) -> Any:
        # Only the tree is shared: executions keep what they know in what is made of it.
        tree = parsed(definition)
        preprocessor = asl_parser.Preprocessor()
        # Moto has one for all, in which simultaneous executions get in each other's way.
        preprocessor._query_language_per_scope = []
        return preprocessor.visit(tree), tree

    patching.replace(asl_parser.AmazonStateLanguageParser, "parse", staticmethod(parse))


@patching.owner
def one_backend() -> None:
    """Moto keeps two sets of state machines; only those in the interpreter's can run."""
    import moto.stepfunctions.models as plain
    import moto.stepfunctions.parser.models as interpreter

    patching.replace(plain, "stepfunctions_backends", interpreter.stepfunctions_parser_backends)


@patching.owner
def quoted_strings() -> None:
    """A string with a quote, a backslash or a line break breaks the JSONata that moto builds from it."""
    from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

    def declarations(bindings: dict[str, Any]) -> str:
        parts = []
        for name, value in bindings.items():
            text = json.dumps(value) if isinstance(value, str) else to_json_str(value, separators=(",", ":"))
            parts.append(f"{name}:={text};")
        return "".join(parts)

    patching.replace_everywhere("moto.stepfunctions.parser", "encode_jsonata_variable_declarations", declarations)


@patching.owner
def generated_execution_names() -> None:
    """StartExecution without a name calls the execution "None", so that a second start fails."""
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    start = StepFunctionsParserBackend.start_execution

    def start_execution(self: Any, state_machine_arn: str, name: str | None = None, *rest: Any, **named: Any) -> Any:
        return start(self, state_machine_arn, name or str(uuid.uuid4()), *rest, **named)

    patching.replace(
        StepFunctionsParserBackend,
        "start_execution",
        start_execution,
        after="moto_patches.step_functions.names_of_executions",
    )


@patching.owner
def failing_with_a_caught_error() -> None:
    """A Fail state whose Error comes from a caught ``States.`` error dies; AWS passes the name through."""
    from moto.stepfunctions.parser.asl.component.common.error_name import custom_error_name, error_name

    base = error_name.ErrorName

    def init(self: Any, error_name: str | None) -> None:
        base.__init__(self, error_name=error_name)

    patching.replace(custom_error_name.CustomErrorName, "__init__", init)


@patching.owner
def redrive_count() -> None:
    """The context object has no Execution.RedriveCount, which names derive from."""
    from moto.stepfunctions.parser.asl.eval.states import ContextObject

    make = ContextObject.__init__

    def init(self: Any, context_object: Any) -> None:
        context_object["Execution"].setdefault("RedriveCount", 0)
        make(self, context_object)

    patching.replace(ContextObject, "__init__", init)


@patching.owner
def names_of_executions() -> None:
    """Any name is accepted, and two concurrent starts under one name both run."""
    from moto.stepfunctions.exceptions import InvalidName
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    start = StepFunctionsParserBackend.start_execution
    lock = threading.Lock()

    def start_execution(self: Any, state_machine_arn: str, name: str, *rest: Any, **named: Any) -> Any:
        if not _EXECUTION_NAME.fullmatch(name):
            raise InvalidName(f"Invalid Name: '{name}'")
        with lock:
            return start(self, state_machine_arn, name, *rest, **named)

    patching.replace(StepFunctionsParserBackend, "start_execution", start_execution)


def _redrives(status: str) -> dict[str, Any]:
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html, redriveStatusReason
    found: dict[str, Any] = {"redriveCount": 0, "redriveStatus": "REDRIVABLE"}
    if status in {"RUNNING", "SUCCEEDED"}:
        reason = f"Execution is {status} and cannot be redriven"
        found |= {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}
    return found


@patching.owner
def descriptions() -> None:
    """DescribeExecution gives a text as it is instead of as JSON, no stopDate after a timeout, nothing of redrives."""
    from moto.core.responses import ActionResult
    from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
    from moto.stepfunctions.responses import StepFunctionResponse

    def describe_execution(self: Any) -> Any:
        execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
        described = {
            **execution.to_describe_output(),
            "input": execution.execution_input,
            "status": execution.status,
            **_redrives(execution.status),
        }
        if execution.status == "SUCCEEDED":
            described["output"] = to_json_str(execution.output, separators=(",", ":"))
        return ActionResult({key: value for key, value in described.items() if value is not None})

    patching.replace(StepFunctionResponse, "describe_execution", describe_execution)


@patching.owner
def stopping() -> None:
    """StopExecution drops its error and its cause, is lost at the very start, and fails once the execution is over."""
    from moto.core.responses import ActionResult
    from moto.stepfunctions.parser.asl.eval.environment import Environment
    from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped, ProgramTimedOut
    from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication
    from moto.stepfunctions.responses import StepFunctionResponse

    reflect, set_error = BaseExecutionWorkerCommunication._reflect_execution_status, Environment.set_error

    def stop_execution(self: Any) -> Any:
        execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
        asked = datetime.now(UTC)
        while execution.status == "RUNNING":
            env = execution.exec_worker.env
            # There is nothing to stop until the worker's thread has read the definition.
            if env is not None and env.program_state() is not None:
                env.set_stop(stop_date=asked, error=self._get_param("error"), cause=self._get_param("cause"))
                break
            time.sleep(0.01)
        return ActionResult({"stopDate": execution.stop_date or asked})

    def reflect_execution_status(self: Any) -> None:
        reflect(self)
        state = self.execution.exec_worker.env.program_state()
        if isinstance(state, ProgramStopped):
            self.execution.error, self.execution.cause = state.error, state.cause

    def set_error_unless_over(self: Any, error: Any) -> None:
        # What was interrupted may fail afterwards, and the execution stays stopped.
        if not isinstance(self._program_state, ProgramStopped | ProgramTimedOut):
            set_error(self, error)

    patching.replace(StepFunctionResponse, "stop_execution", stop_execution)
    patching.replace(BaseExecutionWorkerCommunication, "_reflect_execution_status", reflect_execution_status)
    patching.replace(Environment, "set_error", set_error_unless_over)


@patching.owner
def interrupted_tasks() -> None:
    """A stopped execution reports its interrupted task as failed."""
    from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState

    from local_cloud.services.step_functions.sync import InterruptedTaskError

    describe = ExecutionState._from_error

    def from_error(self: Any, env: Any, ex: Exception) -> Any:
        if isinstance(ex, InterruptedTaskError):
            raise ex
        return describe(self, env=env, ex=ex)

    patching.replace(ExecutionState, "_from_error", from_error)


@patching.owner
def ended_histories() -> None:
    """Branches that learn late of a stop write events behind the one that ends the execution."""
    from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager

    publish, log = EventManager._publish_history_event, EventManager._publish_history_log

    def publish_history_event(self: Any, *rest: Any, **named: Any) -> None:
        # One mutex is held around both, so that the log's event is the one that was published before it.
        self.lc_over = bool(self._history_event_list) and self._history_event_list[-1]["type"] in _LAST_EVENTS
        if not self.lc_over:
            publish(self, *rest, **named)

    def publish_history_log(self: Any, *rest: Any, **named: Any) -> None:
        if not self.lc_over:
            log(self, *rest, **named)

    patching.replace(EventManager, "_publish_history_event", publish_history_event)
    patching.replace(EventManager, "_publish_history_log", publish_history_log)


def from_timestamp_string(timestamp: Any) -> datetime | None:
    """The moment that a text of the language is, if it is one."""
    if not isinstance(timestamp, str) or not _RFC3339.fullmatch(timestamp):
        return None
    try:
        return datetime.fromisoformat(timestamp)
    except ValueError:
        return None


@patching.owner
def time_stamps() -> None:
    """Wait takes a Timestamp for local time, and refuses an offset from UTC; here it waits on the virtual clock."""
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
    from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp import Timestamp

    from local_cloud.services.step_functions import failures

    def eval_body(self: Any, env: Any) -> None:
        self.string.eval(env=env)
        text = env.stack.pop()
        due = from_timestamp_string(text)
        if due is None:
            told = text if isinstance(text, str) else failures.as_json(text)
            if isinstance(self.string, StringJSONata):
                cause = f"The Timestamp field cannot be parsed as an {_ISO_8601} format string: {told}"
                raise failures.query_failure(env, cause, "Timestamp")
            raise FailureEventException(self._create_failure_event(env, told))
        clock = runtime.current().clock
        clock.pause(due.timestamp() - clock.timestamp(), goes_on=env.is_running)

    patching.replace(Timestamp, "_from_timestamp_string", staticmethod(from_timestamp_string))
    patching.replace(Timestamp, "_eval_body", eval_body)


def events_of(manager: Any) -> list[dict[str, Any]]:
    """A list of an execution's own events: nobody changes one once it is there, so that a page needs no copies."""
    with manager._mutex:
        return list(manager._history_event_list)


@patching.owner
def history() -> None:
    """GetExecutionHistory copies the whole history, and ignores maxResults, nextToken and its like."""
    from moto.core.responses import ActionResult
    from moto.stepfunctions.exceptions import InvalidToken
    from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
    from moto.stepfunctions.responses import StepFunctionResponse

    def without_data(event: dict[str, Any]) -> dict[str, Any]:
        return {
            key: {name: item for name, item in value.items() if name not in _DATA} if isinstance(value, dict) else value
            for key, value in event.items()
        }

    def get_execution_history(self: Any) -> Any:
        found = self.stepfunction_backend.get_execution_history(self._get_param("executionArn"))["events"]
        if self._get_param("reverseOrder"):
            found = found[::-1]
        token = self._get_param("nextToken") or "0"
        if not token.isdigit():
            raise InvalidToken(f"'{token}'")
        first, size = int(token), int(self._get_param("maxResults") or _PAGE)
        page: dict[str, Any] = {"events": found[first : first + size]}
        if self._get_param("includeExecutionData") is False:
            page["events"] = [without_data(event) for event in page["events"]]
        if first + size < len(found):
            page["nextToken"] = str(first + size)
        return ActionResult(page)

    patching.replace(EventManager, "get_event_history", events_of)
    patching.replace(StepFunctionResponse, "get_execution_history", get_execution_history)


@patching.owner
def escapes() -> None:
    """Escapes in a definition's texts (a quote, a backslash, a line break) are kept as they are written."""
    from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor

    def text_of(parser_rule_context: Any) -> Any:
        text = parser_rule_context.getText()
        if text == "null":
            return None
        return json.loads(text, strict=False) if text.startswith('"') and text.endswith('"') else text

    patching.replace(Preprocessor, "_inner_string_of", staticmethod(text_of))
    patching.replace_everywhere("moto.stepfunctions.parser", "from_string_literal", text_of)
