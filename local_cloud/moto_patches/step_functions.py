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
