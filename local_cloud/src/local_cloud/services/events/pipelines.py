"""Pipelines as targets of rules.

CodePipeline puts its events on a bus, so that it knows this package; how a pipeline is started it therefore says here.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-trigger-source-overrides.html
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from local_cloud.kernel.services import backends
from local_cloud.services.events.order import Delivery

# Takes the ARN of a pipeline, the ARN of the rule, and the members of StartPipelineExecution that the input has.
Start = Callable[[str, str, Mapping[str, Any]], object]
_TAKEN = ("sourceRevisions", "variables")
_starts: list[Start] = []


def start_with(start: Start) -> None:
    """Say how a pipeline is started."""
    _starts[:] = [start]


def start(order: Delivery, arn: str, payload: str) -> None:
    """Start the pipeline that is a target.

    Args:
        order: what goes where.
        arn: of the pipeline.
        payload: input of the target, which may name revisions and variables; anything else is for nobody.

    Raises:
        LocalCloudError: it cannot be started.
    """
    # It says how a pipeline is started when it is loaded.
    backends("codepipeline")
    given = json.loads(payload)
    members = {name: given[name] for name in _TAKEN if name in given} if isinstance(given, dict) else {}
    _starts[0](arn, order.rule_arn, members)
