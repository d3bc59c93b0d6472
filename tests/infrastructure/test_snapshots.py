"""The template of every stack of config/, as reviewed; assets' hashes do not count."""

import json
import re
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from config.loader import CONFIG_DIR, load
from contract.names import STACK_NAMES

_HASH = re.compile(r"[0-9a-f]{64}")


_PIPELINE = ["PerennialPipeline"] if load(CONFIG_DIR).accounts.pipeline else []


@pytest.mark.parametrize("stack", [*STACK_NAMES.values(), *_PIPELINE])
def test_template(stack: str, own_stacks: dict[str, dict[str, Any]], snapshot: SnapshotAssertion) -> None:
    normalised = json.loads(_HASH.sub("<asset>", json.dumps(own_stacks[stack])))
    normalised["Resources"].pop("CDKMetadata", None)

    assert normalised == snapshot(extension_class=JSONSnapshotExtension)
