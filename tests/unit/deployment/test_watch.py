"""The alarms of further endpoints: what CloudWatch takes, and the same as the stack makes for the first one."""

import json
from pathlib import Path
from typing import Any

import botocore.session
from botocore.validate import ParamValidator

from contract import run_names
from contract.calls.stage_deployment import Watch
from contract.names import VARIANT
from deployment.logic import watch

WATCH = Watch(
    topic_arn="arn:aws:sns:us-east-1:111111111111:failures",
    variant_name=VARIANT,
    max_latency_ms=1000,
    tags={"perennial:app": "perennial"},
)
_SNAPSHOT = (
    Path(__file__).parents[2] / "infrastructure/__snapshots__/test_snapshots/test_template[PerennialSandbox].json"
)
# What the requests have and templates lack, or have in CDK's own words.
_OTHER = {"AlarmName", "Tags", "AlarmActions", "OKActions", "Dimensions"}


def _requests(endpoint_name: str) -> dict[str, dict[str, Any]]:
    return {item["AlarmName"]: item for item in watch.requests(WATCH, endpoint_name=endpoint_name)}


def test_the_service_takes_them() -> None:
    model = botocore.session.get_session().get_service_model("cloudwatch")
    shape = model.operation_model("PutMetricAlarm").input_shape
    assert shape is not None
    for request in _requests("perennial-sandbox-text").values():
        report = ParamValidator().validate(request, shape)
        assert not report.has_errors(), report.generate_report()


def test_they_are_named_after_their_endpoint() -> None:
    assert (
        list(_requests("e-text"))
        == run_names.alarms("e-text")
        == ["e-text-errors", "e-text-latency", "e-text-unapproved"]
    )
    for request in _requests("e-text").values():
        assert {"Name": "EndpointName", "Value": "e-text"} in request["Dimensions"]
        assert (request["AlarmActions"], request["OKActions"]) == ([WATCH.topic_arn], [WATCH.topic_arn])


def test_they_are_those_of_the_first_endpoint() -> None:
    resources = json.loads(_SNAPSHOT.read_text(encoding="utf-8"))["Resources"].values()
    made = {
        item["Properties"]["AlarmName"]: item["Properties"]
        for item in resources
        if item["Type"] == "AWS::CloudWatch::Alarm"
    }
    for name, request in _requests("perennial-sandbox").items():
        expected = {key: value for key, value in made[name].items() if key not in _OTHER}
        assert {key: value for key, value in request.items() if key not in _OTHER} == expected, name
        dimensions = sorted(request["Dimensions"], key=lambda item: item["Name"])
        assert dimensions == sorted(made[name]["Dimensions"], key=lambda item: item["Name"]), name
