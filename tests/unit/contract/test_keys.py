"""Keys of the state table: apart from each other, and the same in text, JSONata and policies."""

import fnmatch

import jsonata
import pytest

from contract import keys
from contract.keys import Key

KINDS = [
    keys.MODEL,
    keys.INPUTS,
    keys.MODEL_LEASE,
    keys.ENDPOINT_LEASE,
    keys.TRANSFORM_LEASE,
    keys.TRANSFORMED,
    keys.DEPLOYMENTS,
    keys.NAMED,
    keys.FAILED,
]


def test_no_two_kinds_share_a_key() -> None:
    # An endpoint's lease begins as a model's does, but no model's name has a "#".
    made = [kind.of("delays") for kind in KINDS]
    assert len({*made, keys.LAST_TICK}) == len(KINDS) + 1
    others = [kind for kind in KINDS if kind is not keys.MODEL_LEASE]
    for key in [*made, keys.LAST_TICK]:
        assert sum(kind.begins(key) for kind in others) <= 1


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.prefix)
def test_a_state_machine_means_the_same_key(kind: Key) -> None:
    text = kind.jsonata("$model")
    assert (text[:3], text[-3:]) == ("{% ", " %}")
    expression = jsonata.Jsonata(text[3:-3])
    frame = expression.create_frame()
    frame.bind("model", "delays")
    assert expression.evaluate(None, frame) == kind.of("delays")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.prefix)
def test_a_key_is_read_back_and_matched_by_its_pattern(kind: Key) -> None:
    key = kind.of("delays")
    assert kind.begins(key)
    assert kind.name(key) == "delays"
    assert fnmatch.fnmatchcase(key, kind.pattern)


def test_every_lease_is_found_by_how_it_begins() -> None:
    assert keys.MODEL_LEASE.begins(keys.ENDPOINT_LEASE.of("perennial-qa"))
    assert not keys.ENDPOINT_LEASE.begins(keys.MODEL_LEASE.of("delays"))
