"""The items of a Distributed Map that are in S3.

Reference: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.services.step_functions import failures, role_sessions, templates
from local_cloud.services.step_functions.map_fields import MapFields

LIST, GET = "arn:aws:states:::s3:listObjectsV2", "arn:aws:states:::s3:getObject"
DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
_MOST = 100_000_000


class _UnreadableError(Exception):
    """The source cannot be read as items; Step Functions calls it States.ItemReaderFailed."""


def read(fields: MapFields, env: Any) -> list[Any]:
    """All items, as many as ReaderConfig lets through.

    Args:
        fields: of the Map state, with an ItemReader.
        env: the interpreter's environment of the state.

    Raises:
        FailureEventException: States.ItemReaderFailed, or a field that cannot be evaluated.
    """
    reader = fields.reader or {}
    config, field = reader.get("ReaderConfig", {}), "Arguments" if fields.query_language == "JSONata" else "Parameters"
    most = _most_items(config, fields, env)
    place = f"ItemReader/{field}"
    asked = templates.evaluate(reader.get(field, {}), env, query_language=fields.query_language, place=place)
    client = role_sessions.client(credentials(env), service="s3", region=env.aws_execution_details.region)
    try:
        if reader["Resource"] == LIST:
            found = _listed(client, asked)
        else:
            text = client.get_object(**asked)["Body"].read().decode()
            found = _FORMATS[config["InputType"]](text, config)
        return found[:most]
    except _UnreadableError as error:
        raise failures.failure(env, "States.ItemReaderFailed", str(error)) from error
    except ClientError as error:
        raise failures.failure(env, "States.ItemReaderFailed", of_service(error)) from error
    except (BotoCoreError, UnicodeDecodeError) as error:
        raise failures.failure(env, "States.ItemReaderFailed", "The object could not be read as text.") from error


def credentials(env: Any) -> role_sessions.TaskCredentials:
    """The execution role's, on behalf of the state machine."""
    role = env.aws_execution_details.role_arn
    machine = env.states.context_object.context_object_data["StateMachine"]["Id"]
    return role_sessions.TaskCredentials(role_arn=role, execution_role_arn=role, state_machine_arn=machine)


def of_service(error: ClientError) -> str:
    """An error of S3 as a cause."""
    told, answer = error.response["Error"], error.response["ResponseMetadata"]
    status, request = answer.get("HTTPStatusCode"), answer.get("RequestId")
    return f"{told['Message']} (Service: S3, Status Code: {status}, Request ID: {request})"


def _most_items(config: Mapping[str, Any], fields: MapFields, env: Any) -> int:
    value = config.get("MaxItems", 0)
    path = config.get("MaxItemsPath")
    if path is not None:
        value = templates.path(path, env, place="MaxItemsPath")
    elif isinstance(value, str):
        value = templates.evaluate(value, env, query_language=fields.query_language, place="ItemReader/ReaderConfig")
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        cause = f'The MaxItemsPath field refers to value "{value}" which is not a valid integer: {path}'
        raise failures.failure(env, failures.RUNTIME, cause)
    if value < 0:
        raise failures.failure(env, "States.ItemReaderFailed", "field MaxItems must be positive")
    return min(value or _MOST, _MOST)


def _listed(client: Any, asked: Mapping[str, Any]) -> list[Any]:
    found: list[Any] = []
    more: dict[str, Any] = {}
    while True:
        page = client.list_objects_v2(**asked, **more)
        found += [
            {
                "Etag": item["ETag"],
                "Key": item["Key"],
                "LastModified": int(item["LastModified"].timestamp()),
                "Size": item["Size"],
                "StorageClass": item.get("StorageClass", "STANDARD"),
            }
            for item in page.get("Contents", [])
        ]
        if not page.get("IsTruncated"):
            return found
        more = {"ContinuationToken": page["NextContinuationToken"]}


def _of_json(text: str, _config: Mapping[str, Any]) -> list[Any]:
    found = _json(text)
    if not isinstance(found, list):
        raise _UnreadableError("Attempting to map over non-iterable node.")
    return found


def _of_lines(text: str, _config: Mapping[str, Any]) -> list[Any]:
    # Other ends of lines that Python knows, such as U+2028, may stand in a text of JSON; json takes "\r" for a space.
    return [_json(line) for line in text.split("\n") if line.strip()]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise _UnreadableError("The object is not JSON.") from error


def _of_csv(text: str, config: Mapping[str, Any]) -> list[Any]:
    rows = csv.reader(io.StringIO(text), delimiter=DELIMITERS[config.get("CSVDelimiter", "COMMA")])
    headers = next(rows, []) if config["CSVHeaderLocation"] == "FIRST_ROW" else config["CSVHeaders"]
    if len(set(headers)) < len(headers):
        raise _UnreadableError("CSV headers cannot contain duplicates.")
    return list(_objects(rows, headers))


def _objects(rows: Iterator[list[str]], headers: list[str]) -> Iterator[dict[str, str]]:
    """A short row has empty values, and what a long one has more is left out."""
    for row in rows:
        yield {header: row[index] if index < len(row) else "" for index, header in enumerate(headers)}


_FORMATS: dict[str, Callable[[str, Mapping[str, Any]], list[Any]]] = {
    "JSON": _of_json,
    "JSONL": _of_lines,
    "CSV": _of_csv,
}
FORMATS = frozenset(_FORMATS)
