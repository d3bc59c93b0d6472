"""Every stack's template, as reviewed; assets' hashes do not count."""

import json
import re
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

_HASH = re.compile(r"[0-9a-f]{64}")


@pytest.mark.parametrize("stack", ["PerennialSandbox", "PerennialQa", "PerennialProd", "PerennialPipeline"])
def test_template(stack: str, stacks: dict[str, dict[str, Any]], snapshot: SnapshotAssertion) -> None:
    normalised = json.loads(_HASH.sub("<asset>", json.dumps(stacks[stack])))
    normalised["Resources"].pop("CDKMetadata", None)

    assert normalised == snapshot(extension_class=JSONSnapshotExtension)
