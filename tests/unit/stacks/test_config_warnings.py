"""What config/ allows and somebody should know is printed by synth."""

from types import SimpleNamespace
from typing import Any

from aws_cdk import Stack

from stacks import config_warnings


def test_each_warning_of_each_model_is_printed() -> None:
    stack = Stack()
    models: list[Any] = [
        SimpleNamespace(name="quiet", warnings=()),
        SimpleNamespace(name="loud", warnings=("first", "second")),
    ]

    config_warnings.show(stack, models)

    found = [str(entry.data) for entry in stack.node.metadata if entry.type == "aws:cdk:warning"]
    assert found == ["first [ack: perennial:loud-0]", "second [ack: perennial:loud-1]"]
