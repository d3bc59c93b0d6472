"""Processing job: scores the candidate, and the champion if there is one, on the same held-out rows.

    python3 evaluation.zip --input /opt/ml/processing/input --output /opt/ml/processing/output

Input: ``request/request.json``, ``test/`` (CSV without header, label first; or JSON lines), and either
``candidate/model.tar.gz`` or the answers of a batch transform job below ``candidate/``, and the same below
``champion/`` when a version serves already. Output: ``evaluation.json``. What is wrong goes to stderr and to
``/opt/ml/output/message``, whose first kilobyte DescribeProcessingJob returns as ExitMessage
(https://docs.aws.amazon.com/sagemaker/latest/dg/byoc-metadata.html); the exit code is then 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from evaluation_job.errors import EvaluationError
from evaluation_job.evaluate import evaluate

_MOST_MESSAGE_BYTES = 1024


def main() -> int:
    """Run the job; the exit code is 0, or 1 after a failure that is explained."""
    parser = argparse.ArgumentParser(description="Evaluate a candidate and its champion on held-out rows.")
    parser.add_argument("--input", type=Path, required=True, help="folder of the job's inputs")
    parser.add_argument("--output", type=Path, required=True, help="folder processing/output below /opt/ml")
    arguments = parser.parse_args()
    try:
        result = evaluate(arguments.input)
    except EvaluationError as error:
        report_failure(str(error), arguments.output)
        return 1
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "evaluation.json").write_text(json.dumps(result, indent=2, allow_nan=False), encoding="utf-8")
    return 0


def report_failure(text: str, output: Path) -> None:
    """Write what went wrong to stderr and to the job's exit message, which has room for a kilobyte."""
    print(text, file=sys.stderr)  # noqa: T201  # the job's log
    message = output.resolve().parents[1] / "output" / "message"
    message.parent.mkdir(parents=True, exist_ok=True)
    message.write_bytes(text.encode()[:_MOST_MESSAGE_BYTES].decode(errors="ignore").encode())
