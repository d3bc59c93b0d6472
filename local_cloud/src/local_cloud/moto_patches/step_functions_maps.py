"""Faults of moto's Distributed Map, and what its grammar of Map states lacks."""

from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    fields()
    tolerance()
    runs()
    records()
    inputs()
    many_items()


@patching.owner
def fields() -> None:
    """ItemBatcher, JSON Lines, WriterConfig and whole percentages are syntax errors; ResultWriter writes nothing."""
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

    from local_cloud.services.step_functions import map_fields

    parse = AmazonStateLanguageParser.parse

    def parse_maps(definition: str) -> Any:
        text, found = map_fields.taken_out(definition)
        program, tree = parse(text)
        for place, state in map_fields.maps_of(program) if found else ():
            state.item_reader = found[place].reader
            state.lc_fields = state.iteration_component.lc_fields = found[place]
        return program, tree

    patching.replace(
        AmazonStateLanguageParser, "parse", staticmethod(parse_maps), after="moto_patches.step_functions.parsing"
    )


@patching.owner
def tolerance() -> None:
    """A ToleratedFailureCount in JSONata is read as a percentage."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.tolerated_failure import (
        ToleratedFailureCountStringJSONata,
    )
    from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor

    def visit(self: Any, ctx: Any) -> Any:
        return ToleratedFailureCountStringJSONata(string_jsonata=self.visitString_jsonata(ctx=ctx.string_jsonata()))

    patching.replace(Preprocessor, "visitTolerated_failure_count_string_jsonata", visit)


@patching.owner
def runs() -> None:
    """A Distributed Map succeeds whatever became of its child executions."""
    from moto.stepfunctions.parser.api import (
        HistoryEventType,
        MapRunFailedEventDetails,
        MapRunStartedEventDetails,
        MapRunStatus,
    )
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (
        DistributedIterationComponent,
    )
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor.map_run_record import (
        MapRunRecord,
    )
    from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

    from local_cloud.services.step_functions import failures, map_runs

    def told(env: Any, event: Any, **details: Any) -> None:
        env.event_manager.add_event(
            context=env.event_history_context, event_type=event, event_details=EventDetails(**details)
        )

    def eval_body(self: Any, env: Any) -> None:
        asked, found = env.stack.pop(), self.lc_fields
        record = asked.map_run_record
        map_runs.set_thresholds(record, counts=found.counts, percents=found.percents)
        started = MapRunStartedEventDetails(mapRunArn=record.map_run_arn)
        told(env, HistoryEventType.MapRunStarted, mapRunStartedEventDetails=started)
        try:
            output = map_runs.MapRun(env, asked, found, self._get_iteration_program()).run()
        except FailureEventException as failure:
            error, cause = failure.extract_error_cause_pair() or (None, None)
            record.set_stop(status=MapRunStatus.FAILED)
            if error == failures.RUNTIME:
                raise
            details = MapRunFailedEventDetails(error=error, cause=cause)
            told(env, HistoryEventType.MapRunFailed, mapRunFailedEventDetails=details)
            # The state has failed too, which the history says where the event is not that of an execution.
            failure.failure_event.event_type = HistoryEventType.MapRunFailed
            raise
        except Exception:
            record.set_stop(status=MapRunStatus.FAILED if env.is_running() else MapRunStatus.ABORTED)
            raise
        told(env, HistoryEventType.MapRunSucceeded)
        record.set_stop(status=MapRunStatus.SUCCEEDED)
        env.stack.append(output)

    update = MapRunRecord.update

    def update_thresholds(
        self: Any, max_concurrency: Any, tolerated_failure_count: Any, tolerated_failure_percentage: Any
    ) -> None:
        counts, percents = map_runs.thresholds(self)
        map_runs.set_thresholds(
            self,
            counts=counts or tolerated_failure_count is not None,
            percents=percents or tolerated_failure_percentage is not None,
        )
        update(self, max_concurrency, tolerated_failure_count, tolerated_failure_percentage)

    patching.replace(DistributedIterationComponent, "_eval_body", eval_body)
    patching.replace(MapRunRecord, "update", update_thresholds)


@patching.owner
def records() -> None:
    """Calls about a map run that does not exist fail by themselves, and so does a list for an execution that begins."""
    from moto.stepfunctions.exceptions import ResourceNotFound
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    lists = StepFunctionsParserBackend.list_map_runs

    def run(backend: Any, arn: str) -> Any:
        for execution in backend._get_executions():
            record = execution.exec_worker.env.map_run_record_pool_manager.get(arn)
            if record is not None:
                return record
        raise ResourceNotFound(arn)

    def describe_map_run(self: Any, map_run_arn: str) -> Any:
        return run(self, map_run_arn).describe()

    def update_map_run(self: Any, map_run_arn: str, max_concurrency: Any, **tolerated: Any) -> None:
        run(self, map_run_arn).update(max_concurrency=max_concurrency, **tolerated)

    def list_map_runs(self: Any, execution_arn: str) -> Any:
        begun = self.describe_execution(execution_arn=execution_arn).exec_worker.env is not None
        return lists(self, execution_arn) if begun else {"mapRuns": []}

    patching.replace(StepFunctionsParserBackend, "describe_map_run", describe_map_run)
    patching.replace(StepFunctionsParserBackend, "update_map_run", update_map_run)
    patching.replace(StepFunctionsParserBackend, "list_map_runs", list_map_runs)


@patching.owner
def inputs() -> None:
    """A Map whose items are no array says so with a class of Python."""
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map import StateMap

    from local_cloud.services.step_functions import failures

    evaluate = StateMap._eval_execution

    def eval_execution(self: Any, env: Any) -> None:
        try:
            evaluate(self, env)
        except FailureEventException as failure:
            _, cause = failure.extract_error_cause_pair() or (None, None)
            if not (cause or "").startswith("Map state input must be an array but was: <class"):
                raise
            given = failures.as_json(env.states.get_input())
            cause = f"Map state input must be an array but was: {given}"
            raise failures.query_failure(env, cause, "") from failure

    patching.replace(StateMap, "_eval_execution", eval_execution)


@patching.owner
def many_items() -> None:
    """An inline Map calls itself for every item, and dies of Python's limit after some hundred."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.iteration_worker import IterationWorker

    def eval_pool(self: Any, job: Any, worker_frame: Any) -> None:
        while job is not None:
            frame = worker_frame.open_inner_frame()
            self._eval_job(env=frame, job=job)
            worker_frame.close_frame(frame)
            if isinstance(job.job_output, Exception) or self.stopped():
                break
            following = self._job_pool.next_job()
            if following is None:
                # What follows the Map follows this iteration.
                last = frame.event_history_context.last_published_event_id
                worker_frame.event_history_context.source_event_id = last
                break
            self._job_pool.close_job(job)
            job = following
        # The Map goes on once the job is closed, and needs what the frame knows.
        self._env.close_frame(worker_frame)
        if job is not None:
            self._job_pool.close_job(job)

    patching.replace(IterationWorker, "_eval_pool", eval_pool)
