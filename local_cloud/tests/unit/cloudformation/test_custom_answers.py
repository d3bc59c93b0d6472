"""What functions answer about custom resources, and what becomes of answers that are none.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-responses.html
"""

import json
from typing import Any

import pytest

from local_cloud.cloudformation.resources import custom
from local_cloud.cloudformation.responses import Answer


def _outcome(body: str) -> Any:
    answer = Answer("http://localhost/answer")
    answer.tell(body.encode())
    return custom._outcome(answer, "request", "made-up")


def _answered(**said: Any) -> Any:
    return _outcome(json.dumps({"Status": "SUCCESS", "PhysicalResourceId": "thing", **said}))


@pytest.mark.parametrize("said", [{}, {"Data": None}, {"Data": {}}])
def test_an_answer_needs_no_data(said: dict[str, Any]) -> None:
    outcome = _answered(**said)

    assert (outcome.physical_id, outcome.attributes, outcome.failure) == ("thing", {}, None)


@pytest.mark.parametrize("data", ["text", ["a"], 1, True, [["a", "b"]]])
def test_data_is_an_object(data: object) -> None:
    outcome = _answered(Data=data)

    assert outcome.failure == f"the Data of a response must be a JSON object, got {data!r}"
    # A roll-back removes what there is by its own name.
    assert outcome.physical_id == "thing"


@pytest.mark.parametrize("found", [None, "", 5, ["a"], {"a": "b"}])
def test_a_physical_id_is_a_text(found: object) -> None:
    outcome = _answered(PhysicalResourceId=found)
    failed = _answered(PhysicalResourceId=found, Status="FAILED")

    assert (outcome.physical_id, outcome.failure) == ("made-up", "Invalid PhysicalResourceId")
    assert failed.physical_id == "made-up"


@pytest.mark.parametrize(("reason", "told"), [(None, ""), ("so", "so"), (7, "7")])
def test_the_reason_is_told(reason: object, told: str) -> None:
    failure = _answered(Status="FAILED", Reason=reason).failure

    assert f"Message returned: {told} (RequestId: request)" in failure


@pytest.mark.parametrize("body", ["", "nonsense", "[]", "1", '"Status"', "null", "{}", "[" * 4000])
def test_what_is_no_answer_fails(body: str) -> None:
    assert "the response must be a JSON object with a Status" in _outcome(body).failure
