"""Distributed Maps: their child executions, what of them may fail, and where items and results are.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
https://docs.aws.amazon.com/step-functions/latest/dg/distributed-map-set-failure-thresholds.html
"""

import itertools
import json
from typing import Any

import pytest

from integration.step_functions import machines
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.waiting import until

BUCKET = "items-of-maps"
NAMES = (f"map-{number}" for number in itertools.count())
PASS = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
# Fails for negative items.
PICKY = {
    "StartAt": "I",
    "States": {
        "I": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericLessThan": 0, "Next": "F"}], "Default": "S"},
        "F": {"Type": "Fail", "Error": "Negative", "Cause": "no item"},
        "S": {"Type": "Succeed"},
    },
}
EXCEEDED = ("States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded")


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    s3 = cloud.client("s3", ACCOUNT)
    s3.create_bucket(Bucket=BUCKET)
    files = {
        "a.csv": "x,y\n1,2\n3\n",
        "a.psv": "1|2\n",
        "a.jsonl": '{"a":1}\n\n{"a":2}\n',
        "a.json": "[1,2,3]",
        "b": "{}",
    }
    for key, body in files.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())
    allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]}
    return make_role(cloud, "mapping", [allowed], trust={"Service": "states.amazonaws.com"})


def _map(processor: dict[str, Any] = PASS, **more: Any) -> dict[str, Any]:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    return {"Type": "Map", "ItemProcessor": {"ProcessorConfig": config, **processor}, "End": True, **more}


def _run(cloud: RunningCloud, role: str, state: dict[str, Any], given: Any, **more: Any) -> dict[str, Any]:
    execution, _ = machines.run(cloud, role, next(NAMES), {"Map": state}, given, **(more or machines.JSONPATH))
    return execution


def _output(execution: dict[str, Any]) -> Any:
    assert execution["status"] == "SUCCEEDED", execution
    return json.loads(execution["output"])


def _map_run(cloud: RunningCloud, execution: str) -> dict[str, Any]:
    client = cloud.client("stepfunctions", ACCOUNT)
    (listed,) = client.list_map_runs(executionArn=execution)["mapRuns"]
    described: dict[str, Any] = client.describe_map_run(mapRunArn=listed["mapRunArn"])
    return described


def _counts(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def test_one_failed_child_fails_the_map(cloud: RunningCloud, role: str) -> None:
    execution, history = machines.run(cloud, role, next(NAMES), {"Map": _map(PICKY)}, [1, -1], **machines.JSONPATH)
    assert (execution["status"], execution["error"], execution["cause"]) == ("FAILED", *EXCEEDED)
    kinds = [event["type"] for event in history]
    assert kinds[-4:] == ["MapRunStarted", "MapRunFailed", "MapStateFailed", "ExecutionFailed"]
    assert history[-3]["mapRunFailedEventDetails"] == {"error": EXCEEDED[0], "cause": EXCEEDED[1]}


@pytest.mark.parametrize(
    ("tolerance", "items", "exceeded"),
    [
        ({"ToleratedFailureCount": 1}, [1, -1], False),
        ({"ToleratedFailureCount": 1}, [-1, -1], True),
        ({"ToleratedFailurePercentage": 50}, [1, -1], False),
        ({"ToleratedFailurePercentage": 49.9}, [1, -1], True),
        ({"ToleratedFailureCountPath": "$.most"}, [-1, -1], True),
        ({"ToleratedFailurePercentagePath": "$.most"}, [-1, 1], True),
        ({"ToleratedFailureCount": 2, "ToleratedFailurePercentage": 10}, [1, -1], True),
    ],
)
def test_failed_children_are_tolerated_as_far_as_the_state_says(
    cloud: RunningCloud, role: str, tolerance: dict[str, Any], items: list[int], exceeded: bool
) -> None:
    state = _map(PICKY, ItemsPath="$.items", **tolerance)
    execution = _run(cloud, role, state, {"items": items, "most": 1})
    if exceeded:
        assert (execution["status"], execution["error"]) == ("FAILED", EXCEEDED[0])
        return
    ok, failed = _output(execution)
    assert ok == 1
    # Of a failed child the result is what it would be without a transformation.
    assert (failed["Status"], failed["Error"], failed["Cause"], failed["Input"]) == (
        "FAILED",
        "Negative",
        "no item",
        "-1",
    )


@pytest.mark.parametrize(
    ("tolerance", "status"),
    [({"ToleratedFailureCount": "{% 1 + 1 %}"}, "SUCCEEDED"), ({"ToleratedFailurePercentage": "{% 99.5 %}"}, "FAILED")],
)
def test_tolerance_may_be_an_expression(cloud: RunningCloud, role: str, tolerance: dict[str, str], status: str) -> None:
    failing = {"StartAt": "I", "States": {"I": {"Type": "Fail"}}}
    assert _run(cloud, role, _map(failing, Items=[1, 2], **tolerance), {}, QueryLanguage="JSONata")["status"] == status


def test_a_map_run_counts_items_and_children(cloud: RunningCloud, role: str) -> None:
    # One after the other, so that the third ends the run.
    execution = _run(cloud, role, _map(PICKY, MaxConcurrency=1), [1, 2, -3, 4, 5])
    run = _map_run(cloud, execution["executionArn"])
    expected = {"total": 5, "succeeded": 2, "failed": 1, "pending": 2, "resultsWritten": 3}
    assert (run["status"], _counts(run["itemCounts"]), _counts(run["executionCounts"])) == (
        "FAILED",
        expected,
        expected,
    )

    batcher = {"MaxItemsPerBatch": 2, "BatchInput": {"all.$": "$.k"}}
    execution = _run(cloud, role, _map(ItemsPath="$.items", ItemBatcher=batcher), {"k": 7, "items": [1, 2, 3]})
    assert _output(execution) == [{"BatchInput": {"all": 7}, "Items": [1, 2]}, {"BatchInput": {"all": 7}, "Items": [3]}]
    run = _map_run(cloud, execution["executionArn"])
    assert (run["status"], _counts(run["itemCounts"])) == (
        "SUCCEEDED",
        {"total": 3, "succeeded": 3, "resultsWritten": 3},
    )
    assert _counts(run["executionCounts"]) == {"total": 2, "succeeded": 2, "resultsWritten": 2}


def test_a_batch_is_as_large_as_expressions_say(cloud: RunningCloud, role: str) -> None:
    batcher = {"MaxItemsPerBatch": "{% 5 %}", "MaxInputBytesPerBatch": "{% $states.input.bytes %}"}
    state = _map(Items="{% $states.input.items %}", ItemBatcher=batcher)
    # {"Items":["aaaa","bbbb"]} has 25 bytes.
    execution = _run(cloud, role, state, {"bytes": 26, "items": ["aaaa", "bbbb", "cccc"]}, QueryLanguage="JSONata")
    assert _output(execution) == [{"Items": ["aaaa", "bbbb"]}, {"Items": ["cccc"]}]


def test_a_child_is_an_execution_with_its_own_context_and_variables(cloud: RunningCloud, role: str) -> None:
    context = {"id": "{% $states.context.Execution.Id %}", "machine": "{% $states.context.StateMachine.Name %}"}
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "Output": context, "End": True}}}
    name = next(NAMES)
    states = {"Map": _map(inner, Items=[1], Label="Lab")}
    execution, _ = machines.run(cloud, role, name, states)
    (child,) = _output(execution)
    assert child["id"].startswith(f"arn:aws:states:us-east-1:{ACCOUNT}:execution:{name}/Lab:")
    assert child["machine"] == f"{name}/Lab"

    outer = {"Type": "Pass", "Assign": {"outer": 1}, "Next": "Map"}
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "Output": "{% $outer %}", "End": True}}}
    execution, _ = machines.run(cloud, role, next(NAMES), {"Set": outer, "Map": _map(inner, Items=[1])})
    assert execution["error"] == EXCEEDED[0]


def test_a_stopped_execution_stops_its_children(cloud: RunningCloud, role: str) -> None:
    inner = {"StartAt": "I", "States": {"I": {"Type": "Wait", "Seconds": 600, "End": True}}}
    execution = machines.start(cloud, machines.create(cloud, role, next(NAMES), {"Map": _map(inner, Items=[1, 2])}))
    machines.entered(cloud, execution, "MapRunStarted")
    until(lambda: _map_run(cloud, execution)["itemCounts"]["running"] == 2)
    cloud.client("stepfunctions", ACCOUNT).stop_execution(executionArn=execution)
    assert machines.ended(cloud, execution)["status"] == "ABORTED"
    run = until(lambda: (found := _map_run(cloud, execution))["itemCounts"]["aborted"] == 2 and found)
    assert run["status"] == "ABORTED"


def test_more_failures_can_be_tolerated_on_the_way(cloud: RunningCloud, role: str) -> None:
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateMapRun.html
    late = {"W": {"Type": "Wait", "Seconds": 3600, "Next": "F"}, "F": {"Type": "Fail"}}
    machine = machines.create(cloud, role, next(NAMES), {"Map": _map({"StartAt": "W", "States": late}, Items=[1])})
    execution = machines.start(cloud, machine)
    machines.entered(cloud, execution, "MapRunStarted")
    run = until(lambda: (found := _map_run(cloud, execution))["itemCounts"]["running"] == 1 and found)
    cloud.client("stepfunctions", ACCOUNT).update_map_run(mapRunArn=run["mapRunArn"], toleratedFailureCount=1)

    def ended_an_hour_later() -> bool:
        # A child counts as running before its thread is there, and waits from when it enters the state.
        cloud.control("clock", {"advance_seconds": 3600})
        described = cloud.client("stepfunctions", ACCOUNT).describe_execution(executionArn=execution)
        return bool(described["status"] != "RUNNING")

    until(ended_an_hour_later)
    assert machines.ended(cloud, execution)["status"] == "SUCCEEDED"


def _reader(key: str, **config: Any) -> dict[str, Any]:
    parameters = {"Bucket": BUCKET, "Key": key}
    return {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": config, "Parameters": parameters}


@pytest.mark.parametrize(
    ("reader", "items"),
    [
        (
            _reader("a.csv", InputType="CSV", CSVHeaderLocation="FIRST_ROW"),
            [{"x": "1", "y": "2"}, {"x": "3", "y": ""}],
        ),
        (
            _reader("a.psv", InputType="CSV", CSVHeaderLocation="GIVEN", CSVHeaders=["u", "v"], CSVDelimiter="PIPE"),
            [{"u": "1", "v": "2"}],
        ),
        (_reader("a.jsonl", InputType="JSONL"), [{"a": 1}, {"a": 2}]),
        (_reader("a.json", InputType="JSON", MaxItems=1), [1]),
        (_reader("a.json", InputType="JSON", MaxItemsPath="$.most"), [1, 2]),
    ],
)
def test_items_are_read_from_an_object(
    cloud: RunningCloud, role: str, reader: dict[str, Any], items: list[Any]
) -> None:
    assert _output(_run(cloud, role, _map(ItemReader=reader), {"most": 2})) == items


def test_items_are_the_objects_of_a_prefix(cloud: RunningCloud, role: str) -> None:
    reader = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Arguments": {"Bucket": BUCKET, "Prefix": "a."}}
    execution = _run(cloud, role, _map(ItemReader=reader), {}, QueryLanguage="JSONata")
    listed = _output(execution)
    assert [item["Key"] for item in listed] == ["a.csv", "a.json", "a.jsonl", "a.psv"]
    assert {name: type(value) for name, value in listed[0].items()} == {
        "Etag": str,
        "Key": str,
        "LastModified": int,
        "Size": int,
        "StorageClass": str,
    }


@pytest.mark.parametrize(
    ("reader", "cause"),
    [
        (_reader("none", InputType="JSON"), "The specified key does not exist. (Service: S3, Status Code: 404,"),
        # Recorded on AWS: https://github.com/localstack/localstack, test_base_scenarios.snapshot.json.
        (_reader("b", InputType="JSON"), "Attempting to map over non-iterable node."),
        (
            _reader("b", InputType="CSV", CSVHeaderLocation="GIVEN", CSVHeaders=["a", "a"]),
            "CSV headers cannot contain duplicates.",
        ),
        (_reader("a.json", InputType="JSON", MaxItemsPath="$.negative"), "field MaxItems must be positive"),
    ],
)
def test_what_cannot_be_read_fails_the_reader(
    cloud: RunningCloud, role: str, reader: dict[str, Any], cause: str
) -> None:
    execution = _run(cloud, role, _map(ItemReader=reader), {"negative": -1})
    assert (execution["status"], execution["error"]) == ("FAILED", "States.ItemReaderFailed")
    assert execution["cause"].startswith(cause)


def test_results_are_written_by_status(cloud: RunningCloud, role: str) -> None:
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": BUCKET, "Prefix": "results"}}
    execution = _run(cloud, role, _map(PICKY, ToleratedFailureCount=1, ResultWriter=writer), [1, -1])
    output = _output(execution)
    assert output["MapRunArn"] == _map_run(cloud, execution["executionArn"])["mapRunArn"]
    folder = f"results/{output['MapRunArn'].rpartition(':')[2]}"
    assert output["ResultWriterDetails"] == {"Bucket": BUCKET, "Key": f"{folder}/manifest.json"}

    s3 = cloud.client("s3", ACCOUNT)

    def read(key: str) -> Any:
        return json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    files = read(f"{folder}/manifest.json")["ResultFiles"]
    assert files["PENDING"] == []
    assert {status: [file["Key"] for file in found] for status, found in files.items() if found} == {
        "FAILED": [f"{folder}/FAILED_0.json"],
        "SUCCEEDED": [f"{folder}/SUCCEEDED_0.json"],
    }
    (succeeded,), (failed,) = read(f"{folder}/SUCCEEDED_0.json"), read(f"{folder}/FAILED_0.json")
    assert (succeeded["Status"], succeeded["Input"], succeeded["Output"]) == ("SUCCEEDED", "1", "1")
    assert (failed["Status"], failed["Error"]) == ("FAILED", "Negative")


def test_results_may_be_flattened_and_need_a_bucket(cloud: RunningCloud, role: str) -> None:
    flat = {"WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSON"}}
    assert _output(_run(cloud, role, _map(ResultWriter=flat), [[1], [2, 3], 4])) == [1, 2, 3, 4]
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "no-such-bucket"}}
    execution = _run(cloud, role, _map(ResultWriter=writer), [1])
    assert (execution["status"], execution["error"]) == ("FAILED", "States.ResultWriterFailed")
