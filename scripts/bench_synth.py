"""Synthesises the app with the models of one folder, in a process of its own; prints what it made as JSON."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import aws_cdk as cdk

import app
from config.loader import load

ROOT = Path(__file__).parents[1]


def main(config: Path) -> None:
    """Synthesise; a stack's figures are its resources and the bytes of its template."""
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    with tempfile.TemporaryDirectory(prefix="perennial-bench-") as folder:
        application = cdk.App(outdir=folder, context=context)
        app.build(application, load(config), commit="0" * 40)
        application.synth()
        templates = {
            path.name.removesuffix(".template.json"): path.read_text(encoding="utf-8")
            for path in Path(folder).glob("*.template.json")
        }
    found = {
        name: {"resources": len(json.loads(text)["Resources"]), "bytes": len(text.encode())}
        for name, text in sorted(templates.items())
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
