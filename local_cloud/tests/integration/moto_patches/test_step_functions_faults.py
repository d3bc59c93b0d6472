"""Each fault of moto's Step Functions that local_cloud/moto_patches corrects must still be there."""

from textwrap import dedent

import pytest

from integration.moto_patches.probes import moto

_ASL = "moto.stepfunctions.parser.asl"
_STATE = f"{_ASL}.component.state"
_MAP = f"{_STATE}.exec.state_map"
_MACHINES = """
    import json, time
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends

    def run(states, given, **more):
        backend = stepfunctions_parser_backends["123456789012"]["us-east-1"]
        definition = json.dumps({"StartAt": "A", "States": states})
        machine = backend.create_state_machine("m", definition, "arn:aws:iam::123456789012:role/r")
        execution = backend.start_execution(machine.arn, "e", json.dumps(given))
        while execution.status == "RUNNING":
            time.sleep(0.01)
        return execution
"""


def _run(code: str) -> str:
    """What a piece of Python prints that can run state machines."""
    return moto(dedent(_MACHINES) + dedent(code))


def test_moto_still_tells_exceptions_of_python() -> None:
    said = _run("""
        state = {"Type": "Pass", "Parameters": {"v.$": "States.ArrayGetItem($.a, 5)"}, "End": True}
        print(run({"A": state}, {"a": []}).cause)
    """)

    assert said == "IndexError(list index out of range)"


def test_moto_still_breaks_escapes_and_drops_null() -> None:
    said = _run(r"""
        values = {"f.$": "States.Format('it\\'s {}', 1)", "a.$": "States.Array(1, null)"}
        print(json.dumps(run({"A": {"Type": "Pass", "Parameters": values, "End": True}}, {}).output))
    """)

    assert '"a": [1]' in said


def test_moto_still_goes_on_after_a_choice_without_its_variable_and_dies_without_a_match() -> None:
    said = _run("""
        rule = {"Variable": "$.no", "NumericEquals": 1, "Next": "B"}
        choice = {"Type": "Choice", "Choices": [rule], "Default": "B"}
        print(run({"A": choice, "B": {"Type": "Succeed"}}, {}).status)
    """)

    assert said == "SUCCEEDED"


def test_moto_still_succeeds_with_failed_children() -> None:
    said = _run("""
        fail = {"StartAt": "F", "States": {"F": {"Type": "Fail"}}}
        processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **fail}
        print(run({"A": {"Type": "Map", "ItemProcessor": processor, "End": True}}, [1]).output)
    """)

    assert said == "[None]"


def test_moto_still_calls_itself_for_every_item() -> None:
    said = moto(f"""
        import inspect
        from {_MAP}.iteration.iteration_worker import IterationWorker
        print("self._eval_pool(" in inspect.getsource(IterationWorker._eval_pool))
    """)

    assert said == "True"


def test_moto_still_puts_a_result_over_what_it_does_not_fit() -> None:
    said = _run("""
        state = {"Type": "Pass", "Result": 1, "ResultPath": "$.a.b", "End": True}
        execution = run({"A": state}, {"a": "text"})
        print(execution.status, "TypeError" in str(execution.cause))
    """)

    assert said in {"SUCCEEDED False", "FAILED True"}


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("'ItemBatcher': {'MaxItemsPerBatch': 2}", "ItemBatcher"),
        ("'ToleratedFailurePercentage': 50", "ToleratedFailurePercentage"),
    ],
)
def test_moto_still_has_a_grammar_without_fields_of_maps(field: str, told: str) -> None:
    said = _run(f"""
        inner = {{"StartAt": "F", "States": {{"F": {{"Type": "Pass", "End": True}}}}}}
        try:
            run({{"A": {{"Type": "Map", "ItemProcessor": inner, "End": True, {field}}}}}, [1])
        except Exception as error:
            print("{told}" in str(error))
    """)

    assert said == "True"


_SAID = [
    # An expression that fails has no name of its own, and a condition that is none is told by its class.
    (f"{_STATE}.choice.comparison.comparison", "ConditionStringJSONata", "type(result)"),
    (f"{_STATE}.exec.state_map.state_map", "StateMap", "type(input_items)"),
    # A task whose fields fail tells of it like one whose call failed.
    (f"{_STATE}.exec.execute_state", "ExecutionState", "event_type=failure_event.event_type"),
    (f"{_ASL}.component.common.error_name.failure_event", "FailureEvent", "context.source_event_id"),
    (f"{_ASL}.component.common.error_name.error_equals_decl", "ErrorEqualsDecl", "_STATE_ALL_ERROR in self"),
    (f"{_STATE}.exec.state_task.state_task", "StateTask", "parameters.pop(unsupported_parameter"),
    (f"{_STATE}.exec.execute_state", "ExecutionState", "timeout_seconds=60"),
    (f"{_ASL}.eval.callback.callback", "HeartbeatEndpoint", "timeout=self._heartbeat_seconds"),
    (f"{_STATE}.fail.error_decl", "Error", "self.string_expression.eval(env=env)"),
    (f"{_STATE}.wait.wait_function.seconds_path", "SecondsPath", "isinstance(seconds, int) and seconds >= 0"),
    (
        f"{_ASL}.parse.preprocessor",
        "Preprocessor.visitTolerated_failure_count_string_jsonata",
        "ToleratedFailurePercentageStringJSONata(",
    ),
    ("moto.stepfunctions.parser.models", "StepFunctionsParserBackend.send_task_failure", "SendTaskFailureOutput"),
    (
        "moto.stepfunctions.parser.models",
        "StepFunctionsParserBackend.describe_map_run",
        "raise ResourceNotFound()",
    ),
    ("moto.stepfunctions.parser.models", "StepFunctionsParserBackend.list_map_runs", "exec_worker.env.map_run_record"),
    (f"{_ASL}.component.common.error_name.failure_event", "FailureEventException", '"error" in failure_event_spec'),
    ("moto.stepfunctions.parser.backend.execution", "Execution.__init__", "self.exec_worker = None"),
    (f"{_ASL}.eval.event.event_manager", "EventManager.get_event_history", "copy.deepcopy(self._history_event_list)"),
]


def test_moto_still_says_what_is_corrected() -> None:
    said = moto(f"""
        import importlib, inspect, operator
        for module, member, text in {_SAID!r}:
            found = operator.attrgetter(member)(importlib.import_module(module))
            if text not in inspect.getsource(found):
                print(module, member, text)
    """)

    assert not said


def test_moto_still_answers_a_task_that_is_over() -> None:
    said = moto(f"""
        from {_ASL}.eval.callback.callback import CallbackOutcomeSuccess, CallbackPoolManager
        pool = CallbackPoolManager(activity_store={{}})
        pool.add("token")
        print([pool.notify("token", CallbackOutcomeSuccess("token", "1")) for _ in range(2)], pool.heartbeat("token"))
    """)

    assert said == "[True, True] False"


def test_moto_still_stumbles_over_a_list_of_the_executions_of_nothing() -> None:
    said = moto("""
        import boto3
        from moto import mock_aws
        with mock_aws():
            keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
            try:
                boto3.client("stepfunctions", **keys).list_executions()
            except Exception as error:
                print(type(error).__name__)
    """)

    assert said == "TypeError"
