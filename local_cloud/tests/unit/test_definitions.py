"""What CreateStateMachine tells of a definition before anything runs."""

from typing import Any

import pytest

from local_cloud.services.step_functions.definitions import problems, refusals, template_problems

DISTRIBUTED = {"Mode": "DISTRIBUTED"}
INNER = {"StartAt": "I", "States": {"I": {"Type": "Succeed"}}}


def _machine(**state: Any) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": state}}


def _task(resource: str, **more: Any) -> dict[str, Any]:
    return _machine(Type="Task", Resource=f"arn:aws:states:::{resource}", End=True, **more)


def _map(config: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return _machine(Type="Map", ItemProcessor={"ProcessorConfig": config or DISTRIBUTED, **INNER}, **more)


def _reader(**config: Any) -> dict[str, Any]:
    return {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": config}


@pytest.mark.parametrize(
    ("machine", "named"),
    [
        (_machine(Type="Task", Resource="arn:aws:states:us-east-1:111111111111:activity:a"), "activities"),
        (_task("http:invoke"), "http:invoke"),
        (_task("ecs:runTask.sync"), "ecs:runTask"),
        (_task("sagemaker:createLabelingJob.sync"), "sagemaker CreateLabelingJob"),
        (_task("aws-sdk:bedrockruntime:invokeModel"), "bedrock-runtime InvokeModel"),
        (_map({"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}), "type EXPRESS"),
        (_map(ItemReader=_reader(InputType="PARQUET")), "InputType PARQUET"),
        (_map(ItemReader=_reader(InputType="JSON", ItemsPointer="/a")), "ItemsPointer"),
        (_map(ResultWriter={"WriterConfig": {"OutputType": "JSONL"}}), "JSONL"),
        ({"States": {"P": {"Type": "Parallel", "Branches": [_task("batch:submitJob.sync")]}}}, "batch:submitJob"),
        ({"States": {"M": {"Type": "Map", "Iterator": _task("eks:call")}}}, "eks:call"),
    ],
)
def test_what_only_aws_runs_is_named_with_its_place(machine: dict[str, Any], named: str) -> None:
    (found,) = refusals(machine)
    assert named in found
    assert "at /States/" in found


@pytest.mark.parametrize("machine", [None, [], {}, {"States": 1}, {"States": {"A": 1}}, _map(ItemReader=1)])
def test_what_is_no_definition_is_left_to_the_parser(machine: Any) -> None:
    assert not [*refusals(machine), *template_problems(machine)]


@pytest.mark.parametrize(
    ("machine", "problem"),
    [
        # The sentences are AWS's.
        (
            _task("aws-sdk:s3:nothing"),
            (
                "The resource provided arn:aws:states:::aws-sdk:s3:nothing is not recognized. The value is not a valid"
                " resource ARN, or the resource is not available in this region. at /States/A/Resource"
            ),
        ),
        (_task("lambda:invoke.sync"), "lambda:invoke.sync is not recognized"),
        (_task("aws-sdk:s3:getObject.sync"), "s3:getObject.sync is not recognized"),
        (
            _task("lambda:invoke", Parameters={"FunctionName": "f", "Paylod.$": "$"}),
            "The field 'Paylod.$' is not supported by Step Functions at /States/A/Parameters",
        ),
        (_map({"Mode": "INLINE"}, ItemBatcher={"MaxItemsPerBatch": 1}), "Field 'ItemBatcher'"),
        (_map(ItemBatcher={"BatchInput": {}}), "/States/A/ItemBatcher"),
        (_map(ItemReader=_reader(InputType="XML")), "/ItemReader/ReaderConfig/InputType"),
        (_map(ItemReader=_reader(InputType="CSV")), "CSVHeaderLocation"),
        (_map(ResultWriter={}), "/States/A/ResultWriter"),
        (_map(ToleratedFailurePercentage=101), "between 0 and 100"),
    ],
)
def test_what_aws_refuses_is_told_with_its_place(machine: dict[str, Any], problem: str) -> None:
    (found,) = problems(machine)
    assert found.startswith("SCHEMA_VALIDATION_FAILED: ")
    assert problem in found


@pytest.mark.parametrize(
    "value", ["text", 1, "States.Foo()", "States.UUID(1)", "States.Array(", "$.a[", r"States.Format('\"')"]
)
def test_a_dynamic_field_is_a_path_or_an_intrinsic_function(value: Any) -> None:
    # https://github.com/localstack/localstack, test_illegal_escapes, recorded on AWS.
    machine = _machine(Type="Pass", Parameters={"deep": [{"a.$": value}]})
    assert list(template_problems(machine)) == [
        (
            "SCHEMA_VALIDATION_FAILED: The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic"
            " function call at /States/A/Parameters"
        )
    ]


@pytest.mark.parametrize(
    "value", ["$", "$$.Execution.Id", "$['a'].b[0]", "$.a[?(@.b>1)]", "$variable", "States.UUID()"]
)
def test_paths_variables_and_calls_are_let_through(value: str) -> None:
    assert not list(template_problems(_machine(Type="Pass", Parameters={"a.$": value})))


def test_jsonata_states_and_results_have_no_dynamic_fields() -> None:
    assert not list(template_problems({"QueryLanguage": "JSONata", **_machine(Type="Pass", Assign={"a.$": "text"})}))
    assert not list(template_problems(_machine(Type="Pass", Result={"a.$": "text"})))
