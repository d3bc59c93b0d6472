"""JSON with expressions or paths in it, evaluated by the interpreter wherever it stands in a definition."""

import functools
import json
from typing import Any

from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

from local_cloud.services.step_functions import places


def evaluate(template: Any, env: Any, *, query_language: str, place: str) -> Any:
    """The value of a template for the state's input.

    Args:
        template: JSON; in JSONPath an object, whose fields that end in ``.$`` are paths or intrinsic functions.
        env: the interpreter's environment of the state, on whose input it is evaluated.
        query_language: ``JSONPath`` or ``JSONata``.
        place: of it in the state, for causes of failures.

    Raises:
        FailureEventException: it cannot be evaluated.
    """
    component = _component(json.dumps(template), query_language)
    frame, given = env.open_frame(), env.states.get_input()
    try:
        frame.states.reset(input_value=given)
        frame.stack = [given]
        with places.within(place):
            component.eval(frame)
        return frame.stack.pop()
    finally:
        env.close_frame(frame)


def path(text: str, env: Any, *, place: str) -> Any:
    """What a JSONPath leads to."""
    return evaluate({f"{place}.$": text}, env, query_language="JSONPath", place=place)[place]


@functools.lru_cache(maxsize=256)
def _component(template: str, query_language: str) -> Any:
    """Components keep nothing of an evaluation, so that all can share one."""
    field = "Output" if query_language == "JSONata" else "Parameters"
    state = {"Type": "Pass", field: json.loads(template), "End": True}
    machine = {"QueryLanguage": query_language, "StartAt": "T", "States": {"T": state}}
    program, _ = AmazonStateLanguageParser.parse(json.dumps(machine))
    made = program.states.states["T"]
    return made.output.jsonata_template_value if field == "Output" else made.parameters
