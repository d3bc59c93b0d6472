"""What a Distributed Map gives: the results of its child executions, in its output or in S3.

Reference: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.services.step_functions import failures, role_sessions, templates
from local_cloud.services.step_functions.item_reader import credentials, of_service
from local_cloud.services.step_functions.map_fields import MapFields

_FILES = ("FAILED", "PENDING", "SUCCEEDED")
_FILE_OF = {"SUCCEEDED": "SUCCEEDED", "PENDING": "PENDING"}


@dataclass(kw_only=True)
class Child:
    """One child execution.

    Args:
        arn: of it.
        machine_arn: of its state machine, that of the Map state with its label.
        name: a UUID.
        given: its input.
        items: how many items are in it.
        status: PENDING, RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED.
        output: once it succeeded.
        failure: once it failed: ``Error`` and ``Cause`` as far as there are.
        started: ISO 8601.
        stopped: ISO 8601.
    """

    arn: str
    machine_arn: str
    name: str
    given: Any
    items: int
    status: str = "PENDING"
    output: Any = None
    failure: Mapping[str, str] = field(default_factory=dict)
    started: str | None = None
    stopped: str | None = None


def output_of(children: Sequence[Child], fields: MapFields, env: Any, map_run_arn: str) -> Any:
    """The output of the Map state.

    Raises:
        FailureEventException: States.ResultWriterFailed.
    """
    writer = fields.writer
    if writer is None or "Resource" not in writer:
        config = writer["WriterConfig"] if writer else {}
        return list(_transformed(children, config.get("Transformation", "COMPACT")))
    return _written(children, fields, env, map_run_arn)


def _written(children: Sequence[Child], fields: MapFields, env: Any, map_run_arn: str) -> Any:
    writer, name = fields.writer or {}, "Arguments" if fields.query_language == "JSONata" else "Parameters"
    asked = templates.evaluate(
        writer.get(name, {}), env, query_language=fields.query_language, place=f"ResultWriter/{name}"
    )
    config = writer.get("WriterConfig", {})
    transformation, kind = config.get("Transformation", "NONE"), config.get("OutputType", "JSON")
    prefix = asked.get("Prefix", "")
    folder = f"{prefix}/" if prefix and not prefix.endswith("/") else prefix
    folder += map_run_arn.rpartition(":")[2]
    client = role_sessions.client(credentials(env), service="s3", region=env.aws_execution_details.region)
    files: dict[str, list[dict[str, Any]]] = {}
    try:
        for file in _FILES:
            some = [child for child in children if _FILE_OF.get(child.status, "FAILED") == file]
            files[file] = []
            if some:
                key = f"{folder}/{file}_0.{kind.lower()}"
                body = _encoded(list(_transformed(some, transformation)), kind)
                client.put_object(Bucket=asked["Bucket"], Key=key, Body=body)
                files[file].append({"Key": key, "Size": len(body)})
        manifest = {"DestinationBucket": asked["Bucket"], "MapRunArn": map_run_arn, "ResultFiles": files}
        key = f"{folder}/manifest.json"
        client.put_object(Bucket=asked["Bucket"], Key=key, Body=json.dumps(manifest).encode())
    except ClientError as error:
        raise failures.failure(env, "States.ResultWriterFailed", of_service(error)) from error
    except (BotoCoreError, KeyError) as error:
        raise failures.failure(env, "States.ResultWriterFailed", "The results could not be written.") from error
    return {"MapRunArn": map_run_arn, "ResultWriterDetails": {"Bucket": asked["Bucket"], "Key": key}}


def _encoded(results: list[Any], kind: str) -> bytes:
    if kind == "JSONL":
        return "".join(f"{failures.as_json(result)}\n" for result in results).encode()
    return failures.as_json(results).encode()


def _transformed(children: Iterable[Child], transformation: str) -> Iterable[Any]:
    """Of a child that did not succeed always everything, as AWS says."""
    for child in children:
        if child.status != "SUCCEEDED" or transformation == "NONE":
            yield _description(child)
        elif transformation == "FLATTEN" and isinstance(child.output, list):
            yield from child.output
        else:
            yield child.output


def _description(child: Child) -> dict[str, Any]:
    described: dict[str, Any] = {
        "ExecutionArn": child.arn,
        "Input": failures.as_json(child.given),
        "InputDetails": {"Included": True},
        "Name": child.name,
        "StateMachineArn": child.machine_arn,
        "Status": child.status,
        **child.failure,
    }
    if child.status == "SUCCEEDED":
        described |= {"Output": failures.as_json(child.output), "OutputDetails": {"Included": True}}
    dates = {"StartDate": child.started, "StopDate": child.stopped}
    return described | {name: date for name, date in dates.items() if date is not None}
