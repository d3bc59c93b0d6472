"""The pipelines of all accounts: their definitions are moto's, what runs of them is here."""

import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from local_cloud.kernel.services import backends
from local_cloud.services.codepipeline import declarations
from local_cloud.services.codepipeline.declarations import PipelineDeclaration
from local_cloud.services.codepipeline.errors import ExecutionNotFoundError, PipelineNotFoundError
from local_cloud.services.codepipeline.records import Execution, Pipeline

# Whoever makes a pipeline, or what runs of it, holds this, and takes no other lock meanwhile.
making = threading.RLock()


def definition(account_id: str, region: str, name: str) -> Any:
    """Moto's pipeline.

    Raises:
        PipelineNotFoundError: there is none.
    """
    found = backends("codepipeline")[account_id][region].pipelines.get(name)
    if found is None:
        raise PipelineNotFoundError(f"Account '{account_id}' does not have a pipeline with name '{name}'")
    return found


def find(account_id: str, region: str, name: str) -> Pipeline:
    """A pipeline's executions.

    Raises:
        PipelineNotFoundError: there is none.
    """
    found = definition(account_id, region, name)
    with making:
        if not hasattr(found, "lc_runs"):
            found.lc_runs = Pipeline(account_id=account_id, region=region, name=name)
    runs: Pipeline = found.lc_runs
    return runs


def times(found: Any) -> tuple[datetime, datetime]:
    """When moto's pipeline was made, and when it was changed last."""
    made, changed = found.metadata["created"], found.metadata["updated"]
    return _moment(made), _moment(changed)


def declared(pipeline: Pipeline) -> PipelineDeclaration:
    """A pipeline as it is declared now.

    Raises:
        PipelineNotFoundError: it was deleted.
    """
    return declarations.parse(
        definition(pipeline.account_id, pipeline.region, pipeline.name).pipeline, region=pipeline.region
    )


def execution_of(pipeline: Pipeline, key: str) -> Execution:
    """An execution by its id.

    Raises:
        ExecutionNotFoundError: the pipeline has none of this id.
    """
    found = pipeline.executions.get(key)
    if found is None:
        raise ExecutionNotFoundError(f"The pipeline execution '{key}' does not exist in pipeline '{pipeline.name}'")
    return found


def everything() -> Iterator[Pipeline]:
    """All pipelines that have run."""
    for _, regions in list(dict.items(backends("codepipeline"))):
        for backend in list(regions.values()):
            for found in list(backend.pipelines.values()):
                if hasattr(found, "lc_runs"):
                    yield found.lc_runs


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
