"""What `cdk gc` would delete: assets whose hash is in no deployed template.

The CLI looks for the part of an object's key before the first dot in the text of every template of the account
(ActiveAssetCache in aws-cdk's lib/index.js; https://docs.aws.amazon.com/cdk/v2/guide/ref-cli-cmd-gc.html).
"""

import json
from pathlib import Path

import pytest

from tests.infrastructure.templates import Template


@pytest.mark.parametrize("stack", ["PerennialSandbox", "PerennialQa", "PerennialProd"])
def test_every_asset_of_a_stack_is_named_in_its_template(stack: str, assembly: Path) -> None:
    files = json.loads((assembly / f"{stack}.assets.json").read_text(encoding="utf-8"))["files"]
    text = (assembly / f"{stack}.template.json").read_text(encoding="utf-8")
    # CloudFormation keeps the template itself.
    sources = {
        key: item["source"]["path"] for key, item in files.items() if item["source"]["path"] != f"{stack}.template.json"
    }
    assert sources
    assert [path for key, path in sources.items() if key not in text] == []


def test_the_scripts_of_the_models_are_named_once_and_nowhere_else(sandbox: Template, assembly: Path) -> None:
    named = sandbox["Metadata"]["perennial:assets"]
    assert named == sorted(set(named))
    files = json.loads((assembly / "PerennialSandbox.assets.json").read_text(encoding="utf-8"))["files"]
    sources = [files[key]["source"] for key in named]
    # Three ETL scripts, and two folders whose .zip Python takes: what the scripts share, and the evaluation.
    packed = sorted((source["packaging"], Path(source["path"]).suffix == ".py") for source in sources)
    assert packed == [("file", True)] * 3 + [("zip", False)] * 2
