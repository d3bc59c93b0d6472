"""The code of all Lambda functions: one asset, with the models' catalogue beside the packages."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from aws_cdk import aws_lambda as lambda_

from contract.catalogue import FILE, Model


class FunctionCode:
    """Bundle the functions' source with the catalogue.

    The catalogue travels with the code, and not in the state machine, so that the number of models changes no template.

    Args:
        source: folder of the packages.
        catalogue: settings by model.

    Raises:
        ValueError: the catalogue holds a value that only CloudFormation knows.
    """

    def __init__(self, source: Path, *, catalogue: Mapping[str, Model]) -> None:
        # Without indent: the quick encoder, which a thousand models need.
        text = json.dumps({name: model.to_json() for name, model in catalogue.items()}, sort_keys=True)
        # CDK's own check would carry a megabyte to its runtime and back; this is the mark that it looks for.
        if "${Token[" in text:
            raise ValueError("the catalogue holds a token; give the stack a concrete account and region")
        # Deleted with this object; the asset is copied into the cloud assembly when a function takes the code.
        self._folder = tempfile.TemporaryDirectory(prefix="perennial-code-")
        target = Path(self._folder.name) / "code"
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        (target / FILE).write_text(text, encoding="utf-8")
        self.code: lambda_.Code = lambda_.Code.from_asset(str(target))
