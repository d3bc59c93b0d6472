"""What can be told of a definition before anything of it runs, as CreateStateMachine and UpdateStateMachine do.

References:
    https://states-language.net/spec.html
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from local_cloud.services.step_functions import intrinsic_component, item_reader, json_paths, resources
from local_cloud.services.step_functions.intrinsics import IntrinsicSyntaxError

_INVALID = "SCHEMA_VALIDATION_FAILED"
_PROCESSORS = ("ItemProcessor", "Iterator")
_DISTRIBUTED_ONLY = (
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "Label",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
)
_TEMPLATES = ("Parameters", "ResultSelector", "ItemSelector", "Assign", "Credentials")
_PERCENT = 100


def states_of(machine: Any, place: str = "", inherited: str = "JSONPath") -> Iterator[tuple[str, dict[str, Any], str]]:
    """All states with their places and query languages; whatever is no state is passed over.

    Args:
        machine: a definition, or a part with states.
        place: of it in the whole definition.
        inherited: the query language around it.
    """
    if not isinstance(machine, dict) or not isinstance(machine.get("States"), dict):
        return
    outer = machine.get("QueryLanguage", inherited)
    for name, state in machine["States"].items():
        if not isinstance(state, dict):
            continue
        here, language = f"{place}/States/{name}", str(state.get("QueryLanguage", outer))
        yield here, state, language
        branches = state.get("Branches")
        for index, branch in enumerate(branches if isinstance(branches, list) else ()):
            yield from states_of(branch, f"{here}/Branches[{index}]", language)
        for part in _PROCESSORS:
            yield from states_of(state.get(part), f"{here}/{part}", language)


def refusals(machine: Any) -> Iterator[str]:
    """What of a definition AWS would run and the local cloud would not, each with its place."""
    for here, state, _ in states_of(machine):
        if state.get("Type") == "Task" and isinstance(state.get("Resource"), str):
            try:
                resources.integration(state["Resource"])
            except resources.ForeignResourceError as error:
                yield f"{error}, at {here}/Resource"
            except resources.UnknownResourceError:
                pass
        if state.get("Type") == "Map":
            yield from _map_refusals(state, here)


def _map_refusals(state: Mapping[str, Any], here: str) -> Iterator[str]:
    for part in _PROCESSORS:
        config = _object(_object(state.get(part)).get("ProcessorConfig"))
        if config.get("Mode") == "DISTRIBUTED" and config.get("ExecutionType", "STANDARD") != "STANDARD":
            yield f"child executions of type {config['ExecutionType']}, at {here}/{part}/ProcessorConfig"
    config = _object(_object(state.get("ItemReader")).get("ReaderConfig"))
    if config.get("InputType") in {"MANIFEST", "PARQUET"}:
        yield f"ItemReader's InputType {config['InputType']}, at {here}/ItemReader/ReaderConfig"
    for field in ("ItemsPointer", "ManifestType", "Transformation"):
        if config.get(field, "NONE") != "NONE":
            yield f"ItemReader's {field}, at {here}/ItemReader/ReaderConfig"
    writer = _object(state.get("ResultWriter"))
    if writer and "Resource" not in writer and _object(writer.get("WriterConfig")).get("OutputType") == "JSONL":
        yield f"ResultWriter's OutputType JSONL without a Resource, at {here}/ResultWriter"


def problems(machine: Mapping[str, Any]) -> Iterator[str]:
    """What AWS would refuse of a definition that moto could parse, in AWS's words, each with its place."""
    for here, state, _ in states_of(machine):
        if state["Type"] == "Task":
            yield from _of_task(state, here)
        if state["Type"] == "Map":
            yield from _of_map(state, here)


def template_problems(machine: Any) -> Iterator[str]:
    """Fields of JSONPath states that are to be paths or intrinsic functions and are none."""
    for here, state, language in states_of(machine):
        if language == "JSONPath":
            for field in _TEMPLATES:
                yield from _of_template(state.get(field), f"{here}/{field}")
            catchers = state.get("Catch")
            for index, catcher in enumerate(catchers if isinstance(catchers, list) else ()):
                yield from _of_template(_object(catcher).get("Assign"), f"{here}/Catch[{index}]/Assign")


def _of_task(state: Mapping[str, Any], here: str) -> Iterator[str]:
    arn = state["Resource"]
    try:
        operation = resources.integration(arn).operation
    except resources.ForeignResourceError:
        return
    except resources.UnknownResourceError:
        yield (
            f"{_INVALID}: The resource provided {arn} is not recognized. The value is not a valid resource ARN, or the"
            f" resource is not available in this region. at {here}/Resource"
        )
        return
    if operation is None:
        return
    known = {_letters(name) for name in operation.input_shape.members} if operation.input_shape else set()
    for field in ("Parameters", "Arguments"):
        for name in _object(state.get(field)):
            if _letters(name.removesuffix(".$")) not in known:
                yield f"{_INVALID}: The field '{name}' is not supported by Step Functions at {here}/{field}"


def _of_map(state: Mapping[str, Any], here: str) -> Iterator[str]:
    processor = next(_object(state[part]) for part in _PROCESSORS if part in state)
    distributed = _object(processor.get("ProcessorConfig")).get("Mode") == "DISTRIBUTED"
    for field in _DISTRIBUTED_ONLY:
        if field in state and not distributed:
            yield f"{_INVALID}: Field '{field}' is only supported in Mode 'DISTRIBUTED' at {here}"
    if "ItemReader" in state:
        yield from _of_reader(_object(state["ItemReader"]), f"{here}/ItemReader")
    if "ItemBatcher" in state:
        limits = ("MaxItemsPerBatch", "MaxInputBytesPerBatch")
        if not any(f"{limit}{end}" in _object(state["ItemBatcher"]) for limit in limits for end in ("", "Path")):
            yield f"{_INVALID}: One of {list(limits)} is required at {here}/ItemBatcher"
    if "ResultWriter" in state:
        yield from _of_writer(_object(state["ResultWriter"]), f"{here}/ResultWriter")
    percentage = state.get("ToleratedFailurePercentage", 0)
    if isinstance(percentage, int | float) and not 0 <= percentage <= _PERCENT:
        yield f"{_INVALID}: ToleratedFailurePercentage must be between 0 and 100 at {here}"


def _of_reader(reader: Mapping[str, Any], here: str) -> Iterator[str]:
    config, resource = _object(reader.get("ReaderConfig")), reader.get("Resource")
    if resource not in {item_reader.LIST, item_reader.GET}:
        yield f"{_INVALID}: The resource provided {resource} is not recognized at {here}/Resource"
    if resource != item_reader.GET:
        return
    kind = config.get("InputType")
    if kind not in item_reader.FORMATS:
        yield f"{_INVALID}: Value is not one of {sorted(item_reader.FORMATS)} at {here}/ReaderConfig/InputType"
    if kind != "CSV":
        return
    location = config.get("CSVHeaderLocation")
    if location not in {"FIRST_ROW", "GIVEN"}:
        yield f"{_INVALID}: Value is not one of ['FIRST_ROW', 'GIVEN'] at {here}/ReaderConfig/CSVHeaderLocation"
    if location == "GIVEN" and not isinstance(config.get("CSVHeaders"), list):
        yield f"{_INVALID}: These fields are required: [CSVHeaders] at {here}/ReaderConfig"
    if config.get("CSVDelimiter", "COMMA") not in item_reader.DELIMITERS:
        yield f"{_INVALID}: Value is not one of {list(item_reader.DELIMITERS)} at {here}/ReaderConfig/CSVDelimiter"


def _of_writer(writer: Mapping[str, Any], here: str) -> Iterator[str]:
    config, resource = _object(writer.get("WriterConfig")), writer.get("Resource")
    if not config and resource is None:
        yield f"{_INVALID}: One of ['WriterConfig', 'Resource'] is required at {here}"
    if resource not in {None, "arn:aws:states:::s3:putObject"}:
        yield f"{_INVALID}: The resource provided {resource} is not recognized at {here}/Resource"
    for field, values in (("Transformation", ("NONE", "COMPACT", "FLATTEN")), ("OutputType", ("JSON", "JSONL"))):
        if config.get(field, values[0]) not in values:
            yield f"{_INVALID}: Value is not one of {list(values)} at {here}/WriterConfig/{field}"


def _of_template(template: Any, here: str) -> Iterator[str]:
    """Fields whose names end in ``.$`` are paths or intrinsic functions, however deep."""
    if isinstance(template, list):
        for item in template:
            yield from _of_template(item, here)
    for name, value in _object(template).items():
        if not name.endswith(".$"):
            yield from _of_template(value, here)
        elif not _is_dynamic(value):
            yield (
                f"{_INVALID}: The value for the field '{name}' must be a valid JSONPath or a valid intrinsic function"
                f" call at {here}"
            )


def _is_dynamic(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    if value.startswith("States."):
        try:
            intrinsic_component.checked(value)
        except IntrinsicSyntaxError:
            return False
        return True
    return value.startswith("$") and (value[1:2] not in {"", ".", "["} or json_paths.is_path(value))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _letters(name: str) -> str:
    return name.replace("_", "").lower()
