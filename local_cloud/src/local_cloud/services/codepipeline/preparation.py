"""What an action is given of its execution: artifacts, and the values of variables."""

from dataclasses import replace

from local_cloud.services.codepipeline import artifact_places, variables
from local_cloud.services.codepipeline.action import ActionError, Artifact
from local_cloud.services.codepipeline.records import ActionRun, Execution, Pipeline


def prepare(pipeline: Pipeline, execution: Execution, run: ActionRun) -> None:
    """Resolve a run's variables, find its input artifacts and give its output artifacts a place.

    Raises:
        ActionError: there is no such variable or artifact.
    """
    declaration = run.declaration
    run.inputs = tuple(_input(execution, name) for name in declaration.inputs)
    run.outputs = tuple(
        artifact_places.place(name, pipeline=pipeline.name, store=execution.declaration.store)
        for name in declaration.outputs
    )
    resolved = variables.resolve(run.declared, namespaces(execution))
    run.declaration = replace(declaration, configuration=resolved)


def namespaces(execution: Execution) -> dict[str, dict[str, str]]:
    """The variables that an execution has so far."""
    known = {
        variables.OWN: {"PipelineExecutionId": execution.id},
        variables.PIPELINE: dict(execution.variables),
    }
    for run in (*execution.inherited, *execution.runs):
        if run.status == "Succeeded" and run.declaration.namespace:
            known[run.declaration.namespace] = dict(run.variables)
    return known


def _input(execution: Execution, name: str) -> Artifact:
    found = execution.artifacts.get(name)
    if found is None:
        raise ActionError(
            "ConfigurationError",
            f"The input artifact {name} is not there: the action that declares it as an output has stored none.",
        )
    return found
