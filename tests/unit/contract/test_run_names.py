"""Names of what a deployment makes, told from those of others; the services' limits are in test_name_properties.py."""

import jsonata
import pytest

from contract import run_names

ENDPOINT = "perennial-qa"


def test_a_deployments_alarms_are_found_by_how_their_names_begin() -> None:
    names = run_names.roll_back_alarms("$endpoint_name")
    assert set(names) == {run_names.ERRORS, run_names.LATENCY}
    for kind, name in names.items():
        expression = jsonata.Jsonata(name.removeprefix("{% ").removesuffix(" %}"))
        frame = expression.create_frame()
        frame.bind("deployment_id", "20260101000000-abcdef")
        frame.bind("endpoint_name", ENDPOINT)
        found = str(expression.evaluate(None, frame))
        assert found == f"{run_names.roll_back_alarm_prefix(ENDPOINT)}20260101000000-abcdef-{kind}"
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
        assert len(found) <= 255
        assert run_names.is_roll_back_alarm(found, endpoint_name=ENDPOINT)


def test_roll_back_alarms_of_an_endpoint_that_is_named_like_them_are_not_the_first_ones() -> None:
    # Of a model that is called rollback-x, and has an endpoint of its own.
    name = f"{ENDPOINT}-rollback-x-rollback-20260101000000-abcdef-errors"
    assert name.startswith(run_names.roll_back_alarm_prefix(ENDPOINT))
    assert not run_names.is_roll_back_alarm(name, endpoint_name=ENDPOINT)
    assert run_names.is_roll_back_alarm(name, endpoint_name=f"{ENDPOINT}-rollback-x")


def test_what_is_named_after_an_endpoint_begins_with_its_name_or_most_of_it() -> None:
    longest = f"{'a' * 12}-sandbox-{'m' * 24}"
    assert run_names.stem(ENDPOINT) == ENDPOINT
    assert run_names.stem(longest).startswith(f"{'a' * 12}-sandbox-mm")
    # A deployment's id, a later look and the retries take the other 30 of 63 characters.
    assert len(run_names.stem(longest)) <= 33
    assert run_names.stem(longest) != run_names.stem(longest[:-1] + "n")


def test_no_other_alarm_of_the_endpoint_begins_like_them() -> None:
    for name in ("errors", "latency", "unapproved", "lost-triggers", "of-others-rollback-1-errors"):
        assert not f"{ENDPOINT}-{name}".startswith(run_names.roll_back_alarm_prefix(ENDPOINT))


@pytest.mark.parametrize("name", ["20260101000000-abcdef", "20260101000000-abcdef-1", "20260101000000-abcdef-1-2s"])
def test_what_a_deployment_made_is_known_by_its_name(name: str) -> None:
    assert run_names.is_of_a_deployment(f"{ENDPOINT}-{name}", endpoint_name=ENDPOINT)
    assert not run_names.is_of_a_deployment(f"{ENDPOINT}-{name}", endpoint_name="perennial")
    assert not run_names.is_of_a_deployment(f"{ENDPOINT}-by-hand-{name}", endpoint_name=ENDPOINT)
