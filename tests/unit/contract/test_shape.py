"""The shape of an endpoint: the same text from everybody who writes it, since it is compared."""

from itertools import permutations

import jsonata
import pytest

from contract import shape

INSTANCES = shape.instances("ml.m5.large", 2)


def test_instances_are_type_and_count() -> None:
    assert INSTANCES == "ml.m5.large x 2"


@pytest.mark.parametrize("subnets", list(permutations(("subnet-b", "subnet-a", "subnet-0"))))
def test_a_state_machine_writes_the_same_whatever_the_order(subnets: tuple[str, ...]) -> None:
    text = shape.jsonata(INSTANCES, subnets)
    written = jsonata.Jsonata(text.removeprefix("{% ").removesuffix(" %}")).evaluate(None)
    assert written == shape.of(INSTANCES, subnets) == "ml.m5.large x 2 in subnet-0 subnet-a subnet-b"


def test_without_a_network_it_is_the_instances() -> None:
    assert shape.of(INSTANCES, ()) == shape.jsonata(INSTANCES, ()) == INSTANCES
