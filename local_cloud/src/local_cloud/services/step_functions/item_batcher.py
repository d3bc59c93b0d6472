"""Several items of a Distributed Map for one child execution.

Reference: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
"""

from typing import Any

from local_cloud.services.step_functions import failures, templates
from local_cloud.services.step_functions.map_fields import MapFields

_MOST_BYTES = 256 * 1024


def batches(items: list[Any], fields: MapFields, env: Any) -> list[tuple[Any, int]]:
    """The inputs of the child executions, each with the number of its items.

    Args:
        items: after ItemSelector.
        fields: of the Map state.
        env: the interpreter's environment of the state.

    Raises:
        FailureEventException: a field cannot be evaluated, or is no positive number.
    """
    if fields.batcher is None:
        return [(item, 1) for item in items]
    most_items = _number("MaxItemsPerBatch", fields, env) or len(items)
    most_bytes = min(_number("MaxInputBytesPerBatch", fields, env) or _MOST_BYTES, _MOST_BYTES)
    whole: dict[str, Any] = {}
    if "BatchInput" in fields.batcher:
        whole["BatchInput"] = templates.evaluate(
            fields.batcher["BatchInput"], env, query_language=fields.query_language, place="ItemBatcher/BatchInput"
        )
    found: list[tuple[Any, int]] = []
    batch: list[Any] = []
    empty = size = _size({**whole, "Items": []})
    for item in items:
        more = _size(item) + 1
        if batch and (len(batch) == most_items or size + more > most_bytes):
            found.append(({**whole, "Items": batch}, len(batch)))
            batch, size = [], empty
        batch.append(item)
        size += more
    if batch:
        found.append(({**whole, "Items": batch}, len(batch)))
    return found


def _size(value: Any) -> int:
    return len(failures.as_json(value).encode())


def _number(name: str, fields: MapFields, env: Any) -> int:
    """A limit; 0 if there is none."""
    batcher = fields.batcher or {}
    place, value = f"ItemBatcher/{name}", batcher.get(name, 0)
    if f"{name}Path" in batcher:
        value = templates.path(batcher[f"{name}Path"], env, place=f"{name}Path")
    elif isinstance(value, str):
        value = templates.evaluate(value, env, query_language=fields.query_language, place=place)
    elif name not in batcher:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        cause = f"The value of the field '{place}' must be a positive integer, got {failures.as_json(value)}."
        raise failures.failure(env, failures.RUNTIME, cause)
    return value
