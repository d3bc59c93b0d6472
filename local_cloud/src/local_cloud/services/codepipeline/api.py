"""The API: moto keeps definitions and tags, everything else is answered here."""

import contextlib
from collections.abc import Callable
from typing import Any

from local_cloud.kernel import patching, runtime, sent
from local_cloud.services.codepipeline import (
    approvals,
    checks,
    declarations,
    executions,
    operations,
    pages,
    pipelines,
    shapes,
    views,
)
from local_cloud.services.codepipeline.errors import PipelineError, PipelineNameInUseError, PipelineNotFoundError
from local_cloud.services.codepipeline.records import Pipeline
from local_cloud.services.codepipeline.trigger import Trigger
from local_cloud.services.iam import principals


def _caller(response: Any) -> str:
    principal = principals.of_access_key(response.get_access_key())
    return (principal.session_arn or principal.arn) if principal else ""


def _pipeline(response: Any, parameter: str = "pipelineName") -> Pipeline:
    return pipelines.find(response.current_account, response.region, response._get_param(parameter))  # noqa: SLF001  # moto has no public way


def _told(answer: Callable[[Any], dict[str, Any] | None]) -> Callable[[Any], Any]:
    """What moto calls: an answer of ours as JSON, an error of ours as one of the service."""
    from moto.core.exceptions import JsonRESTError
    from moto.core.responses import ActionResult, get_service_model

    def respond(self: Any) -> Any:
        try:
            operation = self._get_action()  # moto has no public way
            shape = get_service_model(self.boto3_service_name).operation_model(operation).input_shape
            shapes.check(sent.members(self, operation), shape)
            return ActionResult(answer(self) or {})
        except PipelineError as error:
            raise JsonRESTError(error.CODE, str(error)) from error

    return respond


@patching.owner
def definitions() -> None:
    """CreatePipeline and UpdatePipeline take what is no pipeline, and a new pipeline does not run."""
    from moto.codepipeline.models import CodePipeline
    from moto.codepipeline.responses import CodePipelineResponse

    def create_pipeline(self: Any) -> dict[str, Any]:
        given, tags = self._get_param("pipeline"), self._get_param("tags") or []
        checks.check(given, region=self.region)
        kept = self.codepipeline_backend.pipelines
        with pipelines.making:
            if given["name"] in kept:
                raise PipelineNameInUseError(f"A pipeline with the name '{given['name']}' already exists")
            checks.check_role(given["roleArn"])
            made = CodePipeline(self.current_account, self.region, given)
            made.validate_tags(tags)
            made.tags.update(operations.members(tags, "key"))
            kept[given["name"]] = made
        executions.start(
            account_id=self.current_account,
            region=self.region,
            pipeline=given["name"],
            trigger=Trigger(type="CreatePipeline", detail=_caller(self)),
        )
        return {"pipeline": made.pipeline, "tags": tags}

    def update_pipeline(self: Any) -> dict[str, Any]:
        given = self._get_param("pipeline")
        checks.check(given, region=self.region)
        checks.check_role(given["roleArn"])
        pipeline = pipelines.find(self.current_account, self.region, given["name"])
        with pipeline.lock:
            before = pipelines.declared(pipeline)
            made = self.codepipeline_backend.update_pipeline(given)
            after = declarations.parse({**made, "version": before.version}, region=self.region)
            if after != before:
                operations.cancel(pipeline)
        return {"pipeline": made}

    def delete_pipeline(self: Any) -> None:
        name = self._get_param("name")
        with contextlib.suppress(PipelineNotFoundError):
            pipeline = _pipeline(self, "name")
            with pipeline.lock:
                # Whoever starts it meanwhile waits, and finds it no more.
                pipelines.definition(self.current_account, self.region, name)
                operations.cancel(pipeline)
                self.codepipeline_backend.delete_pipeline(name)

    def get_pipeline(self: Any) -> dict[str, Any]:
        found = pipelines.definition(self.current_account, self.region, self._get_param("name"))
        return {"pipeline": found.pipeline, "metadata": {"pipelineArn": found.metadata["pipelineArn"], **_times(found)}}

    def list_pipelines(self: Any) -> dict[str, Any]:
        found = sorted(self.codepipeline_backend.pipelines.items())
        told = [_listed(name, item) for name, item in found]
        shown, rest = pages.page(
            told,
            token=self._get_param("nextToken"),
            most=self._get_param("maxResults"),
            key=lambda item: str(item["name"]),
        )
        return {"pipelines": shown, **rest}

    for made in (create_pipeline, update_pipeline, delete_pipeline, get_pipeline, list_pipelines):
        patching.replace(CodePipelineResponse, made.__name__, _told(made))


def _times(found: Any) -> dict[str, float]:
    created, updated = pipelines.times(found)
    return {"created": views.seconds(created), "updated": views.seconds(updated)}


def _listed(name: str, found: Any) -> dict[str, Any]:
    given = found.pipeline
    return {
        "name": name,
        "version": given["version"],
        "pipelineType": given.get("pipelineType") or "V1",
        "executionMode": given.get("executionMode") or "SUPERSEDED",
        **_times(found),
    }


@patching.owner
def runs() -> None:
    """Executions succeed as soon as they start, and nothing can be done with them."""
    from moto.codepipeline.responses import CodePipelineResponse

    def start_pipeline_execution(self: Any) -> dict[str, Any]:
        key = operations.start(
            _pipeline(self, "name"),
            trigger=Trigger(type="StartPipelineExecution", detail=_caller(self)),
            variables=operations.members(self._get_param("variables")),
            overrides=[executions.override(item) for item in self._get_param("sourceRevisions") or ()],
            token=self._get_param("clientRequestToken"),
        )
        return {"pipelineExecutionId": key}

    def stop_pipeline_execution(self: Any) -> dict[str, Any]:
        key = self._get_param("pipelineExecutionId")
        operations.stop(
            _pipeline(self), key, abandon=bool(self._get_param("abandon")), reason=self._get_param("reason") or ""
        )
        return {"pipelineExecutionId": key}

    def retry_stage_execution(self: Any) -> dict[str, Any]:
        key = self._get_param("pipelineExecutionId")
        operations.retry(_pipeline(self), self._get_param("stageName"), key, mode=self._get_param("retryMode"))
        return {"pipelineExecutionId": key}

    def rollback_stage(self: Any) -> dict[str, Any]:
        key = operations.roll_back(
            _pipeline(self),
            self._get_param("stageName"),
            self._get_param("targetPipelineExecutionId"),
            by=_caller(self),
        )
        return {"pipelineExecutionId": key}

    def put_approval_result(self: Any) -> dict[str, Any]:
        given, now = self._get_param("result"), runtime.current().clock.now()
        approvals.answer(
            _pipeline(self),
            stage=self._get_param("stageName"),
            action=self._get_param("actionName"),
            token=self._get_param("token"),
            approved=given["status"] == "Approved",
            summary=given["summary"],
            by=_caller(self),
            now=now,
        )
        return {"approvedAt": views.seconds(now)}

    def enable_stage_transition(self: Any) -> None:
        operations.open_(_pipeline(self), self._get_param("stageName"), by=_caller(self))

    def disable_stage_transition(self: Any) -> None:
        operations.close(
            _pipeline(self), self._get_param("stageName"), reason=self._get_param("reason"), by=_caller(self)
        )

    for made in (
        start_pipeline_execution,
        stop_pipeline_execution,
        retry_stage_execution,
        rollback_stage,
        put_approval_result,
        enable_stage_transition,
        disable_stage_transition,
    ):
        patching.replace(CodePipelineResponse, made.__name__, _told(made))


@patching.owner
def lists() -> None:
    """Of executions only their start is told, and nothing of stages and actions."""
    from moto.codepipeline.responses import CodePipelineResponse

    def get_pipeline_state(self: Any) -> dict[str, Any]:
        pipeline = _pipeline(self, "name")
        found = pipelines.definition(self.current_account, self.region, pipeline.name)
        with pipeline.lock:
            return views.state(pipeline, pipelines.declared(pipeline)) | _times(found)

    def get_pipeline_execution(self: Any) -> dict[str, Any]:
        pipeline = _pipeline(self)
        with pipeline.lock:
            found = pipelines.execution_of(pipeline, self._get_param("pipelineExecutionId"))
            return {"pipelineExecution": views.execution(pipeline, found)}

    def list_pipeline_executions(self: Any) -> dict[str, Any]:
        pipeline = _pipeline(self)
        stage = ((self._get_param("filter") or {}).get("succeededInStage") or {}).get("stageName")
        with pipeline.lock:
            found = [
                item
                for item in reversed(pipeline.executions.values())
                if stage is None or (stage in item.stages and item.stages[stage].status == "Succeeded")
            ]
            shown, rest = pages.page(
                found,
                token=self._get_param("nextToken"),
                most=self._get_param("maxResults"),
                key=lambda item: item.id,
            )
            return {"pipelineExecutionSummaries": [views.summary(item) for item in shown], **rest}

    def list_action_executions(self: Any) -> dict[str, Any]:
        pipeline = _pipeline(self)
        key = (self._get_param("filter") or {}).get("pipelineExecutionId")
        with pipeline.lock:
            of = list(pipeline.executions.values()) if key is None else [pipelines.execution_of(pipeline, key)]
            found = sorted(
                ((item, run) for item in of for run in item.runs), key=lambda pair: pair[1].started, reverse=True
            )
            shown, rest = pages.page(
                found,
                token=self._get_param("nextToken"),
                most=self._get_param("maxResults"),
                key=lambda pair: pair[1].id,
            )
            return {"actionExecutionDetails": [views.action_execution(item, run) for item, run in shown], **rest}

    for made in (get_pipeline_state, get_pipeline_execution, list_pipeline_executions, list_action_executions):
        patching.replace(CodePipelineResponse, made.__name__, _told(made))
